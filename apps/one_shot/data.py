"""Images of characters or people: encoded, with their class and the group of their class."""

import io
import math
import os
import pathlib
import warnings
from typing import NamedTuple

import numpy as np
import PIL.Image
import tensorflow as tf

from apps.one_shot import views
from apps.one_shot.app import Assets
from apps.one_shot.synthetic import strokes
from keras_dl import callbacks, pipelines, training
from keras_dl.application import UserError, read_image_bytes, user_error

_SPLITS = ("train", "validation", "test")
_SHARES = (3, 1, 1)  # of the people of a directory
_HELD_OUT = 6  # of the alphabets of Omniglot, one of so many is for validation
_VALIDATION_CLASSES = 20
_QUARTERS = 4
_ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".webp")
_PGM = (b"P2", b"P5")
_COLLAPSED = (
    "the embeddings of all images are nearly equal. Use a larger --margin, --loss nt_xent or "
    "triplet_all, or a smaller --learning-rate."
)


class Images(NamedTuple):
    """Images of classes.

    Attributes:
        encoded: list of bytes of image files.
        labels: int64 `(n,)`. Class of each image, from 0.
        groups: int64 `(n,)`. Alphabet of each class; 0 for people.
    """

    encoded: list
    labels: np.ndarray
    groups: np.ndarray


def training_data(config):
    """Reads or generates the images of a run and returns their `TrainingData`."""
    train, validation = read(config, "train"), read(config, "validation")
    pixels, labels, groups = images(train, config.image_size), train.labels, train.groups
    if not config.photos:
        turned = [np.rot90(pixels, quarters, (1, 2)) for quarters in range(_QUARTERS)]
        pixels = np.concatenate(turned)
        labels = np.concatenate([labels + (labels.max() + 1) * n for n in range(_QUARTERS)])
        groups = np.concatenate([groups + (groups.max() + 1) * n for n in range(_QUARTERS)])
    classes = config.batch_size // config.images_per_class
    count = len(np.unique(labels))
    if not 2 <= classes <= count:
        raise UserError(
            f"--batch-size must be from 2 to {count:,} times --images-per-class, here from "
            f"{2 * config.images_per_class:,} to {count * config.images_per_class:,}: a batch has "
            f"at least two classes, and there are {count:,}. Received {config.batch_size}. Change "
            "one of them."
        )
    batches, steps = pipelines.class_batches(
        labels,
        classes,
        config.images_per_class,
        config.seed,
        _make_batch(pixels, labels, config.photos),
        groups=groups,
        group_size=math.gcd(classes, config.group_size),
    )
    return training.TrainingData(
        batches,
        steps,
        _validation(validation, config),
        Assets(config.image_size, photos=config.photos),
        [callbacks.MetricAlert("embedding_spread", 0.05, _COLLAPSED)],
        monitor=None,
        notes=[f"{len(np.unique(labels)):,} classes, {len(labels):,} images"],
    )


