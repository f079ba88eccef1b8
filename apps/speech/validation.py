"""Threshold of the confidence, chosen on the validation recordings after training."""

import numpy as np
import tensorflow as tf

from apps.speech.data import END
from apps.speech.features import features
from apps.speech.model import transcribe
from apps.speech.strings import PLAIN, compose, without_digits

MOST = 300  # strings, and sounds without a digit
_LENGTHS, _SOUND_LENGTHS = (1, 12), (1, 8)
_BATCH_SIZE = 20
_THRESHOLDS = np.arange(1, 100) / 100


def threshold(model, recordings, seed, count=MOST):
    """Returns the threshold that separates right strings from sounds without a digit best.

    It maximizes the share of strings that are right and above it, plus the share of sounds without
    a digit that are empty or below it. Of several best ones, it is the median.

    Args:
        model: keras.Model.
        recordings: `Recordings` that the model is not trained on.
        seed: int.
        count: int. Number of strings, and of sounds.
    """
    seeds = [(seed + 1) * 1_000_000 + number for number in range(count)]
    strings = [compose(recordings, each, _LENGTHS, **PLAIN) for each in seeds]
    sounds = [(without_digits(recordings, each, _SOUND_LENGTHS, **PLAIN), "") for each in seeds]
    right, confidence, _ = _heard(model, strings)
    _, doubt, is_empty = _heard(model, sounds)
    above = _THRESHOLDS[:, None] <= confidence
    refused = is_empty | (_THRESHOLDS[:, None] > doubt)
    value = np.mean(right & above, 1) + np.mean(refused, 1)
    best = _THRESHOLDS[value >= value.max() - 1e-9]
    return float(best[len(best) // 2])


def _heard(model, examples):
    """Returns whether each text is right, its confidence, and whether it is empty."""
    step = tf.function(
        lambda waveforms, lengths: transcribe(model, features(waveforms, lengths)),
        input_signature=[tf.TensorSpec((None, None)), tf.TensorSpec((None,), "int32")],
    )
    order = np.argsort([len(waveform) for waveform, _ in examples])
    right, confidences, empty = (np.zeros(len(examples), kind) for kind in (bool, float, bool))
    for start in range(0, len(order), _BATCH_SIZE):
        indices = order[start : start + _BATCH_SIZE]
        lengths = np.array([len(examples[index][0]) for index in indices], "int32")
        waveforms = np.zeros((len(indices), lengths.max()), "float32")
        for row, index in enumerate(indices):
            waveforms[row, : lengths[row]] = examples[index][0]
        found = step(waveforms, lengths)
        for index, tokens, confidence in zip(
            indices, found["tokens"].numpy(), found["confidence"].numpy(), strict=True
        ):
            digits = "".join(str(token - 1) for token in tokens if token != END)
            right[index] = digits == examples[index][1]
            confidences[index], empty[index] = confidence, not digits
    return right, confidences, empty
