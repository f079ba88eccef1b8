"""Divides examples into training, validation and test data, the same way every time."""

import zlib
from collections.abc import Sequence

import numpy as np


def split_by_hash(names: Sequence[str], shares: Sequence[int]) -> list[np.ndarray]:
    """Divides examples by their names, so that each stays in its part when others are added.

    Args:
        names: sequence of str, such as the names of files without their folders.
        shares: integers. The parts get about these shares of their sum: `(8, 1, 1)`.

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
    """Divides as many examples as the sizes add up to into random parts of these sizes.

    Args:
        sizes: integers. Number of examples in each part.
        seed: int. The same seed gives the same parts.

    Returns:
        list of int64 arrays, the shuffled indices of the examples of each part.
    """
    order = np.random.default_rng(seed).permutation(sum(sizes))
    return np.split(order, np.cumsum(sizes)[:-1])
