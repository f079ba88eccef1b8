"""Alias method: constant-time sampling from a distribution over many outcomes."""

import numpy as np

from keras_dl.typing import Tensor


def alias_table(weights: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Builds the table of the alias method, for sampling in proportion to weights.

    To sample, draw an index `i` uniformly. Keep it with probability `probability[i]`; otherwise use
    `alias[i]`. Outcome `i` then has probability `weights[i] / sum(weights)`, up to rounding.

    Args:
        weights: float `(outcomes,)`, not negative and not all 0.

    Returns:
        pair of `probability`, float64 `(outcomes,)`, and `alias`, int32 `(outcomes,)`.

    Raises:
        ValueError: if a weight is negative or not finite, or if no weight is positive.

    Reference: Vose 1991, "A linear algorithm for generating random numbers with a given
    distribution".
    """
    weights = np.asarray(weights, "float64")
    valid = np.isfinite(weights).all() and (weights >= 0).all() and weights.any()
    if weights.ndim != 1 or not valid:
        raise ValueError(
            "alias_table: weights must be finite, not negative and not all 0. Received weights of "
            f"shape {weights.shape}, with values from {weights.min(initial=np.inf)} to "
            f"{weights.max(initial=-np.inf)}. Pass the count of each word, for example."
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
