"""Ratios of counts with as many digits as there are."""

import keras
from keras import ops

from keras_dl.typing import Tensor


def exact_ratio(numerator: Tensor, denominator: Tensor) -> Tensor:
    """Divides in float64, where the backend has it (JAX by default has not); x / 0 is 0."""
    return ops.divide_no_nan(as_exact_float(numerator), as_exact_float(denominator))


def as_exact_float(counts: Tensor) -> Tensor:
    """Casts to float64, in which counts up to 2^53 are exact; to float32 on JAX."""
    return ops.cast(counts, "float32" if keras.backend.backend() == "jax" else "float64")
