"""What the SavedModel answers: pictures from seeds, and what codes say about pictures."""

import dataclasses
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from apps.generate import data, drawn_codes
from keras_dl import layers, models, pipelines, training

_GIBBS_STEPS = 1_000  # from chance to what the machine holds likely
_GIBBS_STEPS_AT_ONCE = 10  # whose noise is drawn together


@dataclasses.dataclass(frozen=True)
class _Parts:
    """What all kinds have, and None where one has it not.

    Attributes:
        units: int. Size of a code.
        codes: function from seeds, int64 `(n,)`, to codes `(n, units)`.
        paint: function from codes to pictures from 0 to 1.
        center: the mean of the codes, 0 or `(units,)`.
        encoder: keras.Model from pictures to codes.
        kernel: weights `(pixels, units)` of the lowest dense layer that sees the pixels.
    """

    units: int
    codes: Callable
    paint: Callable
    center: object = 0.0
    encoder: keras.Model | None = None
    kernel: object = None


def endpoints(model, assets):
    """Returns functions and signatures of the SavedModel; which there are depends on the kind."""
    kind, shape = assets["kind"], tuple(assets["shape"])
    parts = _PARTS[kind](model, assets)
    seeds = tf.TensorSpec([None], "int64", "seed")
    encoded = tf.TensorSpec([None], "string", "image_bytes")

    def serving_default(seed):
        return {"pictures": _to_bytes(parts.paint(parts.codes(seed)))}

    def between(seed, other_seed, share):
        ends = (parts.codes(each) - parts.center for each in (seed, other_seed))
        codes = drawn_codes.between(*ends, share) + parts.center
        return {"pictures": _to_bytes(parts.paint(codes))}

    def decode(code):
        # Numbers that are left out at the end are 0.
        whole = tf.pad(code, [[0, 0], [0, parts.units - tf.shape(code)[1]]])
        return {"pictures": _to_bytes(parts.paint(tf.ensure_shape(whole, [None, parts.units])))}

    def encode(image_bytes):
        pictures = _read(image_bytes, shape)
        code = tf.cast(parts.encoder(pictures, training=False), "float32")
        return {"code": code, "reconstruction": _to_bytes(parts.paint(code))}

    def judge(image_bytes):
        real = model(_read(image_bytes, shape), training=False)
        return {"real": tf.sigmoid(real[:, 0])}

    codes = tf.TensorSpec([None, None], name="code")
    found = {"serving_default": (serving_default, [seeds]), "decode": (decode, [codes])}
    if kind != "rbm":
        others = [tf.TensorSpec([None], "int64", "other_seed"), tf.TensorSpec([None], name="share")]
        found["between"] = (between, [seeds, *others])
    if kind == "gan":
        return found | {"judge": (judge, [encoded])}
    found["encode"] = (encode, [encoded])
    found["neurons"] = (_neurons(parts), [tf.TensorSpec([None], "int32", "number")])
    if parts.kernel is not None:
        window = [tf.TensorSpec([], "int32", name) for name in ("first", "count")]
        found["first_layer"] = (_first_layer(parts, shape), window)
    if kind == "vae":
        numbers = [tf.TensorSpec([], "int64", "seed"), tf.TensorSpec([], "int32", "draws")]
        found["bounds"] = (_bounds(model, shape), [encoded, *numbers])
    return found


def _vae(model, _):
    mean = keras.Model(model.encoder.inputs[0], model.encoder.outputs[0])
    units = model.decoder.input_shape[1]
    return _Parts(
        units,
        drawn_codes.normal(units),
        lambda code: tf.sigmoid(model.decoder(code, training=False)),
        encoder=mean,
        kernel=_lowest(model.encoder),
    )


def _autoencoder(model, assets):
    """Codes of a plain autoencoder are nowhere said to be normal; here they are drawn as if."""
    encoder, decoder = models.autoencoder_parts(model)
    pictures, _ = data.read(assets["data"], "train")
    codes = encoder.predict(pictures, verbose=0).astype("float32")
    mean = tf.constant(codes.mean(0))
    covariance = np.atleast_2d(np.cov(codes.T)) + 1e-6 * np.eye(codes.shape[1])
    root = tf.constant(np.linalg.cholesky(covariance).astype("float32"))
    normal = drawn_codes.normal(codes.shape[1])
    return _Parts(
        codes.shape[1],
        lambda seed: mean + normal(seed) @ tf.transpose(root),
        lambda code: decoder(code, training=False),
        mean,
        encoder,
        _lowest(encoder),
    )


