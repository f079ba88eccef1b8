"""Batches of strings of digits, as features and tokens."""

import numpy as np
import tensorflow as tf

from apps.speech.features import features
from apps.speech.recordings import read
from apps.speech.strings import clipped, compose, hummed, tilted, without_digits
from keras_dl import pipelines, training
from keras_dl.application import user_error

END = 0  # also the token before the first one, and the blank of CTC
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
    count = min(_VALIDATION_STRINGS, config.num_examples)
    rows = np.arange(count)
    seeds = np.stack(np.broadcast_arrays(config.seed, _VALIDATION_EPOCH, rows // 32, rows), 1)
    assets = Assets()

    def make_batch(recordings):
        return batch_of(lambda each: example(recordings, each), features, (), assets.words)

    return drawn(config, make_batch(train), (make_batch(held_out), seeds), assets)


def drawn(config, make_batch, validation, assets):
    """Returns the `TrainingData` of examples that are drawn by seeds.

    Args:
        config: `TrainConfig`.
        make_batch: function from `batch_of`. Seeds are the seed of the run, the epoch, and the
            numbers of the batch and of the example.
        validation: tuple of such a function and its seeds, int64 `(examples, 4)`.
        assets: `Assets`.
    """

    def train_batch(rows, number, seeds):
        repeated = tf.repeat(tf.concat([seeds, [number]], 0)[None], tf.shape(rows)[0], 0)
        return make_batch(tf.concat([repeated, rows[:, None]], 1))

    with user_error("--batch-size"):
        batches, steps = pipelines.epoch_batches(
            config.num_examples, config.batch_size, config.seed, train_batch
        )
    held_out, seeds = validation
    validation = tf.data.Dataset.from_tensor_slices(seeds).batch(32).map(held_out)
    return training.TrainingData(batches, steps, validation.cache(), assets)


def batch_of(make_example, features, shape, words):
    """Returns a function that returns inputs, targets and weights for seeds, int64 `(batch, 4)`.

    Args:
        make_example: function of seeds `(4,)`. Returns float32 `(time, *shape)` and words.
        features: function of these values, padded, and their lengths. Returns a dict of `features`
            and `mask`.
        shape: tuple, the shape of one time step.
        words: tuple of str. Word `i` is token `i + 1`.
    """
    token_of = {word: token for token, word in enumerate(words, 1)}

    def padded(seeds):
        return _padded([make_example(each) for each in seeds], shape, token_of)

    def batch(seeds):
        kinds = ("float32", "int32", "int32")
        values, lengths, targets = tf.numpy_function(padded, [seeds], kinds)
        targets = tf.ensure_shape(targets, (None, None))
        values = tf.ensure_shape(values, (None, None, *shape))
        inputs = features(values, tf.ensure_shape(lengths, (None,)))
        count = tf.reduce_sum(tf.cast(targets > 0, "int32"), 1)
        counted = tf.sequence_mask(count + 1, tf.shape(targets)[1], "float32")
        previous = tf.pad(targets[:, :-1], [[0, 0], [1, 0]])
        return (
            {**inputs, "previous": previous},
            {"logits": targets, "ctc": targets},
            # The CTC loss is a sum over the words of a string, the other one a mean.
            {"logits": counted, "ctc": 1 / tf.cast(count + 1, "float32")},
        )

    return batch


def _padded(examples, shape, token_of):
    lengths = [len(values) for values, _ in examples]
    padded = np.zeros((len(examples), max(lengths), *shape), "float32")
    targets = np.full((len(examples), max(len(words) for _, words in examples) + 1), END, "int32")
    for row, (values, words) in enumerate(examples):
        padded[row, : len(values)] = values
        targets[row, : len(words)] = [token_of[word] for word in words]
    return padded, np.array(lengths, "int32"), targets


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
    return clipped(hummed(tilted(waveform, random), random), random), digits
