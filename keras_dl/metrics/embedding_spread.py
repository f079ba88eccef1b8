"""How far the embeddings of different examples are apart."""

from typing import Any

import keras
from keras import ops

from keras_dl.typing import Config, Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class EmbeddingSpread(keras.metrics.Metric):
    """Total variance of embeddings, divided by their mean squared length.

    `1 - |mean e|^2 / mean |e|^2`, from 0 to 1. It does not depend on the scale of the embeddings.
    At 0 they are all equal: the network has collapsed, and a triplet loss stays at its margin. Use
    it with `keras_dl.callbacks.MetricAlert("embedding_spread", ...)`, which then prints a warning.

    Args:
        units: int. Size of an embedding.

    Call arguments (of `update_state`):
        y_true: ignored. Keras passes the labels.
        y_pred: float `(batch, units)`. Embeddings.
        sample_weight: float `(batch,)` or None.

    Raises:
        ValueError: if `units` is less than 1.

    Example:
    >>> metric = EmbeddingSpread(2)
    >>> metric.update_state([0, 1], [[1.0, 0.0], [0.0, 1.0]])
    >>> float(metric.result())
    0.5
    """

    def __init__(self, units: int, name: str = "embedding_spread", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        if units < 1:
            raise ValueError(
                f"EmbeddingSpread: units must be at least 1. Received {units}. Pass the size of an "
                "embedding."
            )
        self.units = units
        self.sum = self.add_variable((units,), "zeros", name="sum")
        self.squares = self.add_variable((), "zeros", name="squares")
        self.count = self.add_variable((), "zeros", name="count")

    def update_state(
        self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None
    ) -> None:
        """Adds the embeddings of a batch."""
        y_pred = ops.cast(y_pred, self.dtype)
        weight = ops.ones_like(y_pred[:, 0]) if sample_weight is None else sample_weight
        weight = ops.cast(weight, self.dtype)
        self.sum.assign_add(ops.matmul(weight, y_pred))
        self.squares.assign_add(ops.sum(weight[:, None] * ops.square(y_pred)))
        self.count.assign_add(ops.sum(weight))

    def result(self) -> Tensor:
        """Returns the spread; 0 without embeddings."""
        squares = ops.convert_to_tensor(self.squares)
        of_mean = ops.divide_no_nan(ops.sum(ops.square(self.sum)), self.count)
        return ops.where(squares > 0, 1 - ops.divide_no_nan(of_mean, squares), 0.0)

    def get_config(self) -> Config:
        """Returns the constructor arguments."""
        return {**super().get_config(), "units": self.units}
