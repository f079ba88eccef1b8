"""SqueezeNet 1.1 in NumPy and float64, from the definition of its layers."""

import numpy as np

_MEAN = (103.939, 116.779, 123.68)  # blue, green, red
_POOLED_BEFORE = ("fire2", "fire4", "fire6")
_MODULES = tuple(f"fire{number}" for number in range(2, 10))


def squeezenet(weights, pixels, pooling=np.max, last="conv10"):
    """Returns the outputs of `conv1` and the Fire modules, and the logits, a dict.

    Args:
        weights: dict from LAYER_kernel and LAYER_bias to arrays.
        pixels: float `(height, width, 3)`, 0 to 255, in RGB order.
        pooling: np.max or np.mean.
        last: str. The last module to compute.
    """

    def convolution(values, name, stride=1):
        kernel, bias = (np.float64(weights[f"{name}_{part}"]) for part in ("kernel", "bias"))
        windows = _windows(values, len(kernel), stride)  # rows, columns, channels, 2 offsets
        found = np.einsum("rcikl,klio->rco", windows, kernel, optimize=True) + bias
        return np.maximum(found, 0)

    values = np.float64(pixels)[..., ::-1] - _MEAN
    values = convolution(values, "conv1", 2)
    found = {"conv1": values}
    for module in _MODULES:
        if module in _POOLED_BEFORE:
            values = pooling(_windows(values, 3, 2), axis=(-2, -1))
        squeezed = convolution(values, f"{module}_squeeze1x1")
        padded = np.pad(squeezed, [(1, 1), (1, 1), (0, 0)])
        sides = (
            convolution(squeezed, f"{module}_expand1x1"),
            convolution(padded, f"{module}_expand3x3"),
        )
        values = found[module] = np.concatenate(sides, -1)
        if module == last:
            return found
    found["predictions"] = convolution(values, "conv10").mean((0, 1))
    return found


def _windows(values, size, stride):
    windows = np.lib.stride_tricks.sliding_window_view(values, (size, size), (0, 1))
    return windows[::stride, ::stride]