def _gan(model, _):
    units = model.generator.input_shape[1]
    return _Parts(
        units,
        drawn_codes.normal(units),
        lambda code: model.generator(code, training=False),
    )


def _rbm(model, assets):
    machine = model.get_layer("machine")
    sides = [machine.kernel.shape[0], machine.units]

    def codes(seed):
        def steps(number, hidden):
            chances = drawn_codes.uniform([_GIBBS_STEPS_AT_ONCE, sum(sides)], number)(seed)
            for step in range(_GIBBS_STEPS_AT_ONCE):
                of_visible, of_hidden = tf.split(chances[:, step], sides, axis=1)
                visible = tf.cast(of_visible < machine.visible_mean(hidden), "float32")
                hidden = tf.cast(of_hidden < machine.hidden_mean(visible), "float32")
            return number + 1, hidden

        start = tf.cast(drawn_codes.uniform([machine.units], 0)(seed) < 0.5, "float32")
        last = tf.constant(_GIBBS_STEPS // _GIBBS_STEPS_AT_ONCE, "int64")
        first = (tf.constant(1, "int64"), start)
        return tf.while_loop(lambda number, _: number <= last, steps, first)[1]

    def paint(code):
        return tf.reshape(machine.visible_mean(code), (-1, *assets["shape"]))

    return _Parts(machine.units, codes, paint, encoder=model, kernel=machine.kernel)


_PARTS = {"vae": _vae, "autoencoder": _autoencoder, "gan": _gan, "rbm": _rbm}


def _neurons(parts):
    """Returns the function from numbers of units to what excites them, constants of the model."""
    exciting = tf.constant(_stretched(training.exciting_inputs(parts.encoder)))

    def neurons(number):
        with tf.control_dependencies([tf.debugging.assert_less(number, parts.units)]):
            return {"exciting": tf.gather(exciting, number)}

    return neurons


def _first_layer(parts, shape):
    """Returns the function from a window of units of the first layer to their weights."""
    kernel = ops.convert_to_numpy(parts.kernel).T
    weights = tf.constant(_stretched(kernel.reshape(-1, *shape)))
    return lambda first, count: {"weights": weights[first : first + count]}


def _bounds(model, shape):
    def bounds(image_bytes, seed, draws):
        right = tf.debugging.assert_positive(draws, "draws must be at least 1")
        with tf.control_dependencies([right]):
            grey = _read(image_bytes, shape)
        noise = tf.random.stateless_uniform(tf.shape(grey), tf.stack([seed, 0]))
        pictures = tf.cast(noise < grey, "float32")
        mean, log_var = model.encoder(pictures, training=False)

        def weights(number):
            size = tf.concat([[1], tf.shape(mean)], 0)
            noise = tf.random.stateless_normal(size, tf.stack([seed, 1 + number]))
            return model.log_weights(pictures, mean, log_var, noise)[0]

        def more(number, total):
            return number + 1, ops.logaddexp(total, weights(number))

        one, first = tf.constant(1, "int64"), weights(tf.constant(0, "int64"))
        draws = tf.cast(draws, "int64")
        _, total = tf.while_loop(lambda number, _: number < draws, more, (one, first))
        kl = layers.GaussianSampling.kl_divergence(mean, log_var)
        return {
            "elbo": first,
            "bound": total - tf.math.log(tf.cast(draws, "float32")),
            "kl": kl,
            "mean": mean,
        }

    return bounds


def _lowest(net):
    """Returns the kernel of the first layer with weights, or None if it is no dense one."""
    lowest = next(layer for layer in net.layers if layer.weights)
    return lowest.kernel if isinstance(lowest, keras.layers.Dense) else None


def _read(image_bytes, shape):
    """Reads pictures in the size and the colours of the data, from 0 to 1."""

    def one(encoded):
        picture = pipelines.decode_picture(encoded)
        if shape[-1] == 1:
            picture = tf.image.rgb_to_grayscale(picture)
        return pipelines.resize_picture(picture, shape[:2]) / 255

    return tf.reshape(tf.map_fn(one, image_bytes, fn_output_signature="float32"), (-1, *shape))


def _to_bytes(pictures):
    return tf.cast(tf.round(255 * tf.clip_by_value(tf.cast(pictures, "float32"), 0, 1)), "uint8")


def _stretched(pictures):
    """Returns pictures whose 0 is grey and whose largest value is black or white, uint8."""
    largest = np.abs(pictures).max(axis=(1, 2, 3), keepdims=True)
    return np.round(127.5 + 127.5 * pictures / np.maximum(largest, 1e-12)).astype("uint8")
