"""Digits to the left and to the right of the digit of a window, as in a number."""

import tensorflow as tf

from apps.digits import views

_INK = 100.0  # gray levels
_GAPS = 1.0, 9.0  # pixels of paper between two digits
_LEAST_PITCH = 11.0  # pixels between the middles of two digits; a search separates them from 14
_STRETCH = 0.15
_DOWN = 1.5  # pixels
_SHARE = 0.7  # share of the sides that have a neighbor


def with_neighbors(windows, others, seed):
    """Returns windows with another digit close to their digit, on some of the two sides.

    Args:
        windows: float32 `(n, side, side)`. Windows with a digit in the middle.
        others: float32 `(n, 2, height, width)`. The digits for the left and for the right.
        seed: int `(2,)`. The same seed gives the same windows.
    """
    count, side = tf.shape(windows)[0], windows.shape[1]
    draw = tf.random.stateless_uniform([count, 2, 5], seed)
    scales = 1 + _STRETCH * (2 * draw[..., :2] - 1)
    left, right = (each / scales[..., 1] for each in _ends(others))
    own_left, own_right = _ends(windows)
    gaps = _GAPS[0] + (_GAPS[1] - _GAPS[0]) * draw[..., 2]
    across = tf.stack(
        [
            tf.minimum(own_left - gaps[:, 0] - right[:, 0], -_LEAST_PITCH),
            tf.maximum(own_right + gaps[:, 1] - left[:, 1], _LEAST_PITCH),
        ],
        1,
    )
    across = tf.where(draw[..., 3] < _SHARE, across, 99.0)
    shifts = tf.stack([_DOWN * (2 * draw[..., 4] - 1), across], -1)
    none = tf.zeros([2 * count])
    around = views.moved(
        tf.reshape(others, (-1, *others.shape[2:])),
        views.transforms(none, none, tf.reshape(scales, (-1, 2)), tf.reshape(shifts, (-1, 2))),
        side,
    )
    return tf.maximum(windows, tf.reduce_max(tf.reshape(around, (-1, 2, side, side)), 1))


def _ends(images):
    """Returns how far ink reaches from the middle to the left, at most 0, and to the right."""
    is_ink = tf.reduce_max(images, -2) > _INK
    width = images.shape[-1]
    columns = tf.range(width, dtype="float32") - (width - 1) / 2
    return tf.reduce_min(tf.where(is_ink, columns, 0), -1), tf.reduce_max(
        tf.where(is_ink, columns, 0), -1
    )
