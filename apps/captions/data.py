"""Images with captions as tensors: pixels and previous words as inputs, next words as targets."""

import dataclasses
import itertools
import pathlib

import numpy as np
import tensorflow as tf

from apps.captions import flickr
from apps.captions.app import Assets
from apps.captions.synthetic.scenes import scenes
from keras_dl import pipelines, training
from keras_dl.application import UserError, user_error

_SPLITS = ("train", "validation", "test")
_VALIDATION_SCENES = 1_000
_LONGEST = 30  # words of a caption that are trained on
_MIN_COUNT = 2  # of a word in the captions of a directory
_HELD_OUT = 5000  # last digits of train, held out if there is no validation split


@dataclasses.dataclass(frozen=True)
class Captioned:
    """Images with one or more captions each.

    Attributes:
        images: uint8 `(n, height, width, channels)`.
        captions: list of lists of str.
        boxes: for scenes, the boxes of the digits of each group of each image; otherwise empty.
    """

    images: np.ndarray
    captions: list[list[str]]
    boxes: list[tuple[np.ndarray, ...]]


def training_data(config):
    """Reads or draws the images of a run and returns its `TrainingData`."""
    train = read(config, "train", config.num_examples)
    held_out = read(config, "validation", min(_VALIDATION_SCENES, config.num_examples))
    words = pipelines.build_vocabulary(
        [
            [word.decode() for word in row.tolist()]
            for row in tokenized(itertools.chain(*train.captions)).numpy()
        ],
        min_count=1 if train.boxes else _MIN_COUNT,
    )
    if not words:
        raise UserError(
            f"--data must have captions with words that occur at least {_MIN_COUNT} times. "
            f"Received {config.data} without any. Add images with captions."
        )
    assets = Assets(words, list(train.images.shape[1:]))
    count, make_batch = _rows(train, assets)
    with user_error("--batch-size"):
        batches, steps = pipelines.epoch_batches(
            count, config.batch_size, config.seed, lambda rows, *_: make_batch(rows)
        )
    held_out_count, make_held_out = _rows(held_out, assets)
    validation = tf.data.Dataset.range(held_out_count).batch(config.batch_size).map(make_held_out)
    return training.TrainingData(batches, steps, validation.cache(), assets)


def read(config, split, count, *, unseen=False):
    """Returns the `Captioned` images of a split: `count` scenes, or those of a directory.

    `unseen` selects scenes of combinations that are never trained on.
    """
    if config.data == "digits" or config.data.startswith("tfds:"):
        digits = _digits(config.data, split)
        seed = [config.seed, _SPLITS.index(split), unseen]
        drawn = scenes(*digits, count, seed, unseen=unseen)
        images = np.stack([each.image for each in drawn])
        return Captioned(images, [[each.caption] for each in drawn], [each.boxes for each in drawn])
    if not pathlib.Path(config.data).is_dir():
        raise UserError(
            "--data must be digits, tfds:mnist, or a directory with images and captions. Received "
            f"{config.data!r}, which is no directory."
        )
    with user_error("--data"):
        return Captioned(*flickr.read(config.data, split, config.image_size), [])


def tokenized(captions):
    """Returns the lower-case words of captions, ragged string `(batch, None)`."""
    return pipelines.tokenize(
        tf.strings.lower(tf.constant(list(captions), "string"), encoding="utf-8")
    )


def _digits(data, split):
    if data == "digits":
        from sklearn.datasets import load_digits

        found = load_digits()
        parts = pipelines.split_at_random([1197, 200, 400], seed=0)
        rows = parts[_SPLITS.index(split)]
        # From 8 to 24 pixels, with a margin as in MNIST.
        images = tf.image.resize(found.images[rows, ..., None] * 15.9, (24, 24)).numpy()
        return np.pad(images[..., 0], ((0, 0), (2, 2), (2, 2))).astype("uint8"), found.target[rows]
    builder = pipelines.tfds_builder(data.removeprefix("tfds:"), ("image", "label"))
    part = "test" if split == "test" else "train"
    found = pipelines.read_tfds(builder, part, ("image", "label"))
    if found["image"].shape[1:] != (28, 28, 1) or found["label"].max() > 9:
        raise UserError(
            "--data must be digits: gray images of 28 x 28 pixels, labels from 0 to 9. Received "
            f"{data} with images {found['image'].shape[1:]}. Use tfds:mnist."
        )
    rows = {"train": slice(-_HELD_OUT), "validation": slice(-_HELD_OUT, None)}.get(
        split, slice(None)
    )
    return found["image"][rows, ..., 0], found["label"][rows]


def _rows(captioned, assets):
    """Returns the number of pairs of image and caption, and the function that batches them."""
    images = tf.constant(captioned.images)
    owners = tf.constant(
        [index for index, texts in enumerate(captioned.captions) for _ in texts], "int64"
    )
    encode = pipelines.WordVocabulary(assets.words).encode
    numbers = encode(tokenized(itertools.chain(*captioned.captions)))[:, :_LONGEST]
    end = len(assets.words) + 2

    def make_batch(rows):
        words = tf.gather(numbers, rows)
        targets = tf.concat([words, tf.fill([tf.shape(rows)[0], 1], end)], 1)
        counted = tf.cast(tf.sequence_mask(targets.row_lengths()), "float32")
        targets = targets.to_tensor(end)
        # The end of one caption is the start of the next.
        previous = tf.concat([tf.fill([tf.shape(rows)[0], 1], end), targets[:, :-1]], 1)
        shape = (None, None)
        inputs = {
            "image": tf.gather(images, tf.gather(owners, rows)),
            "previous": tf.ensure_shape(previous, shape),
        }
        return inputs, tf.ensure_shape(targets, shape), tf.ensure_shape(counted, shape)

    return len(owners), make_batch
