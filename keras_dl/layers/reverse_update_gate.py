"""Conversion between the two conventions for the update gate of a GRU."""

from collections.abc import Sequence

import numpy as np

from keras_dl.typing import Tensor


def reverse_update_gate(weights: Sequence[Tensor]) -> list[np.ndarray]:
    """Converts GRU weights between the update gate `z` of Keras and the gate `u = 1 - z`.

    Keras computes `h(t) = z * h(t-1) + (1 - z) * candidate`; courses and Chung et al. 2014 use
    `c(t) = u * candidate + (1 - u) * c(t-1)`. Since `1 - sigmoid(a) = sigmoid(-a)`, the conversion
    negates the weights of this gate, the first third of the columns. Applying it twice returns the
    original weights.

    Args:
        weights: list of arrays, from `get_weights` of a `keras.layers.GRU` or `GRUCell`: kernel
            `(features, 3 * units)`, recurrent kernel `(units, 3 * units)` and, if there is one,
            the bias, `(3 * units,)`, or `(2, 3 * units)` if `reset_after` is true.

    Returns:
        list of new arrays of the same shapes and dtypes.

    Raises:
        ValueError: if `weights` are not the weights of a single GRU.

    Example:
    >>> kernel, recurrent = np.array([[1.0, 2.0, 3.0]]), np.array([[4.0, 5.0, 6.0]])
    >>> reverse_update_gate([kernel, recurrent])
    [array([[-1.,  2.,  3.]]), array([[-4.,  5.,  6.]])]
    """
    weights = [np.asarray(array) for array in weights]
    units = weights[1].shape[0] if len(weights) in (2, 3) and weights[1].ndim == 2 else None
    if units is None or any(array.shape[-1:] != (3 * units,) for array in weights):
        raise ValueError(
            "reverse_update_gate: weights must be the weights of one GRU, kernel (features, 3 * "
            "units), recurrent kernel (units, 3 * units) and optionally a bias. Received shapes "
            f"{[array.shape for array in weights]}. Pass layer.get_weights(). For a Bidirectional "
            "layer, convert the weights of one direction at a time."
        )
    return [np.concatenate([-array[..., :units], array[..., units:]], -1) for array in weights]
