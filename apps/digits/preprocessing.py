"""Converts images of any size and color to light ink on black, as in the training data."""

import tensorflow as tf

from keras_dl import pipelines

SIDE = 28  # pixels of a side of a digit's box
_INK = 20  # pixels of the longer side of its ink
_LEAST_CONTRAST = 64.0  # gray levels; below it, noise would look like ink
_DARKEST_INK = 0.25 * 255
_BLUR = 0.2  # share of the strongest ink; less is the blur at the edges of strokes
_LONGEST = 512  # longest side in pixels that is read without skipping rows
_VIEW = 128  # longest side in pixels in which a digit is searched; larger images are shrunk
_EMPTY = 2  # pixels without ink at each edge of an image that is not resized
_LARGEST_CANVAS = 2048
_SAMPLES = 64  # rows and columns from which the paper is estimated
_SPREADS = (40.0, 20.0, 10.0, 10.0, 10.0, 10.0)  # gray levels of the paper around its plane
_NOISE = 3.0  # standard deviations of the paper that are not ink
_SAME_ZOOM = 0.2  # difference from 1 that makes no difference to the network
_LARGEST_ZOOM = 2.0
_COVERED = 0.9  # share of an edge row or column with ink that is not paper
_MET = 0.1  # share of the edge of the paper that may have ink
_SHEET_FILL = 0.7  # least share of its bounding box that a sheet of paper fills
_SHEET_SIDE = 0.4  # its least side, as a share of the longer side of the image
_INSET = 0.04  # share of a side that is cut off next to an edge of a sheet


