"""Normalized temperature-scaled cross-entropy of all pairs of a batch."""

import keras
from keras import ops

from keras_dl.losses.batch_loss import BatchLoss
from keras_dl.losses.pairwise_distances import check_batch
from keras_dl.typing import Config, Tensor

_NO_NEGATIVE = -1e9  # logit


@keras.saving.register_keras_serializable(package="keras_dl")
class NTXentLoss(BatchLoss):
    """Normalized temperature-scaled cross-entropy of embeddings, with pairs from the labels.

    For each ordered pair of different images of the same class, the positive is to be told apart
    from all images of other classes. With s the product of two embeddings divided by the
    temperature, the loss of a pair of an anchor a and a positive p is
    `-log(exp(s(a, p)) / (exp(s(a, p)) + sum(exp(s(a, n)))))`, where n are all images of other
    classes. The loss is the mean over all pairs, in nats.

    Each image is an anchor, so a batch says more than with `PrototypicalLoss`. Batches must contain
    several images of each of several classes; see `keras_dl.pipelines.class_batches`. In a batch
    without pairs, the loss is 0.

    Args:
        temperature: float, above 0.
        name: str.
        dtype: str or policy. As in `keras.losses.Loss`.

    Call arguments:
        y_true: int `(batch,)`. Labels.
        y_pred: float `(batch, units)`. Embeddings of length 1, which are not scaled again.

    Raises:
        ValueError: if an argument is out of range, a shape is wrong, or there are sample weights.

    Example:
    >>> import numpy as np
    >>> loss = NTXentLoss(temperature=1.0)
    >>> labels, embeddings = np.array([5, 5, 7]), np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    >>> round(float(loss(labels, embeddings)), 4)  # all are equal: log 2
    0.6931

    Reference: Sohn 2016, "Improved Deep Metric Learning with Multi-class N-pair Loss Objective";
    Chen et al. 2020, arXiv:2002.05709 (SimCLR), where a class has two images.
    """

    def __init__(
        self,
        temperature: float = 0.07,
        name: str = "nt_xent_loss",
        dtype: str | keras.DTypePolicy | None = None,
    ) -> None:
        super().__init__(name, "mean", dtype=dtype)
        if not temperature > 0:
            raise ValueError(
                f"NTXentLoss: temperature must be above 0. Received {temperature!r}. Use 0.07, for "
                "instance."
            )
        self.temperature = float(temperature)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Returns the loss of a batch, float32 `(1,)`."""
        labels, embeddings = check_batch("NTXentLoss", y_true, y_pred)
        logits = ops.matmul(embeddings, ops.transpose(embeddings)) / self.temperature
        same = labels[:, None] == labels[None]
        pairs = ops.cast(same & ~ops.eye(ops.shape(labels)[0], dtype="bool"), "float32")
        others = ops.logsumexp(ops.where(same, _NO_NEGATIVE, logits), axis=1, keepdims=True)
        total = ops.sum(pairs * ops.softplus(others - logits))
        # Keras shares a loss among devices only if it has an axis.
        return (total / ops.maximum(ops.sum(pairs), 1.0))[None]

    def get_config(self) -> Config:
        """Returns the constructor arguments."""
        return {**super().get_config(), "temperature": self.temperature}
