"""Makes uniform numbers into draws from any density that one can tabulate."""

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="keras_dl")
class InverseCDF(keras.layers.Layer):
    """Maps `u` to the `x` with `CDF(x) = u`: of uniform numbers it makes draws from a density.

    `P(CDF^-1(U) <= x) = P(U <= CDF(x)) = CDF(x)` for uniform U. The density is given on a grid and
    is linear between the points, so the CDF is a parabola in each cell and its inverse a root,
    which is exact: nothing is iterated or interpolated. Cells without mass are never hit.

    Whatever the policy, this is float32 or better, and float32 comes out.

    Args:
        grid: sequence of floats, ascending, `(n,)`.
        density: sequence of floats, not negative, `(n,)`. Need not integrate to 1.

    Call arguments:
        inputs: float `(batch, ...)` from 0 to 1, as `keras.random.uniform` draws them.

    Returns:
        float32 or float64 of the same shape, from the first to the last point of the grid.

    Raises:
        ValueError: if the two differ in length, `grid` does not ascend, or `density` is negative,
            not finite or 0 all over.

    Example:
    >>> import numpy as np
    >>> layer = InverseCDF(grid=[0.0, 2.0], density=[0.0, 1.0])  # CDF x^2 / 4
    >>> layer(np.array([0.0, 0.25, 1.0], "float32")).numpy().tolist()
    [0.0, 1.0, 2.0]

    Reference: Devroye 1986, "Non-uniform random variate generation", section II.2.
    """

    def __init__(self, grid, density, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.grid = [float(point) for point in grid]
        self.density = [float(value) for value in density]
        _check(self.grid, self.density)
        self._cells = _cells(np.array(self.grid), np.array(self.density))
        self.built = True

    def call(self, inputs):
        dtype = keras.backend.result_type(self.compute_dtype, "float32")
        uniform = ops.reshape(ops.cast(inputs, dtype), (-1,))
        below, start, width, left, right = (
            ops.convert_to_tensor(values, dtype) for values in self._cells
        )
        # The cell whose mass below is the last that does not exceed the number.
        cell = ops.searchsorted(below[1:], uniform, side="right")
        start, width, left, right = (ops.take(each, cell) for each in (start, width, left, right))
        mass = ops.clip(uniform - ops.take(below, cell), 0.0, width * (left + right) / 2)
        # The root of `left t + (right - left) t^2 / (2 width) = mass` that no difference spoils.
        square = ops.square(left) + 2 * (right - left) * mass / width
        steep = left + ops.sqrt(ops.maximum(square, 0.0))
        tiny = float(np.finfo("float32").tiny)
        found = start + ops.minimum(2 * mass / ops.maximum(steep, tiny), width)
        return ops.reshape(found, ops.shape(inputs))

    def compute_output_shape(self, inputs_shape):
        return inputs_shape

    def compute_output_spec(self, inputs):
        dtype = keras.backend.result_type(self.compute_dtype, "float32")
        return keras.KerasTensor(inputs.shape, dtype)

    def get_config(self):
        return {**super().get_config(), "grid": self.grid, "density": self.density}


def _cells(grid, density):
    """Returns of each cell with mass: the mass below, start, width, densities on both sides."""
    width = np.diff(grid)
    mass = width * (density[:-1] + density[1:]) / 2
    total, there = mass.sum(), mass > 0
    below = (np.cumsum(mass) - mass)[there] / total
    left, right = density[:-1][there] / total, density[1:][there] / total
    return below, grid[:-1][there], width[there], left, right


def _check(grid, density):
    right = len(grid) == len(density) >= 2 and np.isfinite([*grid, *density]).all()
    if not right or not (np.diff(grid) > 0).all() or min(density) < 0 or max(density) == 0:
        short = [f"{len(values)} of {_ends(values)}" for values in (grid, density)]
        raise ValueError(
            "InverseCDF: grid must ascend, and density have a finite value for each of its points, "
            "two at least, none negative and not all 0. Received grid "
            f"{short[0]}, density {short[1]}. Tabulate the density where it is not 0."
        )


def _ends(values):
    return f"{values[:2]} ... {values[-2:]}" if len(values) > 4 else f"{values}"
