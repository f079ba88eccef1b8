"""Images with values from 0 to 1. For a vae, they are randomly binarized in each epoch."""

import pathlib

import numpy as np
import tensorflow as tf

from apps.generate.app import Assets
from keras_dl import callbacks, pipelines, training
from keras_dl.application import UserError, user_error

_HELD_OUT = {"validation": 0.1, "test": 0.2}  # fractions of data without splits
_LEAST = 31  # each split then has four images, so that an image has three neighbors
_STEPS_OF_FEW_IMAGES = 1000  # a healthy generator may produce little variety until then
_BATCH_SIZE = 500  # of validation


def training_data(config):
    """Reads the images of a run and returns its `TrainingData`."""
    images, _ = read(config.data, "train")
    held_out, _ = read(config.data, "validation")
    with user_error("--batch-size"):
        batches, steps = pipelines.epoch_batches(
            len(images), config.batch_size, config.seed, _batch_maker(images, config.kind)
        )
    held_out = binarized(held_out, 0) if config.kind == "vae" else held_out
    validation = tf.data.Dataset.from_tensor_slices(held_out).batch(_BATCH_SIZE)
    if config.kind == "autoencoder":
        validation = validation.map(lambda x: (x, x))
    return training.TrainingData(
        batches,
        steps,
        None if config.kind == "rbm" else validation.cache(),
        Assets(config.kind, images.shape[1:]),
        callbacks=_alerts(config, steps),
        # The losses of adversarial networks do not show which epoch is the best.
        monitor=None if config.kind == "gan" else "val_loss",
    )


def read(data, split):
    """Returns images, float32 `(n, height, width, channels)` from 0 to 1, and labels or None."""
    with user_error("--data"):
        if data == "digits":
            from sklearn.datasets import load_digits

            found = load_digits()
            return _part(found.images[..., None].astype("float32") / 16, found.target, split)
        if data.startswith("tfds:"):
            return _from_tfds(data.removeprefix("tfds:"), split)
        if not pathlib.Path(data).exists():
            raise UserError(
                "--data must be digits, tfds:NAME, a directory of images or a .npy file. "
                f"Received {data!r}, which does not exist."
            )
        return _part(pipelines.read_images(data), None, split)


def binarized(images, seed):
    """Samples binary pixels that are 1 with a probability equal to the brightness."""
    return (np.random.default_rng(seed).random(images.shape) < images).astype("float32")


def _batch_maker(images, kind):
    """Returns the `make_batch` of `pipelines.epoch_batches`."""
    images = tf.constant(images)

    def make_batch(rows, number, seeds):
        batch = tf.gather(images, rows)
        if kind == "vae":
            seed = seeds + tf.stack([0, 2**20 * (1 + number)])
            noise = tf.random.stateless_uniform(tf.shape(batch), seed)
            batch = tf.cast(noise < batch, "float32")
        return (batch, batch) if kind == "autoencoder" else batch

    return make_batch


def _alerts(config, steps_per_epoch):
    """Returns callbacks that warn of problems that the loss does not show."""
    if config.kind == "gan":
        message = (
            "the generator produces the same few images for any noise. Use more --filters and "
            "a single layer of --units, a lower --learning-rate, or another --seed"
        )
        after = min(-(-_STEPS_OF_FEW_IMAGES // steps_per_epoch), config.epochs // 2)
        return (callbacks.MetricAlert("diversity", 0.15, message, start_from_epoch=after),)
    if config.kind == "vae":
        least = min(2, config.effective_latent_dim)
        message = (
            f"fewer than {least} of the latent variables carry information about an image. Use "
            "more --epochs, a lower --learning-rate or a lower --latent-dim"
        )
        after = min(20, config.epochs // 2)
        return (callbacks.MetricAlert("active_units", least, message, start_from_epoch=after),)
    return ()


def _part(images, labels, split):
    """Returns a split of the images. Splits are random and disjoint, and always the same."""
    count = _checked_count(images)
    validation, test = (int(np.ceil(share * count)) for share in _HELD_OUT.values())
    parts = pipelines.split_at_random([count - validation - test, validation, test], seed=0)
    rows = dict(zip(("train", "validation", "test"), parts, strict=True))[split]
    return images[rows], None if labels is None else labels[rows]


def _from_tfds(name, split):
    info = (builder := pipelines.tfds_builder(name)).info
    image = dict(info.features.items()).get("image")
    shape = getattr(image, "shape", None)
    shape = shape if isinstance(shape, tuple) else ()
    if len(shape) != 3 or None in shape or shape[-1] not in (1, 3) or image.np_dtype != np.uint8:
        raise UserError(
            "--data must be a data set of images of one size, with 1 or 3 channels and 8 bits. "
            f"Received tfds:{name} with {image or ', '.join(sorted(info.features))}. Use "
            "tfds:mnist."
        )
    if "test" not in info.splits:
        return _part(*_read_split(builder, "train"), split)
    if split == "test" or "validation" in info.splits:
        return _read_split(builder, split)
    images, labels = _read_split(builder, "train")
    # This holds out the last 5,000 images of MNIST.
    held_out = int(_checked_count(images) * _HELD_OUT["validation"] / 1.2)
    rows = slice(-held_out, None) if split == "validation" else slice(-held_out)
    return images[rows], None if labels is None else labels[rows]


def _read_split(builder, split):
    features = [name for name in ("image", "label") if name in builder.info.features]
    found = pipelines.read_tfds(builder, split, features)
    # Some data sets are binary instead of 8-bit.
    images = found["image"].astype("float32") / (255 if found["image"].max() > 1 else 1)
    return images, found.get("label")


def _checked_count(images):
    if len(images) < _LEAST:
        raise UserError(
            f"--data must have at least {_LEAST} images, for three splits. Received {len(images)}."
        )
    return len(images)
