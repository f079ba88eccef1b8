"""Accuracy of whole sequences."""

from typing import Any

import keras
from keras import ops

from keras_dl.typing import Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class SequenceAccuracy(keras.metrics.Metric):
    """Fraction of the sequences in which every target token is the most probable token.

    For a model trained with teacher forcing, this equals the exact-match accuracy of greedy
    decoding: a decoded sequence is correct only if every target token is the most probable token.

    Call arguments (of `update_state`):
        y_true: int `(batch, time)`.
        y_pred: float `(batch, time, vocabulary)`. Logits or probabilities.
        sample_weight: float `(batch, time)` or None. Tokens of weight 0 are ignored.

    Example:
    >>> metric = SequenceAccuracy()
    >>> metric.update_state([[0, 1]], [[[2.0, 1.0], [0.0, 3.0]]])
    >>> float(metric.result())
    1.0
    """

    def __init__(self, name: str = "sequence_accuracy", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.right = self.add_variable((), initializer="zeros", name="right")
        self.count = self.add_variable((), initializer="zeros", name="count")

    def update_state(
        self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None
    ) -> None:
        """Adds one batch."""
        wrong = ops.cast(y_true, "int32") != ops.argmax(y_pred, axis=-1)
        if sample_weight is not None:
            wrong = ops.logical_and(wrong, ops.convert_to_tensor(sample_weight) != 0)
        right = ops.logical_not(ops.any(wrong, axis=-1))
        self.right.assign_add(ops.sum(ops.cast(right, self.dtype)))
        self.count.assign_add(ops.cast(ops.shape(right)[0], self.dtype))

    def result(self) -> Tensor:
        """Returns the fraction, 0 before the first batch."""
        return ops.divide_no_nan(self.right, self.count)
