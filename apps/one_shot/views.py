"""Gray images of one size, and small random transforms of them."""

import tensorflow as tf

from keras_dl import pipelines

_TURN = 0.2  # radians
_SHEAR = 0.2
_SCALE = 0.2
_SHIFT = 0.07  # share of the side


def gray(encoded, size):
    """Decodes an image and resizes it.

    Args:
        encoded: string scalar. The bytes of a file.
        size: int. Height and width.

    Returns:
        uint8 `(size, size, 1)`.
    """
    pixels = tf.reduce_mean(pipelines.decode_resized(encoded, (size, size)), -1, keepdims=True)
    return tf.cast(tf.round(pixels), "uint8")


def near(images, seed):
    """Turns, shears, scales and shifts images randomly. Pixels of the edge continue outside.

    Args:
        images: uint8 `(n, side, side, 1)`.
        seed: int64 `(2,)`. The same seed gives the same views.

    Returns:
        float32 `(n, side, side, 1)`.
    """
    draw = tf.random.stateless_uniform([tf.shape(images)[0], 6], seed, -1.0, 1.0)
    turn, shear = _TURN * draw[:, 0], _SHEAR * draw[:, 1]
    scale = tf.exp(_SCALE * draw[:, 2:4])
    side = images.shape[1]
    matrix = [
        [scale[:, 0] * tf.cos(turn), scale[:, 0] * (shear - tf.sin(turn))],
        [scale[:, 1] * tf.sin(turn), scale[:, 1] * tf.cos(turn)],
    ]
    # Input coordinates are matrix @ output + start, such that the middle moves by the shift.
    middle, shift = (side - 1) / 2, _SHIFT * side * draw[:, 4:]
    start = [
        middle + shift[:, axis] - middle * (matrix[axis][0] + matrix[axis][1]) for axis in (0, 1)
    ]
    zero = tf.zeros_like(turn)
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=tf.cast(images, "float32"),
        transforms=tf.stack([*matrix[0], start[0], *matrix[1], start[1], zero, zero], 1),
        output_shape=[side, side],
        interpolation="BILINEAR",
        fill_mode="NEAREST",
        fill_value=0.0,
    )
