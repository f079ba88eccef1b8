"""Random views of digits."""

import tensorflow as tf

_TURN = 0.2  # radians
_SHEAR = 0.3
_SCALE = 0.2
_SHIFT = 2.5  # pixels
_COARSE = 0.5  # share of views in low resolution
_CELLS = 10, 20  # their pixels; a digit of 8 x 8 pixels has 13 in a window of 32
_PEN = 1.5  # how much stronger the ink gets at most, as a share
_NOISE = 40.0  # gray levels at most


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


def worn(views, seed):
    """Renders some of the views in a low resolution or with a thick, blurred pen, and adds noise.

    Args:
        views: float32 `(n, side, side)`, 0 to 255.
        seed: int `(2,)`. The same seed gives the same images.

    Returns:
        float32 `(n, side, side)`, 0 to 255.
    """
    count, side = tf.shape(views)[0], views.shape[1]
    draw = tf.random.stateless_uniform([4, count, 1, 1], seed)
    cells = tf.repeat(tf.random.stateless_uniform([1], seed + 1, *_CELLS, "int32"), 2)
    coarse = tf.image.resize(views[..., None], cells, "area")
    # An image may be enlarged smoothly or not.
    methods = [
        lambda method=method: tf.image.resize(coarse, (side, side), method)[..., 0]
        for method in ("bilinear", "nearest")
    ]
    coarse = tf.cond(draw[3, 0, 0, 0] < 0.6, *methods) * (1 + _PEN * draw[1])
    noise = tf.random.stateless_uniform(tf.shape(views), seed + 2, -1.0, 1.0)
    noise *= _NOISE * tf.square(draw[2])
    return tf.clip_by_value(tf.where(draw[0] < _COARSE, coarse, views) + noise, 0, 255)
