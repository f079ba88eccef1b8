"""Deterministic splits of examples into training, validation and test data."""

import zlib
from collections.abc import Sequence

import numpy as np


def split_by_hash(names: Sequence[str], shares: Sequence[int]) -> list[np.ndarray]:
    """Splits examples by a hash of their names; adding examples does not move existing ones.

    Args:
        names: sequence of str, such as file names without directories.
        shares: sequence of ints, relative sizes of the parts such as `(8, 1, 1)`. Sizes are
            approximate.

    Returns:
        list of int64 arrays, the ascending indices of the examples of each part.

    Example:
    >>> [part.tolist() for part in split_by_hash(["ann.png", "bob.png", "cat.png"], (3, 1))]
    [[0, 2], [1]]
    """
    slots = np.array([zlib.crc32(name.encode()) % sum(shares) for name in names], "int64")
    parts = np.searchsorted(np.cumsum(shares), slots, "right")
    return [np.flatnonzero(parts == part) for part in range(len(shares))]


def split_at_random(sizes: Sequence[int], seed: int) -> list[np.ndarray]:
    """Splits `sum(sizes)` examples randomly into parts of the given sizes.

    Args:
        sizes: sequence of ints. Number of examples in each part.
        seed: int. The same seed gives the same parts.

    Returns:
        list of int64 arrays, the shuffled indices of the examples of each part.
    """
    order = np.random.default_rng(seed).permutation(sum(sizes))
    return np.split(order, np.cumsum(sizes)[:-1])
