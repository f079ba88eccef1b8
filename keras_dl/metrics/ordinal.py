"""Metrics for ordinal classes, such as star ratings."""

from typing import Any

import keras
from keras import ops

from keras_dl.metrics.float64_ratio import as_exact_float
from keras_dl.typing import Config, Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class OrdinalMeanAbsoluteError(keras.metrics.Mean):
    """Mean absolute difference between the indices of the most probable and the true class.

    Call arguments (of `update_state`):
        y_true: int `(batch,)` or `(batch, 1)`. Class indices that follow the order of the classes.
        y_pred: float `(batch, k)`. Logits or probabilities.
        sample_weight: float `(batch,)` or None.

    Example:
    >>> metric = OrdinalMeanAbsoluteError()
    >>> metric.update_state([0, 2], [[0.1, 0.2, 0.7], [0.1, 0.2, 0.7]])
    >>> float(metric.result())
    1.0
    """

    def __init__(self, name: str = "ordinal_mean_absolute_error", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)

    def update_state(
        self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None
    ) -> None:
        """Adds one batch."""
        true, predicted = _classes(y_true, y_pred)
        super().update_state(ops.abs(true - predicted), sample_weight)


@keras.saving.register_keras_serializable(package="keras_dl")
class QuadraticWeightedKappa(keras.metrics.Metric):
    """Quadratic weighted kappa: agreement beyond chance between predicted and true classes.

    `1 - sum (i-j)^2 n(i,j) / sum (i-j)^2 e(i,j)`, where n is the confusion matrix and e the
    expected matrix with the same row and column sums if both classes were independent. 1 is full
    agreement and 0 is agreement by chance. The result is also 0 where the formula is undefined,
    because only one class occurs or there are no examples.

    Equals `sklearn.metrics.cohen_kappa_score(weights="quadratic")` where that is defined.

    Args:
        num_classes: int. Number of classes, k.

    Call arguments (of `update_state`):
        y_true: int `(batch,)` or `(batch, 1)`. Class indices that follow the order of the classes.
        y_pred: float `(batch, k)`. Logits or probabilities.
        sample_weight: float `(batch,)` or None.

    Raises:
        ValueError: if `num_classes` is less than 2, or `y_pred` does not have one score for each
            class.

    Example:
    >>> metric = QuadraticWeightedKappa(2)
    >>> metric.update_state([0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    >>> round(float(metric.result()), 4)
    0.4

    Reference: Cohen 1968, "Weighted kappa", Psychological Bulletin 70(4).
    """

    def __init__(
        self, num_classes: int, name: str = "quadratic_weighted_kappa", **kwargs: Any
    ) -> None:
        super().__init__(name=name, **kwargs)
        if num_classes < 2:
            raise ValueError(
                "QuadraticWeightedKappa: num_classes must be at least 2. Received num_classes "
                f"{num_classes}. Pass the number of different classes."
            )
        self.num_classes = num_classes
        shape = (num_classes, num_classes)
        self.table = self.add_variable(shape, initializer="zeros", name="table")

    def update_state(
        self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None
    ) -> None:
        """Adds one batch."""
        true, predicted = _classes(y_true, y_pred, self.num_classes)
        rows = ops.one_hot(true, self.num_classes, dtype=self.dtype)
        columns = ops.one_hot(predicted, self.num_classes, dtype=self.dtype)
        if sample_weight is not None:
            rows = rows * ops.reshape(ops.cast(sample_weight, self.dtype), (-1, 1))
        self.table.assign_add(ops.sum(rows[:, :, None] * columns[:, None], axis=0))

    def result(self) -> Tensor:
        """Returns kappa."""
        table = as_exact_float(self.table)
        index = ops.cast(ops.arange(self.num_classes), table.dtype)
        distance = ops.square(index[:, None] - index[None])
        rows, columns = ops.sum(table, axis=1), ops.sum(table, axis=0)
        expected = ops.divide_no_nan(rows[:, None] * columns[None], ops.sum(table))
        observed, by_chance = ops.sum(distance * table), ops.sum(distance * expected)
        return ops.where(by_chance > 0, 1 - ops.divide_no_nan(observed, by_chance), 0.0)

    def get_config(self) -> Config:
        """Returns the constructor arguments."""
        return {**super().get_config(), "num_classes": self.num_classes}


def _classes(y_true, y_pred, num_classes=None):
    """Returns true and predicted classes, int32 `(batch,)`."""
    y_pred = ops.convert_to_tensor(y_pred)
    if len(y_pred.shape) != 2 or (num_classes or y_pred.shape[1]) != y_pred.shape[1]:
        raise ValueError(
            f"y_pred must have shape (batch, {num_classes or 'k'}). Received y_pred "
            f"{tuple(y_pred.shape)}. Pass one score for each class."
        )
    predicted = ops.cast(ops.argmax(y_pred, axis=-1), "int32")
    # With shape (batch, 1), true classes would be compared with the predictions of all rows.
    return ops.reshape(ops.cast(y_true, "int32"), ops.shape(predicted)), predicted
