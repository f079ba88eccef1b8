"""Inverse transform sampling from a tabulated density."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_dl.typing import Config, Shape, Tensor

_UNSEEN = 1e-18  # a uniform number of 53 bits cannot resolve less mass in a cell


@keras.saving.register_keras_serializable(package="keras_dl")
class InverseCDF(keras.layers.Layer):
    """Inverse CDF layer: maps uniform random numbers `u` to samples `x` of a density.

    The output is the `x` for which `CDF(x) = u`. For uniform U, it has the given density, because
    `P(CDF^-1(U) <= x) = P(U <= CDF(x)) = CDF(x)`. The density is given on a grid and is linear
    between the grid points. The CDF is therefore a parabola in each cell, and the layer inverts it
    exactly, without iteration or interpolation. Cells without mass are never sampled.

    The computation and the output are in float32 or better under every dtype policy.

    Args:
        grid: sequence of n floats in ascending order.
        density: sequence of n nonnegative floats. The density need not integrate to 1.

    Call arguments:
        inputs: float `(batch, ...)` from 0 to 1, for instance from `keras.random.uniform`.

    Returns:
        float32 or float64 of the same shape, with values from the first to the last grid point.

    Raises:
        ValueError: if `grid` and `density` differ in length, `grid` is not ascending, or `density`
            is negative, not finite or 0 everywhere.

    Example:
    >>> import numpy as np
    >>> layer = InverseCDF(grid=[0.0, 2.0], density=[0.0, 1.0])  # CDF x^2 / 4
    >>> layer(np.array([0.0, 0.25, 1.0], "float32")).numpy().tolist()
    [0.0, 1.0, 2.0]

    Reference: Devroye 1986, "Non-uniform random variate generation", section II.2.
    """

    def __init__(
        self,
        grid: Sequence[float] | np.ndarray,
        density: Sequence[float] | np.ndarray,
        **kwargs: Any,
    ) -> None:
        super().__init__(autocast=False, **kwargs)
        self.grid = [float(point) for point in grid]
        self.density = [float(value) for value in density]
        _check(self.grid, self.density)
        grid, density = np.array(self.grid), np.array(self.density) / max(self.density)
        self._sides = _cells(grid, density), _cells(grid[::-1], density[::-1])
        self.built = True
        self.supports_masking = True

    def call(self, inputs: Tensor) -> Tensor:
        dtype = keras.backend.result_type(self.compute_dtype, "float32")
        uniform = ops.reshape(ops.cast(inputs, dtype), (-1,))
        # Above 1/2, mass is counted from the upper end: near 1, only `1 - u` keeps all digits.
        high = uniform > 0.5
        outside = ops.where(high, 1.0 - uniform, uniform)
        tables = [[ops.convert_to_tensor(each, dtype) for each in side] for side in self._sides]
        cells = [ops.searchsorted(table[0][1:], outside, side="right") for table in tables]
        before, mass, corner, width, near = (
            ops.where(high, ops.take(above, cells[1]), ops.take(below, cells[0]))
            for below, above in zip(*tables, strict=True)
        )
        share = ops.clip((outside - before) / mass, 0.0, 1.0)
        # Solves `2 near t + (1 - 2 near) t^2 = share` for t without cancellation.
        square = ops.square(near) + (1.0 - 2.0 * near) * share
        root = ops.sqrt(ops.maximum(square, float(np.finfo("float32").tiny)))
        values = corner + width * ops.minimum(share / (near + root), 1.0)
        return ops.reshape(values, ops.shape(inputs))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def compute_output_spec(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        dtype = keras.backend.result_type(self.compute_dtype, "float32")
        return keras.KerasTensor(inputs.shape, dtype)

    def get_config(self) -> Config:
        return {**super().get_config(), "grid": self.grid, "density": self.density}


def _cells(grid, density):
    """Returns five arrays with one entry for each cell with mass.

    They are the mass before the cell, its own mass, its start, its width (negative on a reversed
    grid) and the density at its start as a fraction of the sum of the densities at both ends.
    """
    width, both = np.diff(grid), density[:-1] + density[1:]
    mass = np.abs(width) * both
    mass /= mass.sum()
    occupied = mass > _UNSEEN
    before = np.concatenate([[0.0], np.cumsum(mass[occupied])[:-1]])
    near = density[:-1][occupied] / both[occupied]
    return before, mass[occupied], grid[:-1][occupied], width[occupied], near


def _check(grid, density):
    right = len(grid) == len(density) >= 2 and np.isfinite([*grid, *density]).all()
    if not right or not (np.diff(grid) > 0).all() or min(density) < 0 or max(density) == 0:
        short = [f"{_ends(values)} of length {len(values)}" for values in (grid, density)]
        raise ValueError(
            "InverseCDF: grid must be ascending and have at least two points, and density must "
            "have one finite, nonnegative value for each point, not all 0. Received grid "
            f"{short[0]}, density {short[1]}. Pass an ascending grid, and its density without "
            "NaN and negative values."
        )


def _ends(values):
    return f"{values[:2]} ... {values[-2:]}" if len(values) > 4 else f"{values}"
