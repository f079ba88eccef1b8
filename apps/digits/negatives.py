"""Random windows of the class "no digit": parts of digits, signs and textures."""

import math

import tensorflow as tf

from apps.digits import views

MIRRORED = (3, 4, 6, 7, 9)  # digits that are none in a mirror
_TURN = 0.2  # radians
_STRETCH = 0.15
_FAR = 6.0  # pixels; a digit shifted further is not the digit of the window
_LINES = 4
_SHEET = 20  # pixels
_GRAINS = (2, 3, 5, 8, 13, 32)  # grains of a texture along a side


def parts(images, seed, side):
    """Returns windows with parts of digits, with several small digits, or with nothing.

    Args:
        images: float32 `(n, 4, height, width)`. Digits to place in the windows.
        seed: int `(2,)`. The same seed gives the same windows.
        side: int. Height and width of the windows.
    """
    count = tf.shape(images)[0]
    kind = tf.random.stateless_uniform([count, 1, 1], seed)
    shifts = tf.where(kind < 0.7, _beside(count, seed + 1), _crowd(count, seed + 2))
    draw = tf.random.stateless_uniform([count, 4, 2], seed + 3, -1.0, 1.0)
    scales = tf.where(kind < 0.7, 1 + _STRETCH * draw, 3 + 1.2 * draw[..., :1])
    flat = tf.reshape(scales, (-1, 2))
    windows = views.moved(
        tf.reshape(images, (-1, *images.shape[2:])),
        views.transforms(_TURN * flat[:, 0], 0 * flat[:, 0], flat, tf.reshape(shifts, (-1, 2))),
        side,
    )
    windows = tf.reduce_max(tf.reshape(windows, (-1, 4, side, side)), 1)
    return tf.where(kind > 0.97, 0.0, windows)


def _beside(count, seed):
    """Returns shifts `(count, 4, 2)` of a digit at one side and sometimes a second one opposite."""
    draw = tf.random.stateless_uniform([count, 6], seed)
    far = _FAR + 14 * draw[:, :1]
    across = far * (2 * draw[:, 1:2] - 1)
    first = tf.concat([far, across], 1) * tf.where(draw[:, 2:3] < 0.5, 1.0, -1.0)
    first = tf.where(draw[:, 3:4] < 0.5, first, first[:, ::-1])
    # Neighboring digits are 13 to 28 pixels apart.
    apart = 13 + 15 * draw[:, 4:5]
    length = tf.reduce_max(tf.abs(first), 1, keepdims=True)
    second = first * (1 - apart / length)
    second = tf.where(tf.reduce_max(tf.abs(second), 1, keepdims=True) < _FAR, 99.0, second)
    second = tf.where(draw[:, 5:6] < 0.6, second, 99.0)
    away = tf.fill([count, 2, 2], 99.0)
    return tf.concat([first[:, None], second[:, None], away], 1)


def _crowd(count, seed):
    """Returns shifts `(count, 4, 2)` of two to four small digits, each in a different corner."""
    draw = tf.random.stateless_uniform([count, 4, 3], seed)
    corners = tf.constant([[-1.0, -1.0], [1.0, 1.0], [-1.0, 1.0], [1.0, -1.0]])
    shifts = corners * (tf.constant([0.0, 4.0]) + tf.constant([8.0, 4.5]) * draw[..., :2])
    there = (draw[..., 2:] < 0.5) | (tf.range(4) < 2)[:, None]
    return tf.where(there, shifts, 99.0)


def signs(images, labels, seed, side):
    """Returns windows with signs similar to letters, or parts of them.

    Half are a few straight lines. Others are turned or mirrored digits, or the paper around a
    digit.

    Args:
        images: float32 `(n, height, width)`. Digits of the classes `MIRRORED`.
        labels: int `(n,)`, their classes.
        seed: int `(2,)`. The same seed gives the same windows.
        side: int. Height and width of the windows.
    """
    count = tf.shape(images)[0]
    draw = tf.random.stateless_uniform([count, 5], seed, -1.0, 1.0)
    kind, far, other = tf.unstack(tf.random.stateless_uniform([3, count], seed + 1))
    # A third each: to the left, to the right, in a mirror. A six on its side is like a nine.
    kind = tf.where((labels == 6) | (labels == 9), 1.0, kind)
    turns = tf.where(kind < 1 / 3, -math.pi / 2, tf.where(kind < 2 / 3, math.pi / 2, 0.0))
    mirror = tf.where(kind < 2 / 3, 1.0, -1.0)
    scales = (1 + _STRETCH * draw[:, 1:3]) * tf.stack([tf.ones(count), mirror], 1)
    transforms = views.transforms(turns + _TURN * draw[:, 0], 0 * kind, scales, 0 * draw[:, 3:])
    turned = views.moved(images, transforms, side)
    other = other[:, None, None]
    found = tf.where(other < 0.4, turned, _lines(count, seed + 2, side))
    found = tf.where(other > 0.85, _sheets(images, draw, side), found)
    # A search for digits sees signs at any distance from the middle of its window.
    shifts = tf.where(far[:, None] < 0.5, 2.0, 12.0) * draw[:, 3:]
    none = tf.zeros(count)
    return views.moved(found, views.transforms(none, none, tf.ones((count, 2)), shifts), side)


