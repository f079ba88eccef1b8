"""Endpoints of the SavedModel: the optimization of the pixels runs inside it."""

import math

import tensorflow as tf

from apps.style import transfer
from apps.style.app import PAINTING
from keras_dl import pipelines
from keras_dl.application import Endpoint

_RATE = 8.0  # of Adam: change of a pixel in the first steps
_BETAS = (0.9, 0.999)
_OUTPUTS = ("style_loss", "style_loss_before", "content_cosine")


def endpoints(model, assets):
    """Returns the only endpoint of the SavedModel."""
    painter = _Painter(model, assets)
    images = [tf.TensorSpec([None], "string", name) for name in ("image_bytes", "style_bytes")]
    options = [
        tf.TensorSpec([], "int32", "steps"),
        tf.TensorSpec([], "int32", "size"),
        tf.TensorSpec([], "float32", "style_weight"),
        tf.TensorSpec([], "bool", "preserve_colors"),
    ]
    encoded = PAINTING.read_bytes()
    given = {"image_bytes": [encoded], "style_bytes": [encoded]}
    small = {"steps": 2, "size": 32, "style_weight": 10.0, "preserve_colors": True}
    return {
        "serving_default": Endpoint(painter.serving_default, [*images, *options], given | small)
    }


class _Painter:
    def __init__(self, model, assets):
        self._transfer = transfer.Transfer(model, assets)

    def serving_default(self, image_bytes, style_bytes, steps, size, style_weight, preserve_colors):
        none = {"png_bytes": tf.constant(b""), **dict.fromkeys(_OUTPUTS, tf.constant(0.0))}
        blank = tf.zeros([32, 32, 3])

        def row(encoded):
            def images(both):
                return tuple(transfer.read_image(each, size) for each in tf.unstack(both))

            (content, style), are_images = pipelines.decode_or_blank(
                images, encoded, (blank, blank)
            )
            painted = tf.cond(
                are_images,
                lambda: self._paint(content, style, steps, style_weight, preserve_colors),
                lambda: none,
            )
            return painted, are_images

        specs = tf.nest.map_structure(lambda each: tf.TensorSpec([], each.dtype), none)
        found, is_image = tf.map_fn(
            row,
            tf.stack([image_bytes, style_bytes], 1),
            fn_output_signature=(specs, tf.TensorSpec([], "bool")),
        )
        return {**found, "is_image": is_image}

    def _paint(self, content, style, steps, style_weight, preserve_colors):
        original = content
        content, style = (
            tf.where(preserve_colors, transfer.gray(each), each) for each in (content, style)
        )
        grams = self._transfer.style(style)
        weight, before = self._transfer.weight(style_weight, content, grams)
        pixels = self._optimized(content, grams, steps, weight)
        terms = self._transfer.terms(tf.round(pixels), content, grams)
        pixels = tf.where(preserve_colors, transfer.with_colors_of(pixels, original), pixels)
        image = tf.cast(tf.round(pixels), "uint8")
        return {
            "png_bytes": tf.io.encode_png(image),
            "style_loss": terms["style_loss"],
            "style_loss_before": before,
            "content_cosine": terms["content_cosine"],
        }

    def _optimized(self, content, grams, steps, style_weight):
        """Returns the pixels after steps of Adam, whose rate decays along a cosine."""

        def body(step, pixels, first, second):
            _, gradient = self._transfer.loss_and_gradient(
                pixels, content, grams, style_weight, step
            )
            first += (1 - _BETAS[0]) * (gradient - first)
            second += (1 - _BETAS[1]) * (gradient**2 - second)
            taken = tf.cast(step, "float32")
            corrected = [
                moment / (1 - beta ** (taken + 1))
                for moment, beta in zip((first, second), _BETAS, strict=True)
            ]
            rate = _RATE * (1 + tf.cos(math.pi * taken / tf.cast(steps, "float32"))) / 2
            change = corrected[0] / (tf.sqrt(corrected[1]) + 1e-8)
            pixels = tf.clip_by_value(pixels - rate * change, 0.0, 255.0)
            return step + 1, pixels, first, second

        zeros = tf.zeros_like(content)
        state = tf.constant(0), content, zeros, zeros
        return tf.while_loop(lambda step, *_: step < steps, body, state)[1]
