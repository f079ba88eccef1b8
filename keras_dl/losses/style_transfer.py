"""Losses of neural style transfer: what an image keeps of another one's content and style."""

from typing import Literal

from keras import ops

from keras_dl.typing import Tensor

_SMALLEST = 1e-30  # added to the denominator of a relative loss


def gram_matrix(features: Tensor) -> Tensor:
    """Computes the Gram matrix of the channels: `G[i, j]` is the mean of `F_i * F_j`.

    The mean is over the positions of the image, so images of different sizes can be compared.

    Args:
        features: float `(batch, height, width, channels)`.

    Returns:
        float32 `(batch, channels, channels)`.

    Raises:
        ValueError: if `features` does not have four axes.
    """
    _check("gram_matrix", features)
    features = ops.cast(features, "float32")
    positions = ops.cast(ops.shape(features)[1] * ops.shape(features)[2], "float32")
    return ops.einsum("bhwi,bhwj->bij", features, features) / positions


def style_loss(
    target: Tensor, features: Tensor, *, scale: Literal["relative", "paper"] = "relative"
) -> Tensor:
    """Compares the Gram matrix of the features of a layer with that of a style image.

    `"relative"` is `|G - A|^2 / |A|^2`, where `A` is the target: 0 for the same style, 1 for an
    image without features. It depends neither on the scale of the layer nor on the sizes of the
    images. `"paper"` is `|G - A|^2 / (4 channels^2)`, the paper's loss of one layer if both images
    have the same size.

    Args:
        target: float `(batch, channels, channels)`, `gram_matrix` of the style image.
        features: float `(batch, height, width, channels)`, features of the same layer.
        scale: `"relative"` or `"paper"`.

    Returns:
        float32 `(batch,)`.

    Raises:
        ValueError: if the shapes do not fit, or `scale` is unknown.

    Reference: Gatys et al. 2016, "Image Style Transfer Using Convolutional Neural Networks".
    """
    _check_scale("style_loss", scale)
    _check("style_loss", features)
    channels = features.shape[-1]
    if len(target.shape) != 3 or tuple(target.shape)[1:] != (channels, channels):
        raise ValueError(
            f"style_loss: target must have shape (batch, {channels}, {channels}) for features with "
            f"{channels} channels. Received shape {tuple(target.shape)}. Pass "
            "gram_matrix(features) of the style image."
        )
    target = ops.cast(target, "float32")
    difference = ops.sum(ops.square(gram_matrix(features) - target), axis=(1, 2))
    if scale == "paper":
        return difference / (4.0 * channels**2)
    return difference / (ops.sum(ops.square(target), axis=(1, 2)) + _SMALLEST)


def content_loss(
    target: Tensor, features: Tensor, *, scale: Literal["relative", "paper"] = "relative"
) -> Tensor:
    """Compares the features of a layer with those of a content image.

    `"relative"` is the mean of `(F - P)^2`, where `P` is the target, divided by the variance of
    `P`: 0 for the same content, and 1 for an image whose features are the mean of `P` everywhere.
    `"paper"` is half the sum of `(F - P)^2`.

    Args:
        target: float `(batch, height, width, channels)`, features of the content image.
        features: float `(batch, height, width, channels)`, features of the same layer.
        scale: `"relative"` or `"paper"`.

    Returns:
        float32 `(batch,)`.

    Raises:
        ValueError: if the shapes differ, or `scale` is unknown.

    Reference: Gatys et al. 2016, "Image Style Transfer Using Convolutional Neural Networks".
    """
    _check_scale("content_loss", scale)
    for each in (target, features):
        _check("content_loss", each)
    pairs = zip(target.shape, features.shape, strict=True)
    if any(None not in pair and pair[0] != pair[1] for pair in pairs):
        raise ValueError(
            "content_loss: target and features must have the same shape. Received "
            f"{tuple(target.shape)} and {tuple(features.shape)}. Compare images of one size."
        )
    target, features = (ops.cast(each, "float32") for each in (target, features))
    squared = ops.square(features - target)
    if scale == "paper":
        return ops.sum(squared, axis=(1, 2, 3)) / 2
    return ops.mean(squared, axis=(1, 2, 3)) / (ops.var(target, axis=(1, 2, 3)) + _SMALLEST)


def _check(function, features):
    if len(features.shape) != 4:
        raise ValueError(
            f"{function}: features must have shape (batch, height, width, channels). Received "
            f"shape {tuple(features.shape)}. Add the missing axes."
        )


def _check_scale(function, scale):
    if scale not in ("relative", "paper"):
        raise ValueError(
            f"{function}: scale must be 'relative' or 'paper'. Received {scale!r}. Choose one of "
            "them."
        )
