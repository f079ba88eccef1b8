"""Number of active latent variables of a variational autoencoder."""

from typing import Any

import keras
from keras import ops

from keras_dl.typing import Config, Shape, Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class ActiveUnits(keras.metrics.Metric):
    """Counts the latent variables whose posterior mean varies between examples.

    A unit is active if the variance of its mean over all examples is above `threshold`. An inactive
    unit has collapsed: its posterior equals the prior, and the decoder ignores it. The variance
    comes from sums of squares in float32, which is enough because posterior means are of order 1.

    Args:
        threshold: float. Minimum variance of an active unit.

    Call arguments (of `update_state`):
        mean: float `(batch, units)`. Means of the approximate posterior.
        sample_weight: float `(batch,)` or None.

    Raises:
        ValueError: if `threshold` is negative.

    Example:
    >>> metric = ActiveUnits()
    >>> metric.update_state([[-1.0, 0.5], [1.0, 0.5]])
    >>> float(metric.result())
    1.0

    Reference: Burda, Grosse & Salakhutdinov 2016, arXiv:1509.00519, appendix C.
    """

    def __init__(self, threshold: float = 0.01, name: str = "active_units", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        if threshold < 0:
            raise ValueError(
                f"ActiveUnits: threshold must be at least 0. Received {threshold}. Use the "
                "default, 0.01."
            )
        self.threshold = threshold
        self.built = False

    def build(self, mean_shape: Shape) -> None:
        """Creates the variables for means `(batch, units)`."""
        units = mean_shape[-1]
        self.first = self.add_variable((units,), "zeros", name="first")
        self.second = self.add_variable((units,), "zeros", name="second")
        self.count = self.add_variable((), "zeros", name="count")
        self.built = True

    def update_state(self, mean: Tensor, sample_weight: Tensor | None = None) -> None:
        """Adds the means of a batch."""
        mean = ops.cast(mean, self.dtype)
        if not self.built:
            self.build(mean.shape)
        weight = ops.ones_like(mean[:, 0]) if sample_weight is None else sample_weight
        weight = ops.cast(weight, self.dtype)
        self.first.assign_add(ops.matmul(weight, mean))
        self.second.assign_add(ops.matmul(weight, ops.square(mean)))
        self.count.assign_add(ops.sum(weight))

    def result(self) -> Tensor:
        """Returns the number of active units, as a float."""
        if not self.built:
            return 0.0
        count = ops.maximum(self.count, 1e-7)
        variance = self.second / count - ops.square(self.first / count)
        return ops.sum(ops.cast(variance > self.threshold, self.dtype))

    def get_config(self) -> Config:
        """Returns the constructor arguments."""
        return {**super().get_config(), "threshold": self.threshold}
