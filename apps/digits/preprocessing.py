"""Converts images of any size and color to light ink on black, as in the training data."""

import tensorflow as tf

from keras_dl import pipelines

SIDE = 28  # pixels of a side of a digit's box
_INK = 20  # pixels of the longer side of its ink
_LEAST_CONTRAST = 64.0  # gray levels; below it, noise would look like ink
_DARKEST_INK = 0.25 * 255
_LONGEST = 512  # longest side in pixels that is read without skipping rows
_LARGEST_CANVAS = 2048


def digit(encoded):
    """Reads an image of one digit.

    A 28 x 28 image is not resized. In an image of any other size, the ink is cropped, resized to
    20 pixels on its longer side and moved so that its center of mass is in the middle, as in MNIST.

    Args:
        encoded: string scalar. The bytes of the file.

    Returns:
        float32 `(28, 28)`, 0 to 255.
    """
    shape = pipelines.image_shape(encoded)
    as_it_is = tf.reduce_all(shape == SIDE)
    step = tf.maximum(tf.reduce_max(shape) // _LONGEST, 1)
    ink = light_ink(pipelines.decode_image(encoded, step))
    return tf.ensure_shape(tf.cond(as_it_is, lambda: ink, lambda: _centered(ink)), (SIDE, SIDE))


def canvas(encoded):
    """Reads an image of a canvas, without resizing its digits.

    Args:
        encoded: string scalar. The bytes of the file.

    Returns:
        pair of the canvas, float32 `(height, width)`, 0 to 255, and an int32 scalar `step`. Only
        each `step`-th row and column is read. It is 1 for up to 4,095 rows and columns.
    """
    step = tf.maximum(tf.reduce_max(pipelines.image_shape(encoded)) // _LARGEST_CANVAS, 1)
    ink = light_ink(pipelines.decode_image(encoded, step))
    return tf.ensure_shape(ink, (None, None)), step


def light_ink(image):
    """Returns the ink of an image, light on black, float32 `(height, width)`, 0 to 255.

    The median of the border pixels is taken as the paper color. The contrast is stretched so that
    the strongest ink becomes 255; an image of low contrast is stretched less.

    Args:
        image: uint8 `(height, width, 3)`.
    """
    gray = tf.image.rgb_to_grayscale(image)[..., 0]
    gray = tf.cast(gray, "float32")
    border = tf.concat([gray[0], gray[-1], gray[:, 0], gray[:, -1]], 0)
    paper = tf.sort(border)[tf.size(border) // 2]
    darkest, lightest = tf.reduce_min(gray), tf.reduce_max(gray)
    ink = tf.where(paper > (darkest + lightest) / 2, lightest - gray, gray - darkest)
    return ink * (255 / tf.maximum(lightest - darkest, _LEAST_CONTRAST))


def _centered(ink):
    rows, columns = (tf.where(tf.reduce_max(ink, axis) >= _DARKEST_INK)[:, 0] for axis in (1, 0))
    blank = tf.zeros((SIDE, SIDE))
    return tf.cond(tf.size(rows) == 0, lambda: blank, lambda: _placed(ink, rows, columns))


def _placed(ink, rows, columns):
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    ink = tf.ensure_shape(ink, (None, None))
    shape = tf.cast(tf.shape(ink), "float32")
    size = tf.maximum(tf.cast(tf.round(_INK * shape / tf.reduce_max(shape)), "int32"), 1)
    ink = tf.image.resize(ink[..., None], size, antialias=True)
    ink *= 255 / tf.reduce_max(ink)
    start = [_start(tf.reduce_sum(ink, (1 - axis, 2)), size[axis]) for axis in (0, 1)]
    return tf.image.pad_to_bounding_box(ink, *start, SIDE, SIDE)[..., 0]


def _start(profile, size):
    """Returns the start of the ink along one axis that puts its center of mass in the middle."""
    indices = tf.range(size, dtype="float32") + 0.5
    center = tf.reduce_sum(indices * profile) / tf.reduce_sum(profile)
    return tf.clip_by_value(tf.cast(tf.round(SIDE / 2 - center), "int32"), 0, SIDE - size)
