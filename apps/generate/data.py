"""Pictures as tensors from 0 to 1; those of a vae drawn as 0 or 1, anew in each epoch."""

import collections
import dataclasses
import pathlib

import numpy as np
import tensorflow as tf

from apps import tfds_sets
from keras_dl import callbacks, pipelines

_HELD_OUT = {"validation": 0.1, "test": 0.2}  # of data that have no parts of their own
_LEAST = 31  # so that each part has four, and a picture three neighbours beside itself
_STEPS_OF_FEW_PICTURES = 1000  # in which a healthy generator may not yet vary what it makes
_AT_ONCE = 500


@dataclasses.dataclass(frozen=True)
class Data:
    """What training needs; `assets` go into the run for whoever loads the model."""

    train: collections.abc.Callable
    steps_per_epoch: int
    validation: tf.data.Dataset | None
    assets: dict
    callbacks: tuple


def pipeline(config):
    """Reads the pictures of a run and returns their `Data`."""
    pictures, _ = read(config.data, "train")
    held_out, _ = read(config.data, "validation")
    steps = len(pictures) // config.batch_size
    if not steps:
        raise ValueError(
            f"--batch-size must be at most the number of pictures, {len(pictures)}. Received "
            f"{config.batch_size}."
        )
    held_out = binarized(held_out, 0) if config.kind == "vae" else held_out
    validation = tf.data.Dataset.from_tensor_slices(held_out).batch(_AT_ONCE)
    if config.kind == "autoencoder":
        validation = validation.map(lambda x: (x, x))
    return Data(
        _epochs(pictures, steps, config),
        steps,
        None if config.kind == "rbm" else validation.cache(),
        {"kind": config.kind, "data": config.data, "shape": list(pictures.shape[1:])},
        _watches(config, steps),
    )


def _watches(config, steps_per_epoch):
    """Returns the callbacks that say what no loss shows; at first it may be so."""
    if config.kind == "gan":
        trouble = (
            "the generator makes the same few pictures of all noise. Give it more --filters and "
            "one layer of --units, or lower --learning-rate, or begin anew with another --seed"
        )
        after = min(-(-_STEPS_OF_FEW_PICTURES // steps_per_epoch), config.epochs // 2)
        return (callbacks.Watch("diversity", 0.15, trouble, after=after),)
    if config.kind == "vae":
        least = min(2, config.code_units)
        trouble = (
            f"less than {least} of the latent variables say anything about a picture. Raise "
            "--epochs, lower --learning-rate or --code"
        )
        after = min(20, config.epochs // 2)
        return (callbacks.Watch("active_units", least, trouble, after=after),)
    return ()


def read(data, split):
    """Returns pictures, float32 `(n, height, width, channels)` from 0 to 1, and labels or None."""
    if data == "digits":
        from sklearn.datasets import load_digits

        found = load_digits()
        return _part(found.images[..., None].astype("float32") / 16, found.target, split)
    if data.startswith("tfds:"):
        return _from_tfds(data.removeprefix("tfds:"), split)
    if not pathlib.Path(data).exists():
        raise ValueError(
            "--data must be digits, tfds: and the name of a set, a folder of pictures or a .npy "
            f"file. Received {data!r}, which is not there."
        )
    return _part(pipelines.read_pictures(data), None, split)


def binarized(pictures, seed):
    """Draws each pixel as 1 with the probability that its brightness says."""
    return (np.random.default_rng(seed).random(pictures.shape) < pictures).astype("float32")


def _part(pictures, labels, split):
    """Divides by chance, the same each time: the parts have no picture in common."""
    order = np.random.default_rng(0).permutation(len(pictures))
    validation, test = (int(np.ceil(share * len(order))) for share in _HELD_OUT.values())
    rows = np.split(order, [len(order) - validation - test, len(order) - test])
    rows = dict(zip(("train", "validation", "test"), rows, strict=True))[split]
    if len(order) < _LEAST:
        raise ValueError(
            f"--data must have {_LEAST} pictures or more, for three parts. Received {len(order)}."
        )
    return pictures[rows], None if labels is None else labels[rows]


def _from_tfds(name, split):
    info = tfds_sets.prepared(name).info
    features = dict(info.features.items())
    image = features.get("image")
    shape = getattr(image, "shape", None)
    shape = shape if isinstance(shape, tuple) else ()
    if len(shape) != 3 or None in shape or shape[-1] not in (1, 3) or image.np_dtype != np.uint8:
        raise ValueError(
            "--data must be a set whose feature image has one size, 1 or 3 channels and 8 bits. "
            f"Received tfds:{name} with {image or ', '.join(sorted(features))}. Take tfds:mnist."
        )
    if "train" not in info.splits:
        raise ValueError(
            f"--data must be a set with a part train. Received tfds:{name} with "
            f"{', '.join(info.splits)}. Take tfds:mnist."
        )
    if "test" not in info.splits:
        return _part(*_loaded(name, "train"), split)
    if split == "test" or "validation" in info.splits:
        return _loaded(name, split)
    pictures, labels = _loaded(name, "train")
    if len(pictures) < _LEAST:
        raise ValueError(
            f"--data must have {_LEAST} pictures or more in its part train. Received tfds:{name} "
            f"with {len(pictures)}."
        )
    held_out = int(len(pictures) * _HELD_OUT["validation"] / 1.2)  # the last 5,000 of MNIST
    rows = slice(-held_out, None) if split == "validation" else slice(-held_out)
    return pictures[rows], None if labels is None else labels[rows]


def _loaded(name, part):
    import tensorflow_datasets as tfds

    found = tfds.load(name, split=part, batch_size=-1)
    pictures = np.asarray(found["image"])
    # Some sets have bits in place of brightness.
    pictures = pictures.astype("float32") / (255 if pictures.max() > 1 else 1)
    return pictures, np.asarray(found["label"]) if "label" in found else None


def _epochs(pictures, steps, config):
    """Returns the function from the number of an epoch to its batches."""
    pictures, size = tf.constant(pictures), config.batch_size
    drawn, pairs = config.kind == "vae", config.kind == "autoencoder"

    def epoch_data(epoch):
        seeds = tf.stack([tf.constant(config.seed, "int64"), tf.cast(epoch, "int64")])
        rows = tf.range(len(pictures), dtype="int64")
        order = tf.random.experimental.stateless_shuffle(rows, seeds)
        batches = tf.reshape(order[: steps * size], (steps, size))

        def batch(number, rows):
            batch = tf.gather(pictures, rows)
            if drawn:
                seed = seeds + tf.stack([0, 2**20 * (1 + number)])
                noise = tf.random.stateless_uniform(tf.shape(batch), seed)
                batch = tf.cast(noise < batch, "float32")
            return (batch, batch) if pairs else batch

        data = tf.data.Dataset.from_tensor_slices(batches).enumerate()
        return data.map(batch, num_parallel_calls=2, deterministic=True).prefetch(4)

    return epoch_data
