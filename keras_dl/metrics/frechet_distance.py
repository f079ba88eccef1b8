"""Frechet distance between two sets of examples, from the moments of their features."""

from typing import Any

import keras
from keras import ops

from keras_dl.typing import Config, Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class FrechetDistance(keras.metrics.Metric):
    """Frechet distance between the normal distributions fitted to two sets of features.

    The distance is `|m1 - m2|^2 + trace(C1 + C2 - 2 (C1 C2)^(1/2))`, where m are the means and C
    the sample covariances (divided by n - 1). With features of an Inception network, this is the
    FID. The value depends on the number of examples and on the network. Compare values only if both
    are the same. As a baseline, compute the distance between two sets of real examples of the same
    size, which is not 0.

    Args:
        units: int. Size of a feature vector.

    Call arguments (of `update_state`):
        first, second: float `(n, units)`; n may differ. Features of real and of generated examples,
            in either order.

    Raises:
        ValueError: if `units` is less than 1.

    Example:
    >>> metric = FrechetDistance(1)
    >>> metric.update_state([[-1.0], [1.0]], [[2.0], [4.0]])
    >>> round(float(metric.result()), 4)
    9.0

    Reference: Dowson & Landau 1982, "The Frechet distance between multivariate normal
    distributions"; Heusel et al. 2017, arXiv:1706.08500.
    """

    def __init__(
        self,
        units: int,
        name: str = "frechet_distance",
        dtype: str | keras.DTypePolicy = "float64",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, dtype=dtype, **kwargs)
        if units < 1:
            raise ValueError(
                f"FrechetDistance: units must be at least 1. Received {units}. Pass the size of a "
                "feature vector."
            )
        self.units = units
        shapes = {"count": (), "sum": (units,), "products": (units, units)}
        self._sides = [
            {
                name: self.add_variable(shape, "zeros", dtype=self.dtype, name=f"{side}_{name}")
                for name, shape in shapes.items()
            }
            for side in ("first", "second")
        ]

    def update_state(self, first: Tensor, second: Tensor) -> None:
        """Adds the features of a batch of both sets."""
        for side, features in zip(self._sides, (first, second), strict=True):
            features = ops.cast(features, self.dtype)
            side["count"].assign_add(ops.cast(ops.shape(features)[0], self.dtype))
            side["sum"].assign_add(ops.sum(features, axis=0))
            side["products"].assign_add(ops.matmul(ops.transpose(features), features))

    def result(self) -> Tensor:
        """Returns the distance."""
        (mean, covariance), (other_mean, other_covariance) = map(_moments, self._sides)
        root = _root(covariance)
        # The eigenvalues of C1 C2 are those of C1^(1/2) C2 C1^(1/2), which is symmetric.
        values = ops.linalg.eigh(ops.matmul(ops.matmul(root, other_covariance), root))[0]
        both = ops.sum(ops.sqrt(ops.maximum(values, 0.0)))
        apart = ops.sum(ops.square(mean - other_mean))
        return apart + ops.trace(covariance) + ops.trace(other_covariance) - 2 * both

    def get_config(self) -> Config:
        """Returns the constructor arguments."""
        return {**super().get_config(), "units": self.units}


def _moments(side):
    count = ops.maximum(side["count"], 1.0)
    mean = side["sum"] / count
    squares = side["products"] - count * ops.outer(mean, mean)
    return mean, squares / ops.maximum(count - 1, 1.0)


def _root(matrix):
    values, vectors = ops.linalg.eigh(matrix)
    return ops.matmul(vectors * ops.sqrt(ops.maximum(values, 0.0)), ops.transpose(vectors))
