"""Batches of strings of digits and of utterances of AN4, as features and tokens."""

import numpy as np
import tensorflow as tf

from apps.speech import recordings
from apps.speech.an4 import files
from apps.speech.an4.augmentation import augmented
from apps.speech.any_speaker.features import (
    AN4_RATE,
    BANDS,
    COEFFICIENTS,
    cepstra_of,
    cepstra_of_an4,
    features_of_cepstra,
)
from apps.speech.data import batch_of, draw_lengths, drawn, validation_seeds
from apps.speech.strings import compose, tilted, without_digits

OTHER = "other"  # any word of AN4 that is no digit
_DIGITS = {
    name: str(digit)
    for digit, name in enumerate("ZERO ONE TWO THREE FOUR FIVE SIX SEVEN EIGHT NINE".split())
}
_OF_AN4 = 0.4  # share of the training examples
_FRAMES_OF_WORD = 55  # of AN4
_NEAR = 0.06  # share of all utterances, by length: those of a batch are about as long
_WITHOUT_DIGITS = 0.1  # share of the other training examples
_WIDEST_GAP = 0.3  # seconds
_RATIO = (3.0, 40.0)  # dB, of speech to noise


def training_data(config):
    """Returns the `TrainingData` of a run."""
    from apps.speech.app import Assets

    train, held_out = (recordings.read(config, part) for part in ("train", "validation"))
    parts = [files.utterances(config.an4, part, "--an4") for part in ("train", "validation")]
    assets = Assets(task="any_speaker", words=(*_DIGITS.values(), OTHER))

    def make_batch(examples):
        return batch_of(examples, features_of_cepstra, (COEFFICIENTS,), assets.words)

    validation = make_batch(Examples(held_out, [])), validation_seeds(config)
    return drawn(config, make_batch(Examples(train, parts)), validation, assets)


class Examples:
    """Training examples: half of them strings of recordings, the others utterances of AN4.

    Args:
        recordings: `Recordings`.
        utterances: list of `Utterances`. Without any, all examples are strings.
    """

    def __init__(self, recordings, utterances):
        self._recordings = recordings
        found = [
            (cepstra_of_an4(cepstra), _words(text))
            for each in utterances
            for cepstra, text in zip(each.cepstra, each.texts, strict=True)
        ]
        self._utterances = sorted(found, key=lambda each: len(each[0]))
        self._frames = [len(cepstra) for cepstra, _ in self._utterances]

    def __call__(self, seeds):
        """Returns tuples of cepstra and words of a batch.

        Args:
            seeds: int64 `(batch, 4)`: seed, epoch, and numbers of the batch and of the example.
        """
        share = _OF_AN4 if self._utterances else 0.0
        randoms = [np.random.default_rng(each) for each in seeds]
        drawn = [
            (self._utterance if random.random() < share else self._string)(each, random)
            for each, random in zip(seeds, randoms, strict=True)
        ]
        return [
            (augmented(cepstra, random, BANDS, rate), words)
            for (cepstra, words, rate), random in zip(_with_cepstra(drawn), randoms, strict=True)
        ]

    def _utterance(self, seeds, random):
        _, longest = draw_lengths(seeds, random)
        near = _NEAR * len(self._utterances)
        rank = np.searchsorted(self._frames, longest * _FRAMES_OF_WORD) + random.uniform(
            -near, near
        )
        cepstra, words = self._utterances[int(np.clip(rank, 0, len(self._utterances) - 1))]
        return cepstra, words, AN4_RATE

    def _string(self, seeds, random):
        lengths, seed = draw_lengths(seeds, random), int(random.integers(2**62))
        if random.random() < _WITHOUT_DIGITS:
            waveform, digits = without_digits(self._recordings, seed, lengths), ""
        else:
            # Some strings have no gaps, since people also record single digits without any.
            gap = (0.0, _WIDEST_GAP * random.random() ** 2)
            waveform, digits = compose(self._recordings, seed, lengths, gap=gap, ratio=_RATIO)
        return tilted(waveform, random), list(digits), 1.0


def _words(text):
    return [_DIGITS.get(word, OTHER) for word in text.split()]


def _with_cepstra(drawn):
    """Replaces waveforms, which have one axis, by their cepstra."""
    waveforms = [values for values, *_ in drawn if values.ndim == 1]
    lengths = np.array([len(each) for each in waveforms], "int32")
    padded = np.zeros((len(waveforms), max(lengths, default=0)), "float32")
    for row, waveform in zip(padded, waveforms, strict=True):
        row[: len(waveform)] = waveform
    cepstra, frames = (each.numpy() for each in cepstra_of(tf.constant(padded), lengths))
    found = iter(zip(cepstra, frames, strict=True))
    for values, words, rate in drawn:
        if values.ndim == 1:
            padded_cepstra, count = next(found)
            yield padded_cepstra[:count], words, rate
        else:
            yield values, words, rate
