"""Random numbers that depend only on key and counter."""

import numpy as np
from keras import ops

from keras_dl.typing import Tensor

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = np.uint32(0x1BD11BDA)


def threefry(keys: tuple[Tensor, Tensor], counters: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """Threefry-2x32 with 20 rounds: a counter-based generator of random bits.

    Unlike the generators of Keras, which fill a whole tensor from one seed, it computes each
    element by itself. So a row of a batch does not depend on the size of the batch.

    Args:
        keys: pair of uint32 tensors.
        counters: pair of uint32 tensors, which broadcast against the keys.

    Returns:
        pair of uint32 tensors.

    Reference: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", section 4.
    """
    schedule = (*keys, ops.bitwise_xor(ops.bitwise_xor(*keys), _PARITY))
    left, right = counters[0] + keys[0], counters[1] + keys[1]
    for block in range(5):
        for rotation in _ROTATIONS[block % 2]:
            left = left + right
            right = ops.bitwise_xor(left, _rotated(right, rotation))
        left = left + schedule[(block + 1) % 3]
        right = right + schedule[(block + 2) % 3] + np.uint32(block + 1)
    return left, right


def _rotated(words, bits):
    return ops.bitwise_or(
        ops.left_shift(words, np.uint32(bits)), ops.right_shift(words, np.uint32(32 - bits))
    )


def uniform(seeds: Tensor, rows: Tensor, columns: int) -> Tensor:
    """Returns uniform random numbers, each a function of its seed, row and column.

    Args:
        seeds: uint32 `(n,)`.
        rows: uint32 `(n,)`.
        columns: int.

    Returns:
        float32 `(n, columns)`, multiples of 2^-23 plus 2^-24, so above 0 and below 1.
    """
    column = ops.cast(ops.arange(columns, dtype="int32"), "uint32")[None]
    bits, _ = threefry((seeds[:, None], rows[:, None]), (column, ops.zeros_like(column)))
    return (ops.cast(ops.right_shift(bits, np.uint32(9)), "float32") + 0.5) * 2.0**-23