def digit(encoded):
    """Reads an image of one digit.

    A 28 x 28 image with empty edges, like those of MNIST, is not resized. In any other image, the
    ink is cropped, resized to 20 pixels on its longer side and moved so that its center of mass is
    in the middle, as in MNIST. Dark edges around the paper, such as a table, are not ink.

    Args:
        encoded: string scalar. The bytes of the file.

    Returns:
        float32 `(28, 28)`, 0 to 255.
    """
    shape = pipelines.image_shape(encoded)
    step = tf.maximum(tf.reduce_max(shape) // _LONGEST, 1)
    gray = _shrunk(pipelines.decode_image(encoded, step))
    ink = _deviation(gray)
    edges = tf.concat([ink[:_EMPTY], ink[-_EMPTY:]], 0), ink[:, :_EMPTY], ink[:, -_EMPTY:]
    empty = tf.reduce_max([tf.reduce_max(each) for each in edges]) < _DARKEST_INK
    as_it_is = tf.reduce_all(shape == SIDE) & empty
    found = tf.cond(
        as_it_is,
        lambda: _stretched(ink),
        lambda: _centered(_stretched(_on_paper(_on_sheet(gray, ink)))),
    )
    return tf.ensure_shape(found, (SIDE, SIDE))


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


def zoom_of_line(ink):
    """Returns the zoom with which the tallest line of a canvas is as high as digits of MNIST.

    It is 1 if the line has about this height already, or if there is no ink.
    """
    empty = tf.where(tf.reduce_max(ink, 1) < 2 * _DARKEST_INK)[:, 0]
    ends = tf.concat([[-1], empty, [tf.shape(ink, tf.int64)[0]]], 0)
    height = tf.cast(tf.reduce_max(ends[1:] - ends[:-1]) - 1, "float32")
    zoom = tf.minimum(_INK / tf.maximum(height, 1), _LARGEST_ZOOM)
    return tf.where((tf.abs(zoom - 1) < _SAME_ZOOM) | (height == 0), 1.0, zoom)


def zoomed(ink, zoom):
    """Resizes the ink of a canvas."""
    size = tf.cast(tf.math.ceil(tf.cast(tf.shape(ink), "float32") * zoom), "int32")
    return tf.ensure_shape(
        tf.image.resize(ink[..., None], size, antialias=True)[..., 0], (None, None)
    )


def light_ink(image):
    """Returns the ink of an image, light on black, float32 `(height, width)`, 0 to 255.

    The paper is the plane of gray levels that most pixels are near to, so light may fall off to one
    side. The contrast is stretched so that the strongest ink becomes 255; an image of low contrast
    is stretched less.

    Args:
        image: uint8 `(height, width, 3)`.
    """
    return _stretched(_deviation(_gray(image)))


def _gray(image):
    gray = tf.cast(tf.image.rgb_to_grayscale(image)[..., 0], "float32")
    return tf.ensure_shape(gray, (None, None))


def _shrunk(image):
    """Returns the gray levels of an image whose longer side has `_VIEW` pixels if it is larger.

    The shorter side keeps at least 28 pixels.
    """
    gray = _gray(image)
    shape = tf.cast(tf.shape(gray), "float32")
    scale = tf.maximum(_VIEW / tf.reduce_max(shape), SIDE / tf.reduce_min(shape))
    size = tf.cast(tf.round(shape * tf.minimum(scale, 1)), "int32")
    small = tf.image.resize(gray[..., None], size, antialias=True)[..., 0]
    return tf.ensure_shape(small, (None, None))


def _stretched(ink):
    return ink * (255 / tf.maximum(tf.reduce_max(ink), _LEAST_CONTRAST))


def _deviation(gray):
    """Returns how much darker than the paper each pixel is, or lighter if the ink is light."""
    shape = tf.shape(gray)
    step = tf.maximum(shape // _SAMPLES, 1)
    rows, columns = (tf.linspace(-1.0, 1.0, shape[axis]) for axis in (0, 1))
    samples = gray[:: step[0], :: step[1]]
    grid = tf.meshgrid(rows[:: step[0]], columns[:: step[1]], indexing="ij")
    where = tf.reshape(tf.stack([tf.ones_like(samples), *grid], -1), (-1, 3))
    values = tf.reshape(samples, [-1])
    border = tf.concat([samples[0], samples[-1], samples[:, 0], samples[:, -1]], 0)
    fits = [_plane(where, values, _median(each)) for each in (border, values)]
    planes, costs, noises = (tf.stack(each) for each in zip(*fits, strict=True))
    best = tf.argmin(costs)
    plane = planes[best]
    apart = gray - plane[0] - plane[1] * rows[:, None] - plane[2] * columns
    dark = -tf.reduce_min(apart) > tf.reduce_max(apart)
    return tf.nn.relu(tf.where(dark, -apart, apart) - _NOISE * noises[best])


def _plane(where, values, start):
    """Fits a plane to most values by reweighted least squares.

    Returns:
        triple of the plane `(3,)`, its cost (less for a plane near to more values), and the
        standard deviation of the values near to it.
    """
    apart, plane = values - start, tf.zeros(3)
    for spread in _SPREADS:
        weights = 1 / (1 + tf.square(apart / spread))
        weighted = where * weights[:, None]
        matrix = tf.matmul(weighted, where, transpose_a=True) + 1e-3 * tf.eye(3)
        plane = tf.linalg.solve(matrix, tf.matmul(weighted, values[:, None], transpose_a=True))[
            :, 0
        ]
        apart = values - tf.linalg.matvec(where, plane)
    weights = 1 / (1 + tf.square(apart / _SPREADS[-1]))
    near = tf.square(weights)  # ink, which is far, must not count as noise
    noise = tf.sqrt(tf.reduce_sum(near * tf.square(apart)) / tf.reduce_sum(near))
    return plane, tf.reduce_sum(1 - weights), noise


def _median(values):
    return tf.sort(values)[tf.size(values) // 2]


def _on_sheet(gray, ink):
    """Returns the ink on the sheet if the ink found is a sheet of paper on a large table."""
    covered = ink >= 0.5 * tf.maximum(tf.reduce_max(ink), _LEAST_CONTRAST)
    parts = [_inner(tf.where(tf.reduce_any(covered, axis))[:, 0]) for axis in (1, 0)]
    rows, columns = (slice(*part) for part in parts)
    height, width = (tf.cast(end - start, "float32") for start, end in parts)
    fills = tf.reduce_mean(tf.cast(covered[rows, columns], "float32")) > _SHEET_FILL
    longest = tf.cast(tf.reduce_max(tf.shape(gray)), "float32")
    is_sheet = fills & (tf.minimum(height, width) > _SHEET_SIDE * longest)
    return tf.cond(is_sheet, lambda: _deviation(gray[rows, columns]), lambda: ink)


def _on_paper(ink):
    """Cuts off edges that are covered with ink, such as a table.

    If other ink meets such an edge, it is a stroke of the digit and stays.
    """
    covered = tf.cast(ink >= 0.25 * tf.reduce_max(ink), "float32")
    spans = [_uncovered(tf.reduce_mean(covered, axis)) for axis in (1, 0)]
    rows, columns = (slice(*span) for span in spans)
    sheet, shape = covered[rows, columns], tf.shape(ink, tf.int64)
    shares = [tf.reduce_mean(each) for each in (sheet[0], sheet[-1], sheet[:, 0], sheet[:, -1])]
    cut = [
        outside
        for (start, end), size in zip(spans, tf.unstack(shape), strict=True)
        for outside in (start > 0, end < size)
    ]
    free = tf.reduce_all((tf.stack(shares) < _MET) | ~tf.stack(cut))
    return tf.cond(free, lambda: ink[rows, columns], lambda: ink)


def _uncovered(shares):
    """Returns start and end of the rows or columns between covered edges; all if none is free."""
    size = tf.size(shares, tf.int64)
    start, end = _span(tf.where(shares < _COVERED)[:, 0])
    start, end = tf.where(end > 0, start, 0), tf.where(end > 0, end, size)
    start += tf.where(start > 0, _inset(size), 0)
    return start, tf.maximum(end - tf.where(end < size, _inset(size), 0), start + 1)


def _inner(indices):
    """Returns start and end of the rows or columns within the edges of a sheet."""
    start, end = _span(indices)
    inset = _inset(end - start)
    return start + inset, tf.maximum(end - inset, start + inset)


def _span(indices):
    """Returns the first index and the one after the last, 0 and 0 if there are none."""
    padded = tf.pad(indices, [[0, tf.cast(tf.size(indices) == 0, "int32")]], constant_values=-1)
    return tf.maximum(padded[0], 0), padded[-1] + 1


def _inset(size):
    return tf.cast(tf.math.ceil(_INSET * tf.cast(size, "float32")), size.dtype)


def _centered(ink):
    ink = tf.nn.relu(ink - _BLUR * 255) / (1 - _BLUR)
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
