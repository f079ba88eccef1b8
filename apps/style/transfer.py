"""Style and content of images, and the loss of one that is to have the style of another."""

import tensorflow as tf

from keras_dl import losses, pipelines

_LEAST_STYLE_LOSS = 1e-3  # an image below it already has the style
_BORDER = 8  # reflected pixels around an image, which keep its edges from darkening
_SHIFTS = 4  # the strides of the first two layers together
_ROUGHNESS_WEIGHT = 0.03  # removes checkerboards, which the first layer hardly sees
_SHORTEST = 32  # side of an image in pixels, for the deepest layer
_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601


class Transfer:
    """Functions of a feature extractor.

    Images are float32 `(height, width, 3)` from 0 to 255.

    Args:
        model: keras.Model from pixels to a dict of the features of layers.
        assets: `Assets`.
    """

    def __init__(self, model, assets):
        self._model, self._content_layer = model, assets.content_layer
        self.style_layers = assets.style_layers

    def style(self, image):
        """Returns the Gram matrices of an image, `(1, channels, channels)` for each layer."""
        features = self._features(_window(image))
        return [losses.gram_matrix(features[name]) for name in self.style_layers]

    def weight(self, style_weight, content, style):
        """Returns the weight of the style loss in the sum, and the style loss of the content image.

        The weight is relative to that loss, and 0 for an image that already has the style.
        """
        before = self.terms(content, content, style)["style_loss"]
        return tf.where(before < _LEAST_STYLE_LOSS, 0.0, style_weight / before), before

    def terms(self, pixels, content, style, step=None):
        """Returns how an image differs from a style and from a content, as a dict of scalars.

        `style_loss` and `content_loss` are relative losses, `content_cosine` is the cosine of the
        content features, and `roughness` the total variation, divided by that of the content.

        Args:
            pixels: the image to compare.
            content: content image of the same size.
            style: Gram matrices of the style.
            step: integer scalar, or None. The network sees the images shifted by a few pixels that
                depend on the step. Otherwise its strides would print a grid on an optimized image.
        """
        features = self._features(_window(pixels, step))
        targets = self._features(_window(content, step))[self._content_layer]
        found = features[self._content_layer]
        style_losses = [
            losses.style_loss(gram, features[name])[0]
            for name, gram in zip(self.style_layers, style, strict=True)
        ]
        return {
            "style_loss": tf.add_n(style_losses) / len(style_losses),
            "content_loss": losses.content_loss(tf.stop_gradient(targets), found)[0],
            "content_cosine": _cosine(targets, found),
            "roughness": tf.math.divide_no_nan(_variation(pixels), _variation(content)),
        }

    def loss_and_gradient(self, pixels, content, style, style_weight, step):
        """Returns the terms with their weighted sum, `loss`, and the gradient of the sum."""
        with tf.GradientTape() as tape:
            tape.watch(pixels)
            terms = self.terms(pixels, content, style, step)
            loss = terms["content_loss"] + style_weight * terms["style_loss"]
            loss += _ROUGHNESS_WEIGHT * tf.nn.relu(terms["roughness"] - 1)
        return {"loss": loss, **terms}, tape.gradient(loss, pixels)

    def _features(self, pixels):
        return self._model(pixels, training=False)


def read_image(encoded, size):
    """Decodes an image, and resizes its longer side to a number of pixels.

    The shorter side has at least 32 pixels; a very long image is compressed along its length.

    Args:
        encoded: string scalar. The bytes of a file.
        size: int scalar.
    """
    shape = pipelines.image_shape(encoded)
    sides = tf.cast(shape, "float32")
    scaled = tf.cast(tf.round(sides * tf.cast(size, "float32") / tf.reduce_max(sides)), "int32")
    target = tf.maximum(scaled, _SHORTEST)
    image = pipelines.decode_image(encoded, pipelines.skipping_step(shape, target))
    return tf.ensure_shape(tf.image.resize(image, target, antialias=True), (None, None, 3))


def gray(image):
    """Returns the brightness of an image in all three channels."""
    return tf.tile(_brightness(image), [1, 1, 3])


def with_colors_of(image, content):
    """Returns an image with the brightness of one image and the colors of another."""
    return tf.clip_by_value(content + _brightness(image) - _brightness(content), 0.0, 255.0)


def _brightness(image):
    return tf.reduce_sum(image * tf.constant(_LUMA), -1, keepdims=True)


def _window(image, step=None):
    """Returns an image in a reflected border, shifted by up to three pixels.

    The border is constant in the gradient. Otherwise what the network sees at the outer edge, where
    zeros begin, would print a seam on the image at the same distance within.
    """
    sides = [[_BORDER, _BORDER], [_BORDER, _BORDER], [0, 0]]
    fixed = tf.stop_gradient(image)
    padded = tf.pad(fixed, sides, "REFLECT") + tf.pad(image - fixed, sides)
    if step is None:
        return padded[None]
    start = tf.random.stateless_uniform([2], [0, step], 0, _SHIFTS, "int32")
    end = tf.shape(padded)[:2] - (_SHIFTS - 1) + start
    return padded[None, start[0] : end[0], start[1] : end[1]]


def _variation(image):
    """Returns the mean squared difference of neighboring pixels."""
    return tf.reduce_mean((image[1:] - image[:-1]) ** 2) + tf.reduce_mean(
        (image[:, 1:] - image[:, :-1]) ** 2
    )


def _cosine(one, other):
    one, other = (tf.reshape(tf.cast(each, "float32"), [-1]) for each in (one, other))
    norms = tf.norm(one) * tf.norm(other)
    return tf.math.divide_no_nan(tf.tensordot(one, other, 1), norms)
