"""Images from bytes, and new views of them whose boxes move along."""

from typing import Literal

import numpy as np
import tensorflow as tf

from keras_dl.typing import Tensor

_SHARPEST = 4  # images keep this many times the pixels of the wanted size until they are resized


def decode_image(encoded: Tensor) -> tf.Tensor:
    """Reads a JPEG, PNG, BMP or GIF (its first frame) of any colors.

    Gray images get three equal channels, CMYK ones are turned to RGB, alpha is left out.

    Args:
        encoded: string scalar. The bytes of the file.

    Returns:
        uint8 `(height, width, 3)`.

    Raises:
        tf.errors.InvalidArgumentError: when it runs, if the bytes are no whole image.
    """
    image = tf.io.decode_image(encoded, channels=3, expand_animations=False)
    return tf.ensure_shape(image, (None, None, 3))


def resize_image(image: Tensor, size: tuple[int, int]) -> tf.Tensor:
    """Resizes an image to a height and width, smoothing what the new pixels can't hold.

    The shape of the image is not kept: each axis is stretched by itself, and so are boxes in
    fractions of it.

    Args:
        image: uint8 or float `(height, width, channels)`.
        size: pair `(height, width)` in pixels.

    Returns:
        float32 `(height, width, channels)` of the new size, in the range of the image.
    """
    # Of an image that is much too large, rows and columns are left out while it is small in bytes.
    step = tf.maximum(tf.shape(image)[:2] // (_SHARPEST * tf.constant(size)), 1)
    thinned = tf.ensure_shape(image[:: step[0], :: step[1]], (None, None, image.shape[-1]))
    image = tf.image.resize(thinned, size, antialias=True)
    return tf.ensure_shape(image, (*size, None))


def random_affine_crop(
    image: Tensor,
    boxes: Tensor,
    labels: Tensor,
    size: tuple[int, int],
    seed: Tensor,
    *,
    zoom: float = 0.25,
    stretch: float = 0.1,
    flips: Literal["both", "horizontal", "none"] = "both",
    min_visibility: float = 0.35,
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Looks at a random part of an image, or at it from further away, mirrored or not.

    The part is a rectangle with the middle of the image in it or near it; what lies outside the
    image has its mean color. A box is cut where the view ends, and forgotten if too little of it
    is left to be seen.

    Args:
        image: uint8 or float `(height, width, channels)`.
        boxes: float32 `(n, 4)`, rel_yxyx.
        labels: int32 `(n,)`, -1 for padding.
        size: pair `(height, width)` of the view, in pixels.
        seed: int `(2,)`. The same seed gives the same view.
        zoom: float. The rectangle's sides are from `exp(-zoom)` to `exp(zoom)` of the image's.
        stretch: float. Its height over its width, against the image's, is from
            `exp(-2 * stretch)` to `exp(2 * stretch)`.
        flips: `"both"`, `"horizontal"` or `"none"`. Which axes are mirrored in half of the views.
        min_visibility: float. The share of a box's area that must be seen.

    Returns:
        triple of the view, float32 `(height, width, channels)`, its boxes, and its labels, -1 for
        those that are forgotten.

    Raises:
        ValueError: if `flips` has no such name.
    """
    if flips not in ("both", "horizontal", "none"):
        raise ValueError(
            "random_affine_crop: flips must be both, horizontal or none. Received flips "
            f"{flips!r}. Choose one of them."
        )
    draw = tf.random.stateless_uniform([6], seed, -1.0, 1.0)
    scale, ratio = tf.exp(zoom * draw[0]), tf.exp(stretch * draw[1])
    sides = tf.stack([scale * ratio, scale / ratio])
    # Within the image if it is smaller, around it if it is larger, and a little beyond.
    middle = 0.5 + draw[2:4] * (tf.abs(1 - sides) / 2 + 0.1 * tf.minimum(sides, 1.0))
    mirrored = (draw[4:6] < 0) & [flips == "both", flips != "none"]
    start = tf.where(mirrored, middle + sides / 2, middle - sides / 2)
    end = tf.where(mirrored, middle - sides / 2, middle + sides / 2)
    window = tf.concat([start, end], 0)
    mean = tf.reduce_mean(tf.cast(image[::8, ::8], "float32"), [0, 1])  # near enough to it
    view = tf.image.crop_and_resize(image[None], window[None], [0], size, extrapolation_value=-1)
    view = tf.where(view[0, ..., :1] < 0, mean, view[0])
    return view, *_moved(boxes, labels, start, end, min_visibility)


def _moved(boxes, labels, start, end, min_visibility):
    """Returns boxes and labels as they are seen in a window from start to end."""
    corners = tf.reshape(boxes, (-1, 2, 2))
    corners = (corners - start) / (end - start)
    corners = tf.stack([tf.reduce_min(corners, 1), tf.reduce_max(corners, 1)], 1)
    seen = tf.clip_by_value(corners, 0.0, 1.0)
    share = tf.math.divide_no_nan(_area(seen), _area(corners))
    labels = tf.where(share >= min_visibility, labels, -1)
    return tf.reshape(seen, (-1, 4)), labels


def _area(corners):
    return tf.reduce_prod(corners[:, 1] - corners[:, 0], -1)


def random_color_jitter(image: Tensor, seed: Tensor, *, strength: float = 1.0) -> tf.Tensor:
    """Changes brightness, contrast, saturation and hue at random.

    Args:
        image: float32 `(height, width, 3)`, 0 to 255.
        seed: int `(2,)`. The same seed gives the same colors.
        strength: float. How much they change: 1 for as much as another lamp and camera would.

    Returns:
        float32 of the same shape and range.
    """
    draw = strength * tf.random.stateless_uniform([4], seed, -1.0, 1.0)
    brightness, contrast = 255 * 0.15 * draw[0], tf.exp(0.28 * draw[1])
    # In YIQ saturation is a length and hue an angle, so that both are one matrix.
    saturation, hue = tf.exp(0.45 * draw[2]), 0.25 * draw[3]
    cosine, sine = saturation * tf.cos(hue), saturation * tf.sin(hue)
    turn = tf.convert_to_tensor([[1.0, 0.0, 0.0], [0.0, cosine, -sine], [0.0, sine, cosine]])
    turn = _YIQ @ turn @ _FROM_YIQ
    # Contrast is around the mean; with it all is one matrix and one shift for every pixel.
    mean = tf.reduce_mean(image, [0, 1])
    shift = tf.linalg.matvec(turn, brightness + mean * (1 - contrast), transpose_a=True)
    flat = tf.reshape(image, (-1, 3)) @ (contrast * turn) + shift
    return tf.reshape(tf.clip_by_value(flat, 0.0, 255.0), tf.shape(image))


# Columns are Y, I and Q of red, green and blue.
_YIQ = np.array([[0.299, 0.596, 0.211], [0.587, -0.274, -0.523], [0.114, -0.322, 0.312]], "float32")
_FROM_YIQ = np.linalg.inv(_YIQ)
