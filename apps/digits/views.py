"""Random affine transformations of digits, and of windows without a digit."""

import tensorflow as tf

_TURN = 0.2  # radians
_SHEAR = 0.2
_SCALE = 0.15
_SHIFT = 2.5  # pixels
_FAR = 6.0  # pixels; a digit shifted further is not the digit of the window


def transforms(turns, shears, scales, shifts):
    """Returns transforms from output to input coordinates for `moved`, float32 `(n, 2, 3)`.

    Args:
        turns: float `(n,)`, rotations in radians.
        shears: float `(n,)`. Horizontal shift of a row, per row of distance from the middle.
        scales: float `(n, 2)`, vertical and horizontal, in input pixels per output pixel.
        shifts: float `(n, 2)`, down and to the right, in output pixels.
    """
    cosine, sine = tf.cos(turns), tf.sin(turns)
    rows = tf.stack([cosine, sine], -1) * scales[:, :1]
    columns = tf.stack([shears * cosine - sine, shears * sine + cosine], -1) * scales[:, 1:]
    matrix = tf.stack([rows, columns], 1)
    moved_by = -tf.einsum("nij,nj->ni", matrix, tf.cast(shifts, matrix.dtype))
    return tf.cast(tf.concat([matrix, moved_by[..., None]], 2), "float32")


def moved(images, transforms, side):
    """Applies affine transforms to images, around the centers of input and output.

    Args:
        images: float32 `(n, height, width)`.
        transforms: float32 `(n, 2, 3)`.
        side: int. Height and width of the outputs.

    Returns:
        float32 `(n, side, side)`, 0 outside the images.
    """
    given = tf.cast(tf.shape(images)[1:] - 1, "float32") / 2
    wanted = tf.fill([2], (side - 1) / 2)
    matrix = transforms[..., :2]
    start = transforms[..., 2] + given - tf.einsum("nij,j->ni", matrix, wanted)
    # The op takes columns before rows.
    (yy, yx), (xy, xx) = (tf.unstack(matrix[:, row], axis=1) for row in (0, 1))
    y, x = tf.unstack(start, axis=1)
    zero = tf.zeros_like(y)
    views = tf.raw_ops.ImageProjectiveTransformV3(
        images=images[..., None],
        transforms=tf.stack([xx, xy, x, yx, yy, y, zero, zero], 1),
        output_shape=[side, side],
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
        fill_value=0.0,
    )
    return views[..., 0]


def near(images, seed, side):
    """Applies small random transforms to digits, which do not change their labels.

    Args:
        images: float32 `(n, height, width)`.
        seed: int `(2,)`. The same seed gives the same views.
        side: int. Height and width of the views.
    """
    draw = tf.random.stateless_uniform([tf.shape(images)[0], 6], seed, -1.0, 1.0)
    return moved(
        images,
        transforms(
            _TURN * draw[:, 0], _SHEAR * draw[:, 1], 1 + _SCALE * draw[:, 2:4], _SHIFT * draw[:, 4:]
        ),
        side,
    )


def without(images, seed, side):
    """Returns windows of the class "no digit": parts of digits, tiny digits, or nothing.

    Args:
        images: float32 `(n, 4, height, width)`. Digits to place in the windows.
        seed: int `(2,)`. The same seed gives the same windows.
        side: int. Height and width of the windows.
    """
    count = tf.shape(images)[0]
    kind = tf.random.stateless_uniform([count, 1, 1], seed)
    shifts = tf.where(kind < 0.7, _beside(count, seed + 1), _crowd(count, seed + 2))
    draw = tf.random.stateless_uniform([count, 4, 2], seed + 3, -1.0, 1.0)
    scales = tf.where(kind < 0.7, 1 + _SCALE * draw, 3 + 1.2 * draw[..., :1])
    flat = tf.reshape(scales, (-1, 2))
    views = moved(
        tf.reshape(images, (-1, *images.shape[2:])),
        transforms(_TURN * flat[:, 0], 0 * flat[:, 0], flat, tf.reshape(shifts, (-1, 2))),
        side,
    )
    views = tf.reduce_max(tf.reshape(views, (-1, 4, side, side)), 1)
    return tf.where(kind > 0.97, 0.0, views)


def _beside(count, seed):
    """Returns shifts `(count, 4, 2)` of a digit at one side and sometimes a second one opposite."""
    draw = tf.random.stateless_uniform([count, 6], seed)
    far = _FAR + 14 * draw[:, :1]
    across = far * (2 * draw[:, 1:2] - 1)
    first = tf.concat([far, across], 1) * tf.where(draw[:, 2:3] < 0.5, 1.0, -1.0)
    first = tf.where(draw[:, 3:4] < 0.5, first, first[:, ::-1])
    # Boxes of neighboring digits are 20 to 28 pixels apart.
    apart = 20 + 8 * draw[:, 4:5]
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
