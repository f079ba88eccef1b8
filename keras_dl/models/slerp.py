"""Spherical linear interpolation (slerp) between latent vectors."""

from keras import ops

from keras_dl.typing import Tensor

_LEAST_SINE = 1e-3


def slerp(start: Tensor, end: Tensor, share: Tensor) -> Tensor:
    """Interpolates along a sphere, because normal random vectors of many dimensions lie near one.

    The result is `(sin((1 - share) angle) start + sin(share angle) end) / sin(angle)`. Parallel and
    opposite vectors, which define no direction on the sphere, are interpolated linearly.

    Args:
        start: float `(batch, units)`, the result if `share` is 0.
        end: float `(batch, units)`, the result if `share` is 1.
        share: float `(batch,)`. Fraction of the way from start to end, from 0 to 1.

    Returns:
        float `(batch, units)`.

    Example:
    >>> [round(float(x), 4) for x in slerp([[1.0, 0.0]], [[0.0, 1.0]], [0.5])[0]]
    [0.7071, 0.7071]

    Reference: White 2016, arXiv:1609.04468, section 2.1.
    """
    start, end, share = (ops.convert_to_tensor(each) for each in (start, end, share))
    share = share[:, None]
    lengths = [ops.sqrt(ops.sum(x * x, axis=1, keepdims=True)) for x in (start, end)]
    cosine = ops.sum(start * end, axis=1, keepdims=True) / (lengths[0] * lengths[1] + 1e-12)
    angle = ops.arccos(ops.clip(cosine, -1.0, 1.0))
    straight = ops.sin(angle) < _LEAST_SINE
    sine = ops.where(straight, 1.0, ops.sin(angle))
    weights = [
        ops.where(straight, part, ops.sin(part * angle) / sine) for part in (1.0 - share, share)
    ]
    return weights[0] * start + weights[1] * end
