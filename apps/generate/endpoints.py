"""Endpoints of the SavedModel, which generate images from seeds and encode images."""

import dataclasses
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from apps.generate.app import SEVEN
from keras_dl import interpretation, models, pipelines
from keras_dl.application import Endpoint

_GIBBS_CALLS, _GIBBS_STEPS = 100, 10  # calls of the sampler, and Gibbs steps per call
_LUMA = np.array([[0.299], [0.587], [0.114]], "float32")  # ITU-R BT.601, with a sum of 1
_SEED = tf.TensorSpec([None], "int64", "seed")
_IMAGE = tf.TensorSpec([None], "string", "image_bytes")
_SEVEN = SEVEN.read_bytes()
_SIGNATURES = {  # with the inputs that an export is compared on
    "serving_default": ([_SEED], {"seed": [0, 1, 2**40]}),
    "decode": ([tf.TensorSpec([None, None], name="code")], {"code": [[0.5], [-1.0]]}),
    "between": (
        [_SEED, tf.TensorSpec([None], "int64", "other_seed"), tf.TensorSpec([None], name="share")],
        {"seed": [1, 2, 3], "other_seed": [2, 3, 3], "share": [0.0, 0.4, 1.0]},
    ),
    "judge": ([_IMAGE], {"image_bytes": [_SEVEN]}),
    "encode": ([_IMAGE], {"image_bytes": [_SEVEN]}),
    "neurons": ([tf.TensorSpec([None], "int32", "number")], {"number": [0, 0]}),
    "first_layer": (
        [tf.TensorSpec([], "int32", "first"), tf.TensorSpec([], "int32", "count")],
        {"first": 0, "count": 2},
    ),
    "bounds": (
        [_IMAGE, tf.TensorSpec([], "int64", "seed"), tf.TensorSpec([], "int32", "draws")],
        {"image_bytes": [_SEVEN, _SEVEN], "seed": 1, "draws": 3},
    ),
}


@dataclasses.dataclass(frozen=True)
class _Network:
    """Model of any kind, with the functions of its endpoints.

    Attributes:
        shape: `(height, width, channels)` of an image.
        units: int. Size of a latent vector.
        draw: function from seeds, int64 `(n,)`, to latent vectors `(n, units)`.
        decoder: function from latent vectors to images from 0 to 1.
        center: mean of the latent vectors, 0 or `(units,)`.
        encoder: keras.Model from images to latent vectors, or None.
        kernel: weights `(pixels, units)` of the first layer if it is dense, or None.
    """

    shape: tuple[int, ...]
    units: int
    draw: Callable[[tf.Tensor], tf.Tensor]
    decoder: Callable[[tf.Tensor], tf.Tensor]
    center: Any = 0.0
    encoder: keras.Model | None = None
    kernel: Any = None

    def serving_default(self, seed):
        code = self.draw(seed)
        return {"pictures": self._images(code), "code": code}

    def between(self, seed, other_seed, share):
        inside = tf.reduce_all((share >= 0) & (share <= 1))  # false for NaN
        with tf.control_dependencies(
            [tf.debugging.Assert(inside, ["share must be 0 to 1", share])]
        ):
            share = tf.identity(share)
        ends = (self.draw(each) - self.center for each in (seed, other_seed))
        return {"pictures": self._images(models.slerp(*ends, share) + self.center)}

    def decode(self, code):
        code = tf.debugging.check_numerics(code, "code must be finite")
        # Missing components at the end are 0.
        latent = tf.pad(code, [[0, 0], [0, self.units - tf.shape(code)[1]]])
        return {"pictures": self._images(tf.ensure_shape(latent, [None, self.units]))}

    def encode(self, image_bytes):
        images, is_image = _read(image_bytes, self.shape)
        latent = tf.cast(self.encoder(images, training=False), "float32")
        reconstruction = tf.where(is_image[:, None, None, None], self._images(latent), 0)
        latent = tf.where(is_image[:, None], latent, 0.0)
        return {"code": latent, "reconstruction": reconstruction, "is_image": is_image}

    def _images(self, latent):
        images = tf.clip_by_value(tf.cast(self.decoder(latent), "float32"), 0, 1)
        return tf.cast(tf.round(255 * images), "uint8")


def endpoints(model, assets):
    """Returns the endpoints of the SavedModel, which depend on the kind of model."""
    shape = tuple(assets.shape)
    network = _NETWORKS[assets.kind](model, assets, shape)
    functions = {"serving_default": network.serving_default, "decode": network.decode}
    if assets.kind != "rbm":
        functions["between"] = network.between
    if assets.kind == "gan":
        functions["judge"] = _judge(model, shape)
    else:
        functions |= {"encode": network.encode, "neurons": _neurons(network)}
    if network.kernel is not None:
        functions["first_layer"] = _first_layer(network)
    if assets.kind == "vae":
        functions["bounds"] = _bounds(model, shape)
    return {name: Endpoint(each, *_SIGNATURES[name]) for name, each in functions.items()}


