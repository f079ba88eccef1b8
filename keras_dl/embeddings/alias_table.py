"""Draws from a distribution over many outcomes, each in a constant time."""

import numpy as np

from keras_dl.typing import Tensor


def alias_table(weights: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Prepares draws in proportion to weights: a uniform place, then itself or its alias.

    Place `i` keeps itself with `probability[i]` and gives `alias[i]` otherwise, so that an outcome
    is drawn with `weights[i] / sum(weights)` exactly, but for rounding.

    Args:
        weights: float `(outcomes,)`, not negative and not all 0.

    Returns:
        pair of `probability`, float64 `(outcomes,)`, and `alias`, int32 `(outcomes,)`.

    Raises:
        ValueError: if a weight is negative or not finite, or none is positive.

    Reference: Vose 1991, "A linear algorithm for generating random numbers with a given
    distribution".
    """
    weights = np.asarray(weights, "float64")
    valid = np.isfinite(weights).all() and (weights >= 0).all() and weights.any()
    if weights.ndim != 1 or not valid:
        raise ValueError(
            "alias_table: weights must be finite, not negative and not all 0. Received shape "
            f"{weights.shape}, from {weights.min(initial=np.inf)} to "
            f"{weights.max(initial=-np.inf)}. Give the count of each word, for instance."
        )
    scaled = (weights / weights.sum() * len(weights)).tolist()
    probability, alias = np.ones(len(weights)), np.arange(len(weights), dtype="int32")
    small = [index for index, value in enumerate(scaled) if value < 1]
    large = [index for index, value in enumerate(scaled) if value >= 1]
    while small and large:
        low, high = small.pop(), large[-1]
        probability[low], alias[low] = scaled[low], high
        scaled[high] -= 1 - scaled[low]
        if scaled[high] < 1:
            small.append(large.pop())
    return probability, alias
