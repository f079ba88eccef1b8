"""Converts images of any size and color to light ink on black, as in the training data."""

import tensorflow as tf

from keras_dl import pipelines

SIDE = 28  # pixels of a side of a digit's box
INK = 20  # pixels of the longer side of its ink
_EMPTY = 2  # pixels without ink at each edge of an image that is not resized
_LEAST_CONTRAST = 64.0  # gray levels; below it, noise would look like ink
_DARKEST_INK = 0.25 * 255
_LONGEST = 512  # longest side in pixels that is read without skipping rows
_VIEW = 128  # longest side in pixels in which a digit is searched; larger images are shrunk
_CANVAS = 1900  # a canvas has at most the pixels of a square of this side
_LIKE_ALL = 0.02  # share of the edge that may be different from all of it
_DOUBLINGS = 12  # of a window, to the longest side of a canvas
_SAMPLES = 4096  # pixels from which a median is estimated


def digit(encoded):
    """Reads an image of one digit.

    A 28 x 28 image with empty edges, like those of MNIST, is not resized. In any other image, the
    ink is cropped, resized to 20 pixels on its longer side and moved so that its center of mass is
    in the middle, as in MNIST.

    Args:
        encoded: string scalar. The bytes of the file.

    Returns:
        float32 `(28, 28)`, 0 to 255.
    """
    step = tf.maximum(tf.reduce_max(pipelines.image_shape(encoded)) // _LONGEST, 1)
    return digit_box(_gray(pipelines.decode_image(encoded, step)))


def digit_box(gray):
    """Returns what `digit` does, for gray levels `(height, width)`, float32, 0 to 255."""
    ink = light_ink(_shrunk(gray))
    is_ink = tf.cast(ink >= _DARKEST_INK, "int32")
    inside = is_ink[_EMPTY:-_EMPTY, _EMPTY:-_EMPTY]
    has_margins = tf.reduce_sum(is_ink) == tf.reduce_sum(inside)
    as_it_is = tf.reduce_all(tf.shape(gray) == SIDE) & has_margins
    return tf.ensure_shape(tf.cond(as_it_is, lambda: ink, lambda: _centered(ink)), (SIDE, SIDE))


def canvas(encoded):
    """Reads an image of a canvas; its digits are resized only if it has over 3.6 million pixels.

    Args:
        encoded: string scalar. The bytes of the file.

    Returns:
        pair of the canvas, float32 `(height, width)`, 0 to 255, at most 1900 x 1900 pixels or as
        many, and height and width of the image, int32 `(2,)`.
    """
    shape = pipelines.image_shape(encoded)
    side = tf.sqrt(tf.reduce_prod(tf.cast(shape, "float32")))
    step = tf.maximum(tf.cast(side, "int32") // _CANVAS, 1)
    return light_ink(_gray(_bounded(pipelines.decode_image(encoded, step)))), shape


def _bounded(image):
    """Shrinks an image of too many pixels, as uint8, which needs a quarter of the memory."""
    shape = tf.cast(tf.shape(image)[:2], "float32")
    scale = _CANVAS / tf.sqrt(tf.reduce_prod(shape))

    def shrunk():
        size = tf.cast(scale * shape, "int32")
        return tf.cast(tf.round(tf.image.resize(image, size, antialias=True)), "uint8")

    return tf.cond(scale < 1, shrunk, lambda: image)


def light_ink(gray):
    """Returns the ink of an image, light on black, float32 `(height, width)`, 0 to 255.

    Ink is darker than light paper around it, or lighter than dark paper, however that is lit. What
    a quarter of the pixels have less of is noise. The contrast is stretched so that the strongest
    ink becomes 255; an image of low contrast is stretched less.

    Args:
        gray: float32 `(height, width)`, 0 to 255.
    """
    gray = tf.where(_is_light(gray), gray, 255 - gray)
    ink = _paper(gray) - gray
    ink = tf.nn.relu(ink - sorted_value(tf.reshape(ink, [-1]), 0.25))
    return ink * (255 / tf.maximum(tf.reduce_max(ink), _LEAST_CONTRAST))


def _is_light(gray):
    """Returns whether the paper is light, as most of the edge, or else of the image, is.

    If the edge is all light or all dark, a digit has margins: less than half of the image is ink.
    """
    light = gray > (tf.reduce_min(gray) + tf.reduce_max(gray)) / 2
    share, of_edge = (tf.reduce_mean(tf.cast(each, "float32")) for each in (light, _edge(light)))
    return tf.where(tf.abs(of_edge - 0.5) > 0.5 - _LIKE_ALL, share, of_edge) > 0.5


def _edge(image):
    """Returns the pixels at the edge of an image, clockwise."""
    return tf.concat([image[0], image[:, -1], image[-1, ::-1], image[::-1, 0]], 0)


def _gray(image):
    gray = tf.cast(tf.image.rgb_to_grayscale(image)[..., 0], "float32")
    return tf.ensure_shape(gray, (None, None))


def _shrunk(gray):
    """Shrinks an image to a longer side of 128 pixels, or to a shorter one of 28 if that is larger.

    Noise becomes weaker, so that it is no ink.
    """
    shape = tf.cast(tf.shape(gray), "float32")
    scale = tf.maximum(_VIEW / tf.reduce_max(shape), SIDE / tf.reduce_min(shape))
    return resized(gray, tf.cast(tf.round(shape * tf.minimum(scale, 1)), "int32"))


def resized(ink, size):
    """Resizes `(height, width)` to another size, with antialiasing."""
    return tf.ensure_shape(
        tf.image.resize(ink[..., None], size, antialias=True)[..., 0], (None,) * 2
    )


def _paper(gray):
    """Returns the gray level of the paper behind each pixel.

    From each pixel, four straight ways lead to the edges. The lightest pixel of a way is on the
    paper, and the way with the darkest of these stays on the paper around the pixel: light that
    falls off, a table around the paper and its shadows are darker at the edge, but no ink.
    """
    gray = _with_edge(gray)
    ways = [_lighter_both_ways(gray), tf.transpose(_lighter_both_ways(tf.transpose(gray)))]
    return tf.minimum(*ways)[1:-1, 1:-1]


def _lighter_both_ways(gray):
    """Returns the darker of the lightest pixels above and below each pixel."""
    return tf.minimum(_running_max(gray), _running_max(gray[::-1])[::-1])


def _with_edge(gray):
    """Adds one pixel around an image: its edge, without ink that is shorter than its sides.

    Ink that touches the edge is thus surrounded by paper; a table at a whole side is not.
    """
    height, width = tf.unstack(tf.shape(gray))
    # The closing, a morphological filter, of the edge as a ring.
    length = 5 * tf.minimum(height, width) // 4
    closed = -_window_max(-_window_max(_edge(gray), length)[::-1], length)[::-1]
    top, right, bottom, left = tf.split(closed, [width, height, width, height])
    rows = tf.concat([top[None], gray, bottom[None, ::-1]], 0)
    left, right = (tf.pad(each, [[1, 1]], "SYMMETRIC") for each in (left[::-1], right))
    return tf.concat([left[:, None], rows, right[:, None]], 1)


def _window_max(ring, length):
    """Returns the largest of so many values of a ring from each one on."""
    covered = tf.ones_like(length)
    for _ in range(_DOUBLINGS):
        more = tf.minimum(covered, length - covered)
        ring = tf.maximum(ring, tf.roll(ring, -more, 0))
        covered += more
    return ring


def _running_max(values):
    """Returns the largest value in each column up to each row."""
    height = tf.shape(values)[0]
    for doubling in range(_DOUBLINGS):
        rows = tf.minimum(2**doubling, height)
        values = tf.maximum(values, tf.pad(values[: height - rows], [[rows, 0], [0, 0]]))
    return values


def sorted_value(values, share):
    """Returns the value that a share of the others is below, estimated from evenly spaced ones."""
    some = values[:: tf.maximum(tf.size(values) // _SAMPLES, 1)]
    return tf.sort(some)[tf.cast(share * tf.cast(tf.size(some), "float32"), "int32")]


def _centered(ink):
    rows, columns = (tf.where(tf.reduce_max(ink, axis) >= _DARKEST_INK)[:, 0] for axis in (1, 0))
    blank = tf.zeros((SIDE, SIDE))
    return tf.cond(tf.size(rows) == 0, lambda: blank, lambda: _placed(ink, rows, columns))


def _placed(ink, rows, columns):
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    ink = tf.ensure_shape(ink, (None, None))
    shape = tf.cast(tf.shape(ink), "float32")
    size = tf.maximum(tf.cast(tf.round(INK * shape / tf.reduce_max(shape)), "int32"), 1)
    ink = tf.image.resize(ink[..., None], size, antialias=True)
    ink *= 255 / tf.reduce_max(ink)
    start = [_start(tf.reduce_sum(ink, (1 - axis, 2)), size[axis]) for axis in (0, 1)]
    return tf.image.pad_to_bounding_box(ink, *start, SIDE, SIDE)[..., 0]


def _start(profile, size):
    """Returns the start of the ink along one axis that puts its center of mass in the middle."""
    indices = tf.range(size, dtype="float32") + 0.5
    center = tf.reduce_sum(indices * profile) / tf.reduce_sum(profile)
    return tf.clip_by_value(tf.cast(tf.round(SIDE / 2 - center), "int32"), 0, SIDE - size)