def _vae(model, _, shape):
    units = model.decoder.input_shape[1]
    return _Network(
        shape,
        units,
        lambda seed: _normal(seed, units),
        lambda latent: tf.sigmoid(model.decoder(latent, training=False)),
        encoder=keras.Model(model.encoder.inputs[0], model.encoder.outputs[0]),
        kernel=_first_kernel(model.encoder),
    )


def _autoencoder(model, assets, shape):
    encoder, decoder = models.split_autoencoder(model)
    mean, root = (
        tf.constant(each, "float32") for each in (assets.latent_mean, assets.latent_cholesky)
    )
    units = len(assets.latent_mean)
    return _Network(
        shape,
        units,
        lambda seed: mean + _normal(seed, units) @ tf.transpose(root),
        lambda latent: decoder(latent, training=False),
        mean,
        encoder,
        _first_kernel(encoder),
    )


def _gan(model, _, shape):
    units = model.generator.input_shape[1]
    return _Network(
        shape,
        units,
        lambda seed: _normal(seed, units),
        lambda latent: model.generator(latent, training=False),
    )


def _rbm(model, _, shape):
    machine = model.get_layer("machine")
    size = [_GIBBS_STEPS, machine.kernel.shape[0] + machine.units]

    def draw(seed):
        start = _random(tf.random.stateless_uniform, seed, [machine.units]) < 0.5
        return machine.sample(
            tf.cast(start, "float32"),
            lambda call: _random(tf.random.stateless_uniform, seed, size, 1 + call),
            _GIBBS_CALLS,
        )

    def decoder(latent):
        return tf.reshape(machine.visible_mean(latent), (-1, *shape))

    return _Network(shape, machine.units, draw, decoder, encoder=model, kernel=machine.kernel)


_NETWORKS = {"vae": _vae, "autoencoder": _autoencoder, "gan": _gan, "rbm": _rbm}


def _random(distribution, seeds, shape, number=0):
    """Returns random values `(n, *shape)` that depend only on the seeds and `number`."""
    return tf.map_fn(
        lambda seed: distribution(shape, tf.stack([seed, tf.cast(number, "int64")])),
        seeds,
        fn_output_signature=tf.TensorSpec(shape),
    )


def _normal(seeds, units):
    return _random(tf.random.stateless_normal, seeds, [units])


def _judge(model, shape):
    def judge(image_bytes):
        images, is_image = _read(image_bytes, shape)
        real = tf.sigmoid(model(images, training=False)[:, 0])
        return {"real": tf.where(is_image, real, 0.0), "is_image": is_image}

    return judge


def _neurons(network):
    """Returns the function from unit indices to the inputs that maximize them (constants)."""
    exciting = tf.constant(_contrasted(interpretation.activation_maximization(network.encoder)))

    def neurons(number):
        with tf.control_dependencies([tf.debugging.assert_less(number, network.units)]):
            return {"exciting": tf.gather(exciting, number)}

    return neurons


def _first_layer(network):
    """Returns the function from a window of units of the first layer to their weights."""
    kernel = keras.ops.convert_to_numpy(network.kernel).T
    weights = tf.constant(_contrasted(kernel.reshape(-1, *network.shape)))

    def first_layer(first, count):
        message = "first and count must be at least 0"
        with tf.control_dependencies([tf.debugging.assert_non_negative([first, count], message)]):
            return {"weights": weights[first : first + count]}

    return first_layer


def _bounds(model, shape):
    def bounds(image_bytes, seed, draws):
        at_least_one = tf.debugging.assert_positive(draws, "draws must be at least 1")
        with tf.control_dependencies([at_least_one]):
            brightness, is_image = _read(image_bytes, shape)

        def random(distribution, shape, number):
            return distribution(shape, tf.stack([seed, tf.cast(number, "int64")]))

        chances = random(tf.random.stateless_uniform, tf.shape(brightness), 0)
        found = model.bounds(
            tf.cast(chances < brightness, "float32"),
            draws,
            lambda shape, number: random(tf.random.stateless_normal, shape, 1 + number),
        )
        rows = {
            name: tf.where(tf.reshape(is_image, [-1, *[1] * (len(each.shape) - 1)]), each, 0.0)
            for name, each in found.items()
        }
        return rows | {"is_image": is_image}

    return bounds


def _first_kernel(network):
    """Returns the kernel of the first layer with weights, or None if it is not dense."""
    first = next(layer for layer in network.layers if layer.weights)
    return first.kernel if isinstance(first, keras.layers.Dense) else None


def _read(image_bytes, shape):
    """Reads images from 0 to 1 with the size and channels of the data, black if unreadable."""

    def read(encoded):
        # Resized first, because large images take little memory only while they are uint8.
        image = pipelines.decode_resized(encoded, shape[:2])
        return (image @ _LUMA if shape[-1] == 1 else image) / 255

    return pipelines.decode_rows(read, image_bytes, tf.zeros(shape))


def _contrasted(images):
    """Scales images to uint8: 0 becomes gray, the largest magnitude black or white."""
    largest = np.abs(images).max(axis=(1, 2, 3), keepdims=True)
    return np.round(127.5 + 127.5 * images / np.maximum(largest, 1e-12)).astype("uint8")
