"""An image of any size and colors, as light ink on black in the size of the data."""

import tensorflow as tf

from keras_dl import pipelines

SIDE = 28  # pixels of a digit's frame
_INK = 20  # pixels of the longer side of its ink
_LEAST_CONTRAST = 64.0  # gray levels, below which noise would be taken for ink
_DARKEST_INK = 0.25 * 255
_LONGEST = 512  # pixels of a side of which every row and column is read
_LARGEST_CANVAS = 2048


def digit(encoded):
    """Reads an image as one digit.

    Of the size of the data an image is taken as it is. Of any other size, its ink is cut out,
    resized to 20 pixels and moved to have its center of mass in the middle, as MNIST was made.

    Args:
        encoded: string scalar. The bytes of the file.

    Returns:
        float32 `(28, 28)`, 0 to 255.
    """
    image = pipelines.decode_image(encoded)
    as_it_is = tf.reduce_all(tf.shape(image)[:2] == SIDE)
    step = tf.maximum(tf.reduce_max(tf.shape(image)[:2]) // _LONGEST, 1)
    ink = light_ink(image[::step, ::step])
    return tf.ensure_shape(tf.cond(as_it_is, lambda: ink, lambda: _centred(ink)), (SIDE, SIDE))


def canvas(encoded):
    """Reads an image as a canvas, whose digits keep their size.

    Args:
        encoded: string scalar. The bytes of the file.

    Returns:
        pair of float32 `(height, width)`, 0 to 255, and int32 scalar: only every so many rows and
        columns of an image were read that has more than 2,048 (4,095) of them.
    """
    image = pipelines.decode_image(encoded)
    step = tf.maximum(tf.reduce_max(tf.shape(image)[:2]) // _LARGEST_CANVAS, 1)
    return tf.ensure_shape(light_ink(image[::step, ::step]), (None, None)), step


def light_ink(image):
    """Returns the ink of an image, light on black, float32 `(height, width)`, 0 to 255.

    What most of the border looks like is the paper. Ink is at its lightest at 255 unless there is
    hardly any contrast.

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


def _centred(ink):
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
    """Returns where ink must begin along one axis to have its center of mass in the middle."""
    indices = tf.range(size, dtype="float32") + 0.5
    center = tf.reduce_sum(indices * profile) / tf.reduce_sum(profile)
    return tf.clip_by_value(tf.cast(tf.round(SIDE / 2 - center), "int32"), 0, SIDE - size)
