"""Whether images show something to recognize: a blank image does not, nor noise to characters."""

import tensorflow as tf

_EVEN = 8  # gray levels; cameras and JPEG make fewer of an even surface
# Of the 32,460 images of Omniglot at 36 pixels a side, the least share of paper is .65, and none
# has more than two specks. Photos of the project, faces and noise of gray levels have less than .4.
_PAPER_LEVEL = 0.75  # share of the pixels that are not lighter than paper
_LEAST_CONTRAST = 32.0  # gray levels between paper and the darkest ink
_LIKE_PAPER = 0.05  # of the contrast; where light falls off, paper is darker
_LEAST_PAPER = 0.55  # share of the pixels
_INK = 0.5  # of the contrast
_SPECKS, _SPECKS_PER_INK, _MOST_SPECKS = 2.0, 0.1, 8.0  # ink without ink around it, in pixels
_FAINT = 200.0  # gray levels; of 32,460 images of Omniglot, 15 have less, all in the training split


def is_usable(images, ink):
    """Returns whether images show something that can be compared, bool `(n,)`.

    Args:
        images: uint8 `(n, side, side, 1)`.
        ink: bool. Whether they must be ink on paper, too. Otherwise they must not be blank.
    """
    if ink:
        return is_ink(images)
    gray = tf.cast(images, "float32")
    return tf.reduce_max(gray, [1, 2, 3]) - tf.reduce_min(gray, [1, 2, 3]) >= _EVEN


def is_ink(images):
    """Returns whether images are some dark strokes on even, light paper, bool `(n,)`.

    Photos are not, because too few of their pixels are like paper. Noise is not, for the same
    reason, or because its ink is specks.

    Args:
        images: uint8 `(n, side, side, 1)`.
    """
    gray, paper, contrast = _levels(images)
    is_paper = tf.abs(paper - gray) < _LIKE_PAPER * contrast
    is_dark = paper - gray > _INK * contrast
    around = 9 * tf.nn.avg_pool2d(
        tf.pad(tf.cast(is_dark, "float32"), [[0, 0], [1, 1], [1, 1], [0, 0]]), 3, 1, "VALID"
    )
    share = _sum(is_paper) / (gray.shape[1] * gray.shape[2])
    allowed = tf.minimum(_SPECKS + _SPECKS_PER_INK * _sum(is_dark), _MOST_SPECKS)
    has_strokes = _sum(is_dark & (around < 1.5)) <= allowed
    return (contrast[:, 0, 0, 0] >= _LEAST_CONTRAST) & (share >= _LEAST_PAPER) & has_strokes


def strengthened(images):
    """Makes faint ink black and its paper white, uint8 `(n, side, side, 1)`.

    Otherwise all faint characters would look alike: a network of black ink on white paper takes
    eight of ten pairs of different characters with half of the contrast for the same one.
    """
    gray, paper, contrast = _levels(images)
    ink = tf.clip_by_value((paper - gray) / tf.maximum(contrast, 1.0), 0.0, 1.0)
    return tf.where(contrast < _FAINT, tf.cast(tf.round(255 * (1 - ink)), "uint8"), images)


def _levels(images):
    """Returns gray levels, those of paper, and how much darker the ink is, float32."""
    gray = tf.cast(images, "float32")
    side = images.shape[1]
    paper = tf.sort(tf.reshape(gray, (-1, side * side)), 1)[:, int(_PAPER_LEVEL * side * side)]
    paper = paper[:, None, None, None]
    return gray, paper, paper - tf.reduce_min(gray, [1, 2, 3], keepdims=True)


def _sum(values):
    return tf.reduce_sum(tf.cast(values, "float32"), [1, 2, 3])
