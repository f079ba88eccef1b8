"""Digits as tensors: pixels as inputs, class indices as targets (10 means no digit)."""

import numpy as np
import tensorflow as tf

from apps.digits import negatives, neighbors, views
from apps.digits.preprocessing import SIDE
from apps.digits.synthetic import printed
from keras_dl import pipelines, training
from keras_dl.application import UserError, user_error

NOTHING = 10  # class of a window without a digit
WINDOW = 32  # side of the network's input in pixels; the box of the digit is in the middle
MARGIN = (WINDOW - SIDE) // 2
_SYNTHETIC_HELD_OUT = 10  # digits of train per digit of each other split
_HELD_OUT = 5000  # last digits of train, held out if there is no validation split
_CROWDED_SHARE = 3  # digits per window of a digit with others close to it
_NOTHING_SHARE = 8  # digits per window of each kind without a digit


def training_data(config):
    """Reads or generates the digits of a run and returns their `TrainingData`."""
    images, labels = read(config, "train")
    held_out = read(config, "validation")
    if config.with_validation:
        images = np.concatenate([images, held_out[0]])
        labels = np.concatenate([labels, held_out[1]])
    with user_error("--batch-size"):
        batches, steps = pipelines.epoch_batches(
            len(labels), config.batch_size, config.seed, _make_batch(images, labels, config)
        )
    validation = tf.data.Dataset.from_tensor_slices((framed(held_out[0]), held_out[1]))
    monitor = None if config.with_validation else "val_loss"
    return training.TrainingData(batches, steps, validation.batch(500).cache(), monitor=monitor)


def read(config, split):
    """Returns the images, uint8 `(n, 28, 28)`, and the labels of a split.

    Raises:
        UserError: if the data are not digits.
    """
    if config.data == "synthetic":
        parts = 1 if split == "train" else _SYNTHETIC_HELD_OUT
        count = -(-config.num_examples // parts)
        # A different seed for each split, so that splits have no digit in common.
        seed = 3 * config.seed + ("train", "validation", "test").index(split)
        return printed.digits(count, seed)
    if config.data.startswith("tfds:"):
        with user_error("--data"):
            return _from_tfds(config.data.removeprefix("tfds:"), split)
    raise UserError(
        "--data must be synthetic, or tfds:NAME for a tensorflow-datasets data set. Received "
        f"{config.data!r}. Use tfds:mnist."
    )


def framed(images):
    """Pads images of digits to windows, uint8 `(n, 32, 32, 1)`."""
    return np.pad(images, ((0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN)))[..., None]


def _from_tfds(name, split):
    builder = pipelines.tfds_builder(name, ("image", "label"))
    has_validation = "validation" in builder.info.splits
    part = "train" if split == "validation" and not has_validation else split
    shape = builder.info.features["image"].shape
    found = pipelines.read_tfds(builder, part, ("image", "label"))
    images, labels = found["image"], found["label"].astype("int64")
    if shape != (SIDE, SIDE, 1) or not set(np.unique(labels)) <= set(range(10)):
        raise UserError(
            f"--data must be digits: gray images of {SIDE} x {SIDE} pixels, labels from 0 to 9. "
            f"Received tfds:{name} with images {shape} and labels "
            f"{np.unique(labels)[:12].tolist()}. Use tfds:mnist."
        )
    if not has_validation and split != "test":
        rows = slice(-_HELD_OUT, None) if split == "validation" else slice(-_HELD_OUT)
        images, labels = images[rows], labels[rows]
    return images[..., 0], labels


def _make_batch(images, labels, config):
    """Returns the function from indices to a batch of random views, some without a digit."""
    mirrored = np.flatnonzero(np.isin(labels, negatives.MIRRORED))
    images, labels = tf.constant(images), tf.constant(labels, "int64")
    others = max(1, config.batch_size // _NOTHING_SHARE)
    crowded = max(1, config.batch_size // _CROWDED_SHARE)

    def pixels(rows):
        return tf.cast(tf.gather(images, rows), "float32")

    def drawn(shape, seed, count):
        return tf.random.stateless_uniform(shape, seed, 0, count, "int64")

    def make_batch(rows, number, seeds):
        seed = seeds + tf.stack([0, 64 * 2**20 * (1 + number)])
        near_others = drawn([others, 4], seed + 1, len(labels))
        signs = tf.gather(mirrored, drawn([others], seed + 10, len(mirrored)))
        middle = drawn([crowded], seed + 40, len(labels))
        beside = drawn([crowded, 2], seed + 41, len(labels))
        middles = views.near(pixels(middle), seed + 42, WINDOW)
        windows = [
            views.near(pixels(rows), seed, WINDOW),
            neighbors.with_neighbors(middles, pixels(beside), seed + 43),
            negatives.parts(pixels(near_others), seed + 2, WINDOW),
            negatives.signs(pixels(signs), tf.gather(labels, signs), seed + 11, WINDOW),
            negatives.textures(others, seed + 20, WINDOW),
        ]
        windows = views.worn(tf.concat(windows, 0), seed + 30)[..., None]
        no_labels = tf.fill([3 * others], tf.constant(NOTHING, "int64"))
        rows = tf.concat([rows, middle], 0)
        return windows, tf.concat([tf.gather(labels, rows), no_labels], 0)

    return make_batch
