"""Exact ratios of counts."""

import keras
from keras import ops

from keras_dl.typing import Tensor


def exact_ratio(numerator: Tensor, denominator: Tensor) -> Tensor:
    """Divides in float64, or in float32 on JAX; x / 0 is 0."""
    return ops.divide_no_nan(as_exact_float(numerator), as_exact_float(denominator))


def as_exact_float(counts: Tensor) -> Tensor:
    """Casts counts to float64, which is exact up to 2^53, or to float32 on JAX."""
    return ops.cast(counts, "float32" if keras.backend.backend() == "jax" else "float64")
