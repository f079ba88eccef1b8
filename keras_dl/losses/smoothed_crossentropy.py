"""Cross-entropy with label smoothing, for integer targets."""

import keras
from keras import ops

from keras_dl.typing import Config, Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class SmoothedCrossentropy(keras.losses.Loss):
    """Cross-entropy of integer targets with label smoothing, computed from logits.

    The target distribution over k classes is `1 - a + a / k` for the target y and `a / k` for the
    others, so the loss is `-(1 - a) log p(y) - a / k * sum over classes of log p`, in nats, as in
    `keras.losses.CategoricalCrossentropy` for one-hot targets.

    Args:
        label_smoothing: float, at least 0 and below 1. With 0, the loss is the plain cross-entropy.
        reduction: str or None. As in `keras.losses.Loss`. The default is the mean over the elements
            with their sample weights, so padding with weight 0 does not count.
        name: str.
        dtype: str or policy. As in `keras.losses.Loss`.

    Call arguments:
        y_true: int `(batch, ...)`. The targets.
        y_pred: float `(batch, ..., k)`. The logits.

    Raises:
        ValueError: if `label_smoothing` is out of range.

    Example:
    >>> import numpy as np
    >>> round(float(SmoothedCrossentropy(0.1)(np.array([1]), np.zeros((1, 2)))), 4)  # log 2
    0.6931

    Reference: Szegedy et al. 2016, arXiv:1512.00567, section 7.
    """

    def __init__(
        self,
        label_smoothing: float = 0.1,
        reduction: str | None = "mean_with_sample_weight",
        name: str = "smoothed_crossentropy",
        dtype: str | keras.DTypePolicy | None = None,
    ) -> None:
        super().__init__(reduction=reduction, name=name, dtype=dtype)
        if not 0 <= label_smoothing < 1:
            raise ValueError(
                "SmoothedCrossentropy: label_smoothing must be at least 0 and below 1. Received "
                f"{label_smoothing!r}. Use a value such as 0.1."
            )
        self.label_smoothing = label_smoothing

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Returns the loss of each element, `(batch, ...)`."""
        classes = y_pred.shape[-1]
        targets = ops.one_hot(ops.cast(y_true, "int32"), classes, dtype=y_pred.dtype)
        # A dense target costs less time than the gradients of picking and averaging logits.
        targets = (1 - self.label_smoothing) * targets + self.label_smoothing / classes
        return ops.categorical_crossentropy(targets, y_pred, from_logits=True)

    def get_config(self) -> Config:
        """Returns the constructor arguments."""
        return {**super().get_config(), "label_smoothing": self.label_smoothing}