def read(config, split):
    """Returns the `Images` of a split. No class is in two splits."""
    if config.data == "synthetic":
        share = 1 if split == "train" else 5
        count = -(-config.num_examples // (share * strokes.IMAGES * strokes.CHARACTERS))
        # A different seed for each split, so that splits have no alphabet in common.
        seed = 3 * config.seed + _SPLITS.index(split)
        pixels, labels, groups = strokes.characters(max(count, 2), seed)
        return Images(
            [tf.io.encode_png(each[..., None]).numpy() for each in pixels], labels, groups
        )
    with user_error("--data"):
        if config.data.startswith("tfds:"):
            return _from_tfds(config.data.removeprefix("tfds:"), split)
        return _from_directory(pathlib.Path(config.data), split)


def images(read, size):
    """Decodes the images of a split, uint8 `(n, size, size, 1)`."""
    data = tf.data.Dataset.from_tensor_slices(read.encoded)
    data = data.map(lambda each: views.gray(each, size), tf.data.AUTOTUNE).batch(1000)
    return np.concatenate([*data.as_numpy_iterator()])


def _make_batch(pixels, labels, photos):
    pixels, labels = tf.constant(pixels), tf.constant(labels, "int64")

    def make_batch(rows, number, seeds):
        seed = seeds + tf.stack([0, 64 * 2**20 * (1 + number)])
        return views.near(tf.gather(pixels, rows), seed, photos), tf.gather(labels, rows)

    return make_batch


def _validation(read, config):
    """Returns batches of held-out classes, the same in each epoch."""
    pixels, labels = tf.constant(images(read, config.image_size)), tf.constant(read.labels)
    classes = min(_VALIDATION_CLASSES, len(np.unique(read.labels)))
    batches, _ = pipelines.class_batches(
        read.labels,
        classes,
        config.images_per_class,
        0,
        lambda rows, *_: (
            views.plain(tf.gather(pixels, rows), config.photos),
            tf.gather(labels, rows),
        ),
    )
    return batches(tf.constant(0, "int64")).cache()


def _from_tfds(name, split):
    features = ("image", "label", "alphabet")
    builder = pipelines.tfds_builder(name, features)
    part = "test" if split == "test" else "train"
    found = pipelines.read_tfds(builder, part, features, decode_images=False)
    encoded, labels, groups = (found[each] for each in features)
    alphabets = np.unique(groups)
    is_held_out = np.isin(groups, alphabets[::_HELD_OUT])
    keep = np.ones(len(labels), bool) if split == "test" else is_held_out == (split != "train")
    rows = np.flatnonzero(keep)
    return _numbered([encoded[row] for row in rows], labels[rows], groups[rows])


def _from_directory(directory, split):
    if (directory / "train").is_dir():
        people, alone = _people(directory / split)
    else:
        everyone, alone = _people(directory)
        parts = pipelines.split_by_hash([*everyone], _SHARES)
        names = np.array([*everyone])[parts[_SPLITS.index(split)]]
        people = {name: everyone[name] for name in names}
    if len(people) < 2:
        raise ValueError(
            "a directory must have directories with at least two images for so many people that "
            f"each split has two. Received {directory} with {len(people)} such people for "
            f"{split}. Add people."
        )
    if alone:
        warnings.warn(
            f"people must have at least two images. Received {len(alone)} with fewer in "
            f"{directory}, the first one {alone[0]!r}. They are left out. Add images.",
            stacklevel=3,
        )
    labels = np.repeat([*people], [len(paths) for paths in people.values()])
    encoded = [read_file(path) for paths in people.values() for path in paths]
    return _numbered(encoded, labels, np.zeros(len(labels), "int64"))


def _people(directory):
    """Returns the paths of the images of each person who has several, and who has fewer."""
    everyone = {each.name: _files(each) for each in visible(directory) if each.is_dir()}
    people = {name: paths for name, paths in everyone.items() if len(paths) > 1}
    return people, [name for name in everyone if name not in people]


def visible(directory):
    """Returns the paths in a directory, except hidden ones, in the order of their names."""
    return sorted(path for path in directory.iterdir() if not path.name.startswith("."))


def _files(directory):
    return [path for path in visible(directory) if path.suffix.lower() in _ENDINGS]


def image_bytes(image):
    """Returns the bytes of an image like `read_image_bytes`; a PGM file is converted to PNG."""
    is_pgm = isinstance(image, bytes) and image.startswith(_PGM)
    if isinstance(image, str | os.PathLike):
        is_pgm = pathlib.Path(image).suffix.lower() == ".pgm"
    if not is_pgm:
        return read_image_bytes(image)
    try:
        encoded = image if isinstance(image, bytes) else pathlib.Path(image).read_bytes()
        with PIL.Image.open(io.BytesIO(encoded)) as opened:
            if opened.mode[0] == "I":
                # Pillow scales more than 8 bits to 16, whose conversion to 8 would clip them.
                return read_image_bytes(np.uint8(np.asarray(opened) / 257))
            return read_image_bytes(np.asarray(opened.convert("L")))
    except (PIL.UnidentifiedImageError, PIL.Image.DecompressionBombError, ValueError) as error:
        raise UserError("not a valid PGM image") from error
    except OSError as error:
        raise UserError(error.strerror or str(error)) from error


def read_file(path):
    """Returns the bytes of an image file; an error names the file."""
    if pathlib.Path(path).is_dir():
        raise UserError(f"{path} must be an image, not a directory. Pass the images in it.")
    try:
        return image_bytes(path)
    except UserError as error:
        raise UserError(f"{path}: {error}") from error


def _numbered(encoded, labels, groups):
    return Images(
        encoded,
        np.unique(labels, return_inverse=True)[1],
        np.unique(groups, return_inverse=True)[1],
    )
