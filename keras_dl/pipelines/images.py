"""Resizing of images, and random augmentation that also transforms boxes."""

from typing import Literal

import numpy as np
import tensorflow as tf

from keras_dl.typing import Tensor

_SHARPEST = 4  # thinning keeps at least this many pixels per target pixel along each axis


def resize_image(image: Tensor, size: tuple[int, int]) -> tf.Tensor:
    """Resizes an image to a height and width with antialiasing.

    The aspect ratio is not kept: each axis is scaled separately. Boxes given as fractions of the
    image remain valid.

    Args:
        image: uint8 or float `(height, width, channels)`.
        size: tuple `(height, width)` in pixels.

    Returns:
        float32 `(height, width, channels)` of the new size, in the range of the image.
    """
    # Rows and columns of very large images are skipped first, while they are uint8 and small.
    step = skipping_step(tf.shape(image)[:2], size)
    thinned = tf.ensure_shape(image[:: step[0], :: step[1]], (None, None, image.shape[-1]))
    image = tf.image.resize(thinned, size, antialias=True)
    return tf.ensure_shape(image, (*size, None))


def skipping_step(shape: Tensor, size: tuple[int, int]) -> tf.Tensor:
    """Returns the steps with which rows and columns are kept before an image is resized.

    Args:
        shape: int32 `(2,)`, height and width of the image.
        size: tuple or int32 `(2,)`, height and width of the resized image.

    Returns:
        int32 `(2,)`, such that at least four pixels are left for each pixel of the resized image.
    """
    return tf.maximum(shape // (_SHARPEST * tf.convert_to_tensor(size)), 1)


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
    """Crops a random rectangle of an image with its boxes, zoomed in or out and randomly flipped.

    The rectangle lies inside the image, or around it if larger, with a small margin of error.
    Pixels outside the image have its mean color. Boxes are clipped to the crop, and dropped if too
    little of them is visible.

    Args:
        image: uint8 or float `(height, width, channels)`.
        boxes: float32 `(n, 4)`, rel_yxyx.
        labels: int32 `(n,)`, -1 for padding.
        size: tuple `(height, width)` of the crop, in pixels.
        seed: int `(2,)`. The same seed gives the same crop.
        zoom: float. The sides of the rectangle are `exp(-zoom)` to `exp(zoom)` times as long as the
            sides of the image.
        stretch: float. The ratio of the rectangle's height to its width is `exp(-2 * stretch)` to
            `exp(2 * stretch)` times the same ratio of the image.
        flips: `"both"`, `"horizontal"` or `"none"`. Directions in which the crop is flipped, each
            with probability 0.5.
        min_visibility: float. Fraction of a box's area that must be visible.

    Returns:
        tuple of the crop, float32 `(height, width, channels)`, its boxes, and its labels, -1 for
        dropped boxes.

    Raises:
        ValueError: if `flips` has another value.
    """
    if flips not in ("both", "horizontal", "none"):
        raise ValueError(
            "random_affine_crop: flips must be both, horizontal or none. Received flips "
            f"{flips!r}. Choose one of them."
        )
    draw = tf.random.stateless_uniform([6], seed, -1.0, 1.0)
    scale, ratio = tf.exp(zoom * draw[0]), tf.exp(stretch * draw[1])
    sides = tf.stack([scale * ratio, scale / ratio])
    # Within the image if smaller, around it if larger, with a small margin beyond.
    middle = 0.5 + draw[2:4] * (tf.abs(1 - sides) / 2 + 0.1 * tf.minimum(sides, 1.0))
    mirrored = (draw[4:6] < 0) & [flips == "both", flips != "none"]
    start = tf.where(mirrored, middle + sides / 2, middle - sides / 2)
    end = tf.where(mirrored, middle - sides / 2, middle + sides / 2)
    window = tf.concat([start, end], 0)
    mean = tf.reduce_mean(tf.cast(image[::8, ::8], "float32"), [0, 1])  # approximate
    view = tf.image.crop_and_resize(image[None], window[None], [0], size, extrapolation_value=-1)
    view = tf.where(view[0, ..., :1] < 0, mean, view[0])
    return view, *_moved(boxes, labels, start, end, min_visibility)


def _moved(boxes, labels, start, end, min_visibility):
    """Returns boxes and labels relative to a window from `start` to `end`."""
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
    """Randomly changes brightness, contrast, saturation and hue.

    Args:
        image: float32 `(height, width, 3)`, 0 to 255.
        seed: int `(2,)`. The same seed gives the same colors.
        strength: float. Strength of the changes. 1 is similar to a change of light and camera.

    Returns:
        float32 of the same shape and range.
    """
    draw = strength * tf.random.stateless_uniform([4], seed, -1.0, 1.0)
    brightness, contrast = 255 * 0.15 * draw[0], tf.exp(0.28 * draw[1])
    # In YIQ saturation is a length and hue an angle, so one matrix changes both.
    saturation, hue = tf.exp(0.45 * draw[2]), 0.25 * draw[3]
    cosine, sine = saturation * tf.cos(hue), saturation * tf.sin(hue)
    turn = tf.convert_to_tensor([[1.0, 0.0, 0.0], [0.0, cosine, -sine], [0.0, sine, cosine]])
    turn = _YIQ @ turn @ _FROM_YIQ
    # Contrast is relative to the mean, so one matrix and one shift apply to every pixel.
    mean = tf.reduce_mean(image, [0, 1])
    shift = tf.linalg.matvec(turn, brightness + mean * (1 - contrast), transpose_a=True)
    flat = tf.reshape(image, (-1, 3)) @ (contrast * turn) + shift
    return tf.reshape(tf.clip_by_value(flat, 0.0, 255.0), tf.shape(image))


# Columns are Y, I and Q of red, green and blue.
_YIQ = np.array([[0.299, 0.596, 0.211], [0.587, -0.274, -0.523], [0.114, -0.322, 0.312]], "float32")
_FROM_YIQ = np.linalg.inv(_YIQ)
