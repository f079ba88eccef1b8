"""Digits as tensors: pixels in, the number of a class out, ten for no digit at all."""

import collections
import dataclasses

import numpy as np
import tensorflow as tf

from apps import tfds_sets
from apps.digits import drawn, views
from apps.digits.reading import SIDE

NOTHING = 10  # the class of a window in which no digit stands
WINDOW = 32  # pixels of a side of what the net sees; the frame of the digit is in the middle
MARGIN = (WINDOW - SIDE) // 2
_MADE_HELD_OUT = 10  # digits of train for one of each other part
_HELD_OUT = 5000  # the last ones of train, where there is no validation part
_NOTHING_SHARE = 8  # one window without a digit for so many digits


@dataclasses.dataclass(frozen=True)
class Data:
    """What training needs; `assets` go into the run for whoever loads the model."""

    train: collections.abc.Callable
    steps_per_epoch: int
    validation: tf.data.Dataset
    assets: dict


def pipeline(config):
    """Reads or makes the digits of a run and returns their `Data`."""
    pictures, labels = read(config, "train")
    held_out = read(config, "validation")
    if config.with_validation:
        pictures = np.concatenate([pictures, held_out[0]])
        labels = np.concatenate([labels, held_out[1]])
    steps = len(labels) // config.batch_size
    if not steps:
        raise ValueError(
            f"--batch-size must be at most the number of digits, {len(labels)}. Received "
            f"{config.batch_size}."
        )
    validation = tf.data.Dataset.from_tensor_slices((framed(held_out[0]), held_out[1]))
    return Data(_epochs(pictures, labels, steps, config), steps, validation.batch(500).cache(), {})


def read(config, split):
    """Returns the pictures, uint8 `(n, 28, 28)`, and the labels of a part of the data."""
    if config.data == "made":
        count = config.examples if split == "train" else -(-config.examples // _MADE_HELD_OUT)
        # Each part by a seed of its own, that the parts have no digit in common.
        seed = 3 * config.seed + ("train", "validation", "test").index(split)
        return drawn.digits(count, seed)
    if config.data.startswith("tfds:"):
        return _from_tfds(config.data.removeprefix("tfds:"), split)
    raise ValueError(
        "--data must be made, or tfds: and a set of tensorflow-datasets. Received "
        f"{config.data!r}. Take tfds:mnist."
    )


def framed(pictures):
    """Returns pictures of digits as windows, uint8 `(n, 32, 32, 1)`."""
    return np.pad(pictures, ((0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN)))[..., None]


def _from_tfds(name, split):
    import tensorflow_datasets as tfds

    builder = tfds_sets.prepared(name)
    has_validation = "validation" in builder.info.splits
    part = "train" if split == "validation" and not has_validation else split
    found = tfds.load(name, split=part, batch_size=-1)
    pictures, labels = (np.asarray(found.get(key, ())) for key in ("image", "label"))
    if pictures.shape[1:] != (SIDE, SIDE, 1) or not set(np.unique(labels)) <= set(range(10)):
        raise ValueError(
            f"--data must be digits: grey pictures of {SIDE} x {SIDE} pixels, labels from 0 to 9. "
            f"Received tfds:{name} with pictures {pictures.shape[1:]} and labels "
            f"{np.unique(labels)[:12].tolist()}. Take tfds:mnist."
        )
    if not has_validation and split != "test":
        rows = slice(-_HELD_OUT, None) if split == "validation" else slice(-_HELD_OUT)
        pictures, labels = pictures[rows], labels[rows]
    return pictures[..., 0], labels.astype("int64")


def _epochs(pictures, labels, steps, config):
    """Returns the function from the number of an epoch to its batches, of views of the digits."""
    pictures, labels = tf.constant(pictures), tf.constant(labels, "int64")
    size, count = config.batch_size, len(labels)
    others = max(1, size // _NOTHING_SHARE)

    def look(rows, seed):
        digits = views.near(_float(pictures, rows), seed, WINDOW)
        picked = tf.random.stateless_uniform([others, 4], seed + 1, 0, count, "int64")
        nothing = views.without(_float(pictures, picked), seed + 2, WINDOW)
        wanted = tf.concat(
            [tf.gather(labels, rows), tf.fill([others], tf.cast(NOTHING, "int64"))], 0
        )
        return tf.concat([digits, nothing], 0)[..., None], wanted

    def epoch_data(epoch):
        seeds = tf.stack([tf.constant(config.seed, "int64"), tf.cast(epoch, "int64")])
        order = tf.random.experimental.stateless_shuffle(tf.range(count, dtype="int64"), seeds)
        batches = tf.reshape(order[: steps * size], (steps, size))
        numbers = tf.range(steps, dtype="int64")
        data = tf.data.Dataset.from_tensor_slices((batches, numbers))
        return data.map(
            lambda rows, number: look(rows, seeds + tf.stack([0, 8 * 2**20 * (1 + number)])),
            num_parallel_calls=2,
            deterministic=True,
        ).prefetch(4)

    return epoch_data


def _float(pictures, rows):
    return tf.cast(tf.gather(pictures, rows), "float32")
