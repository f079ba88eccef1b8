"""Optimizes the pixels of an image instead of the weights of a network."""

import math
from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias, get_args

import numpy as np
import scipy.optimize

from keras_dl.training.atomic_file import Json
from keras_dl.training.resumable import check_same_training

Method: TypeAlias = Literal["adam", "lbfgs", "gradient_descent"]
_BETAS = (0.9, 0.999)  # of Adam
_EPSILON = 1e-8
_ITERATIONS = 10  # of L-BFGS-B in one step of the `Resumable`; it then forgets its curvature
_WHITE = 255.0


class PixelOptimization:
    """Minimizes a function of an image; a `Resumable` for `train_by_steps`.

    Pixels stay between 0 and 255. Gradient descent and Adam clip them after each step. L-BFGS-B
    treats 0 and 255 as bounds, because clipping would spoil its estimate of the curvature. It
    starts again every ten iterations, so that a resumed run has the same result.

    Args:
        function: function of pixels, float32 `(height, width, channels)`, and the number of the
            step, an int. It returns a dict of floats with the key `loss`, which become a row of the
            history, and the gradient of the loss, float32 like the pixels.
        start: float `(height, width, channels)`. First image, from 0 to 255.
        method: `"adam"`, `"lbfgs"` or `"gradient_descent"`.
        steps: int. Number of steps, for L-BFGS-B a multiple of 10.
        learning_rate: float. For Adam, the change of a pixel in the first steps, which decays to 0
            along a cosine. For gradient descent, the factor of the gradient.

    Raises:
        ValueError: if an argument is invalid.

    Example:
    >>> def darkness(pixels, step):
    ...     return {"loss": float(np.mean(pixels**2))}, 2 * pixels / pixels.size
    >>> start = np.full((2, 2, 3), 9.0)
    >>> optimization = PixelOptimization(darkness, start, method="lbfgs", steps=10)
    >>> optimization.step()["loss"], float(optimization.pixels.max())
    (0.0, 0.0)
    """

    def __init__(
        self,
        function: Callable[[np.ndarray, int], tuple[Mapping[str, float], np.ndarray]],
        start: np.ndarray,
        *,
        method: Method = "adam",
        steps: int = 100,
        learning_rate: float = 8.0,
    ) -> None:
        unit = _ITERATIONS if method == "lbfgs" else 1
        if method not in get_args(Method):
            raise ValueError(
                f"PixelOptimization: method must be one of {', '.join(get_args(Method))}. Received "
                f"{method!r}. Choose one of them."
            )
        if steps < unit or steps % unit:
            raise ValueError(
                f"PixelOptimization: steps must be a positive multiple of {unit} for {method}. "
                f"Received {steps}. Choose {max(unit, steps // unit * unit)}."
            )
        if not learning_rate > 0:
            raise ValueError(
                "PixelOptimization: learning_rate must be positive. Received "
                f"{learning_rate}. Choose a larger value."
            )
        self._function, self._unit = function, unit
        self._settings: dict[str, Json] = {
            "method": method,
            "steps": steps,
            "learning_rate": learning_rate,
            "shape": list(np.shape(start)),
        }
        self._method, self._steps, self._learning_rate = method, steps, learning_rate
        self._taken = 0
        self._pixels = np.clip(np.asarray(start, "float32"), 0, _WHITE)
        self._moments = np.zeros((2, *self._pixels.shape), "float32")

    @property
    def pixels(self) -> np.ndarray:
        """The image so far, float32 `(height, width, channels)`, from 0 to 255."""
        return self._pixels

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self._taken >= self._steps

    def step(self) -> dict[str, float]:
        """Takes one step, ten of L-BFGS-B; returns its number and the values of the function."""
        if self._method == "lbfgs":
            row = self._lbfgs_step()
        else:
            row, gradient = self._evaluated(self._pixels)
            change = self._adam(gradient) if self._method == "adam" else gradient
            self._pixels = np.clip(self._pixels - self._rate() * change, 0, _WHITE)
        self._taken += self._unit
        return {"step": self._taken, **row}

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Json]]:
        """Returns the pixels with all that the next steps depend on."""
        arrays = {"pixels": self._pixels, "moments": self._moments}
        return arrays, {"taken": self._taken, "settings": self._settings}

    def restore(self, arrays: dict[str, np.ndarray], metadata: dict[str, Json]) -> None:
        """Restores a `state`; raises a ValueError if its settings differ."""
        check_same_training(metadata["settings"], self._settings)
        self._pixels, self._moments = arrays["pixels"], arrays["moments"]
        self._taken = metadata["taken"]

    def bytes_needed(self) -> int:
        """Returns the size of a `state` in bytes."""
        return self._pixels.nbytes + self._moments.nbytes

    def _evaluated(self, pixels):
        row, gradient = self._function(pixels, self._taken)
        if not math.isfinite(row["loss"]):
            raise FloatingPointError(
                f"PixelOptimization: the loss must be finite. Received {row['loss']} in step "
                f"{self._taken}. Lower learning_rate, which is {self._learning_rate}."
            )
        return {name: float(value) for name, value in row.items()}, np.asarray(gradient, "float32")

    def _rate(self):
        if self._method == "gradient_descent":
            return self._learning_rate
        return self._learning_rate * (1 + math.cos(math.pi * self._taken / self._steps)) / 2

    def _adam(self, gradient):
        for moment, beta, value in zip(self._moments, _BETAS, (gradient, gradient**2), strict=True):
            moment += (1 - beta) * (value - moment)
        corrected = [
            moment / (1 - beta ** (self._taken + 1))
            for moment, beta in zip(self._moments, _BETAS, strict=True)
        ]
        return corrected[0] / (np.sqrt(corrected[1]) + _EPSILON)

    def _lbfgs_step(self):
        shape = self._pixels.shape

        def function(values):
            row, gradient = self._evaluated(values.reshape(shape).astype("float32"))
            return row["loss"], gradient.ravel().astype("float64")

        found = scipy.optimize.minimize(
            function,
            self._pixels.ravel().astype("float64"),
            jac=True,
            method="L-BFGS-B",
            bounds=scipy.optimize.Bounds(0, _WHITE),
            # No tolerance: the loss may be of any scale.
            options={"maxiter": _ITERATIONS, "ftol": 0.0, "gtol": 0.0},
        )
        self._pixels = found.x.reshape(shape).astype("float32")
        return self._evaluated(self._pixels)[0]