def _sheets(images, draw, side):
    """Returns sheets of light paper on black, with a black digit in each."""
    none = tf.zeros_like(draw[:, 0])
    small = views.transforms(none, none, 1.6 + 0.3 * draw[:, 1:3], 2 * draw[:, 3:])
    return tf.pad(
        255 - views.moved(images, small, _SHEET), [[0, 0], *[[(side - _SHEET) // 2] * 2] * 2]
    )


def textures(count, seed, side):
    """Returns windows with textures of coarse and fine grain, some with black around them.

    Args:
        count: int.
        seed: int `(2,)`. The same seed gives the same windows.
        side: int. Height and width of the windows.
    """
    draw = tf.random.stateless_uniform([count, 1, 1, len(_GRAINS) + 3], seed)
    layers = [
        tf.image.resize(
            tf.random.stateless_normal([count, grain, grain, 1], seed + 1 + number),
            (side, side),
            "bicubic",
        )
        for number, grain in enumerate(_GRAINS)
    ]
    weights = draw[..., : len(_GRAINS)] ** 3
    field = tf.reduce_sum(tf.concat(layers, -1) * weights, -1)
    # Like ink: most of it paper, the strongest 255.
    field = tf.nn.relu(field - (draw[..., -1] - 0.3) * tf.math.reduce_std(field, (1, 2), True))
    strongest = tf.reduce_max(field, (1, 2), keepdims=True)
    field *= (100 + 400 * draw[..., -2]) / tf.maximum(strongest, 1e-3)
    distance = tf.abs(tf.range(side, dtype="float32") - (side - 1) / 2)
    other = 5 + 15 * draw[:, 0, :, -3]  # half of the shorter side; above 10, not cropped
    tall = tf.random.stateless_uniform([count, 1], seed, 0, 2, "int32") == 0
    longer = tf.where(other < 10, 10.0, 99.0)
    rows = tf.where(tall, longer, other) > distance
    columns = tf.where(tall, other, longer) > distance
    inside = rows[:, :, None] & columns[:, None]
    return tf.where(inside, tf.minimum(field, 255), 0)


def _lines(count, seed, side):
    """Draws connected and separate lines between nine points, float32 `(count, side, side)`."""
    grid = tf.random.stateless_uniform([count, _LINES, 2, 2], seed, -1, 2, "int32")
    jitter = tf.random.stateless_uniform([count, _LINES, 2, 2], seed + 1, -1.5, 1.5)
    draw = tf.random.stateless_uniform([2, count, 1, 1], seed + 2)
    ends = tf.cast(grid, "float32") * [9.0, 6.0] + jitter
    start, end = ends[:, :, 0], ends[:, :, 1]
    chained = tf.concat([start[:, :1], end[:, :-1]], 1)
    start = tf.where(draw[0] < 0.5, start, chained)
    line = end - start
    length = tf.reduce_sum(line**2, -1) + 1e-3
    # Rows of pixels, columns and lines are axes 1 to 3.
    (y, x), (dy, dx) = (tf.unstack(each[:, None, None], axis=-1) for each in (start, line))
    middle = tf.range(side, dtype="float32") - (side - 1) / 2
    y, x = middle[:, None, None] - y, middle[:, None] - x
    along = tf.clip_by_value((y * dy + x * dx) / length[:, None, None], 0, 1)
    distance = tf.sqrt(tf.reduce_min((y - along * dy) ** 2 + (x - along * dx) ** 2, -1))
    return 255 * tf.clip_by_value(1 + draw[1] * 1.5 - distance, 0, 1)
