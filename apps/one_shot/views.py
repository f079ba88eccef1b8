"""Gray images of one size, and views of them: random ones, and fixed ones to average over."""

import tensorflow as tf

from keras_dl import pipelines

_TURN = 0.2  # radians
_SHEAR = 0.2
_SCALE = 0.2
_SHIFT = 0.07  # share of the side
_ERASED = (0.1, 0.35)  # of photos: sides of an erased rectangle, as shares of the side
_NEIGHBORHOOD = 0.135  # of photos: half the side of a box around a pixel, as a share of the side
_CONTRAST, _LEAST_CONTRAST = 45.0, 5.0  # gray levels
_FIXED = ((0.1, 0, 1), (-0.1, 0, 1), (0, 0.12, 1), (0, -0.12, 1), (0, 0, 1.12), (0, 0, 0.9))


def gray(encoded, size):
    """Decodes an image, resizes it and converts it to gray, as cameras and PGM files do.

    Args:
        encoded: string scalar. The bytes of a file.
        size: int. Height and width.

    Returns:
        uint8 `(size, size, 1)`.
    """
    pixels = tf.image.rgb_to_grayscale(pipelines.decode_resized(encoded, (size, size)))
    return tf.cast(tf.round(pixels), "uint8")


def near(images, seed, photos=False):
    """Turns, shears, scales and shifts images randomly. Pixels of the edge continue outside.

    Of photos, half are also mirrored, a rectangle of each is erased, and the light is evened out.

    Args:
        images: uint8 `(n, side, side, 1)`.
        seed: int64 `(2,)`. The same seed gives the same views.
        photos: bool.

    Returns:
        float32 `(n, side, side, 1)`, of photos `(n, side, side, 2)`.
    """
    seed = tf.cast(seed, "int64")
    draw = tf.random.stateless_uniform([tf.shape(images)[0], 6], seed, -1.0, 1.0)
    turn, shear = _TURN * draw[:, 0], _SHEAR * draw[:, 1]
    scale = tf.exp(_SCALE * draw[:, 2:4])
    moved = _transformed(images, turn, shear, scale, _SHIFT * draw[:, 4:])
    if not photos:
        return moved
    draw = tf.random.stateless_uniform([tf.shape(images)[0], 5, 1, 1, 1], seed + 1)
    moved = tf.where(draw[:, 0] > 0.5, moved, moved[:, :, ::-1])
    return evenly_lit(_erased(moved, draw[:, 1:]))


def evenly_lit(images):
    """Removes exposure in one channel, and shadows as well in another one.

    The first channel has the same mean and contrast for all images. In the second one, the
    neighborhood of each pixel has them, which also makes shadows and the rims of glasses as strong
    as a face.

    Args:
        images: float32 `(n, side, side, 1)`.

    Returns:
        float32 `(n, side, side, 2)`, mostly from 0 to 255.

    Reference: Jarrett et al. 2009, "What is the best multi-stage architecture for object
    recognition?", section 2 (local contrast normalization), with boxes.
    """
    half = round(_NEIGHBORHOOD * images.shape[1])

    def mean(values):
        return tf.reduce_mean(values, [1, 2], keepdims=True)

    def blurred(values):
        for _ in range(2):
            padded = tf.pad(values, [[0, 0], [half, half], [half, half], [0, 0]], "REFLECT")
            values = tf.nn.avg_pool2d(padded, 2 * half + 1, 1, "VALID")
        return values

    channels = []
    for average in (mean, blurred):
        details = images - average(images)
        contrast = tf.sqrt(average(details**2))
        channels.append(128 + _CONTRAST * details / (contrast + _LEAST_CONTRAST))
    return tf.concat(channels, -1)


def plain(images, photos=False):
    """Returns images as the network sees them without a random view, float32 as `near` does."""
    images = tf.cast(images, "float32")
    return evenly_lit(images) if photos else images


def averaged(images, photos=False):
    """Returns a list of fixed views, whose embeddings are averaged, float32 as `near` does.

    Of photos, these are the evenly lit image and its mirror image. Of characters, they are the
    image, and the image turned, sheared and scaled a little in both directions.
    """
    images = plain(images, photos)
    if photos:
        return [images, images[:, :, ::-1]]
    views = [images]
    for turn, shear, scale in _FIXED:
        ones = tf.ones_like(images[:, 0, 0, 0])
        scales = scale * tf.stack([ones, ones], 1)
        views.append(_transformed(images, turn * ones, shear * ones, scales, 0.0 * scales))
    return views


def _erased(images, draw):
    """Fills a random rectangle with the mean of its image; `draw` is uniform `(n, 4, 1, 1, 1)`."""
    low, high = _ERASED
    where = tf.linspace(0.0, 1.0, images.shape[1])
    rows = tf.abs(where[:, None, None] - draw[:, 0]) < (low + (high - low) * draw[:, 1]) / 2
    columns = tf.abs(where[:, None] - draw[:, 2]) < (low + (high - low) * draw[:, 3]) / 2
    return tf.where(rows & columns, tf.reduce_mean(images, [1, 2], keepdims=True), images)


def _transformed(images, turn, shear, scale, shift):
    """Transforms images, float32 `(n, side, side, 1)`; the shift is a share of the side."""
    side = images.shape[1]
    matrix = [
        [scale[:, 0] * tf.cos(turn), scale[:, 0] * (shear - tf.sin(turn))],
        [scale[:, 1] * tf.sin(turn), scale[:, 1] * tf.cos(turn)],
    ]
    # Input coordinates are matrix @ output + start, such that the middle moves by the shift.
    middle = (side - 1) / 2
    start = [
        middle + side * shift[:, axis] - middle * (matrix[axis][0] + matrix[axis][1])
        for axis in (0, 1)
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
