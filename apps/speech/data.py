"""Batches of strings of digits, as features and tokens."""

import numpy as np
import tensorflow as tf

from apps.speech.features import features
from apps.speech.recordings import read
from apps.speech.strings import compose, tilted, without_digits
from keras_dl import pipelines, training
from keras_dl.application import user_error

END = 0  # also the token before the first one, and the blank of CTC; digit d is token d + 1
_LONGEST = 10  # digits of a string that is trained on
_MORE_EACH_EPOCH = 2  # digits: the first epochs have short strings
_SINGLE = 0.15  # share of the training examples that have one digit in any batch
_WITHOUT_DIGITS, _MORE_WITHOUT = 0.15, 0.05  # share of the training examples, and its growth
_VALIDATION_STRINGS = 300
_VALIDATION_EPOCH = 2**31  # which no training reaches


def training_data(config):
    """Returns the `TrainingData` of a run."""
    from apps.speech.app import Assets

    train, held_out = (read(config, part) for part in ("train", "validation"))

    def make_batch(rows, number, seeds):
        repeated = tf.repeat(tf.concat([seeds, [number]], 0)[None], tf.shape(rows)[0], 0)
        return _batch(train, tf.concat([repeated, rows[:, None]], 1))

    with user_error("--batch-size"):
        batches, steps = pipelines.epoch_batches(
            config.num_examples, config.batch_size, config.seed, make_batch
        )
    count = min(_VALIDATION_STRINGS, config.num_examples)
    rows = np.arange(count)
    seeds = np.stack(np.broadcast_arrays(config.seed, _VALIDATION_EPOCH, rows // 32, rows), 1)
    validation = tf.data.Dataset.from_tensor_slices(seeds).batch(32)
    validation = validation.map(lambda seeds: _batch(held_out, seeds))
    return training.TrainingData(batches, steps, validation.cache(), Assets())


def _batch(recordings, seeds):
    """Returns inputs, targets and weights for seeds, int64 `(batch, 4)`: see `example`."""
    kinds = ("float32", "int32", "int32")
    waveforms, lengths, digits = tf.numpy_function(
        lambda seeds: _padded([example(recordings, seed) for seed in seeds]), [seeds], kinds
    )
    targets = tf.ensure_shape(digits, (None, None))
    inputs = features(tf.ensure_shape(waveforms, (None, None)), tf.ensure_shape(lengths, (None,)))
    count = tf.reduce_sum(tf.cast(targets > 0, "int32"), 1)
    counted = tf.sequence_mask(count + 1, tf.shape(targets)[1], "float32")
    previous = tf.pad(targets[:, :-1], [[0, 0], [1, 0]])
    return (
        {**inputs, "previous": previous},
        {"logits": targets, "ctc": targets},
        # The CTC loss is a sum over the digits of a string, the other one a mean.
        {"logits": counted, "ctc": 1 / tf.cast(count + 1, "float32")},
    )


def _padded(examples):
    lengths = [len(waveform) for waveform, _ in examples]
    waveforms = np.zeros((len(examples), max(lengths)), "float32")
    targets = np.full((len(examples), max(len(label) for _, label in examples) + 1), END, "int32")
    for row, (waveform, label) in enumerate(examples):
        waveforms[row, : len(waveform)] = waveform
        targets[row, : len(label)] = [int(digit) + 1 for digit in label]
    return waveforms, np.array(lengths, "int32"), targets


def example(recordings, seeds):
    """Returns the waveform of a training example and its digits.

    Strings of a batch are of similar length, except single digits. In the first epochs, strings are
    shorter, and fewer sounds have no digit.

    Args:
        recordings: `Recordings`.
        seeds: int64 `(4,)`: seed, epoch, and numbers of the batch and of the example.
    """
    longest = min(_LONGEST, 1 + _MORE_EACH_EPOCH * (1 + int(seeds[1])))
    length = int(np.random.default_rng(seeds[:3]).integers(1, longest + 1))
    random = np.random.default_rng(seeds)
    seed = int(random.integers(2**62))
    lengths = (1, 1) if random.random() < _SINGLE else (max(length - 1, 1), length)
    if random.random() < min(_WITHOUT_DIGITS, _MORE_WITHOUT * int(seeds[1])):
        waveform, digits = without_digits(recordings, seed, lengths), ""
    else:
        waveform, digits = compose(recordings, seed, lengths)
    return tilted(waveform, random), digits
