"""Prototypical loss: classification by the nearest class mean inside the batch."""

import keras
from keras import ops

from keras_dl.losses.batch_loss import BatchLoss
from keras_dl.losses.pairwise_distances import check_batch, squared_distances
from keras_dl.typing import Config, Tensor

_NO_PROTOTYPE = -1e9  # logit


@keras.saving.register_keras_serializable(package="keras_dl")
class PrototypicalLoss(BatchLoss):
    """Prototypical loss of embeddings, with classes formed inside the batch from the labels.

    The first `shots` images of each class in the batch are its support, whose mean is the prototype
    of the class. The other images are queries. The loss is the mean over the queries of
    `-log softmax(-|query - prototype|^2 / temperature)` at their own class, in nats.

    Batches must contain more than `shots` images of each of several classes; see
    `keras_dl.pipelines.class_batches`. In a batch without queries, the loss is 0.

    Args:
        shots: int, at least 1. Number of support images per class. Use the number of images per
            class that are known after training.
        temperature: float, above 0. Use about 0.1 for embeddings of length 1.
        name: str.
        dtype: str or policy. As in `keras.losses.Loss`.

    Call arguments:
        y_true: int `(batch,)`. Labels.
        y_pred: float `(batch, units)`. Embeddings.

    Raises:
        ValueError: if an argument is out of range, a shape is wrong, or there are sample weights.

    Example:
    >>> import numpy as np
    >>> loss = PrototypicalLoss()
    >>> labels, embeddings = np.array([5, 7, 5]), np.array([[0.0], [2.0], [1.0]])
    >>> round(float(loss(labels, embeddings)), 4)  # the query is between both: log 2
    0.6931

    Reference: Snell, Swersky & Zemel 2017, arXiv:1703.05175.
    """

    def __init__(
        self,
        shots: int = 1,
        temperature: float = 1.0,
        name: str = "prototypical_loss",
        dtype: str | keras.DTypePolicy | None = None,
    ) -> None:
        super().__init__(name, "mean", dtype=dtype)
        if shots < 1 or not temperature > 0:
            raise ValueError(
                "PrototypicalLoss: shots must be at least 1, and temperature above 0. Received "
                f"shots {shots!r}, temperature {temperature!r}. Use the defaults to begin with."
            )
        self.shots, self.temperature = shots, float(temperature)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Returns the loss of a batch, float32 `(1,)`."""
        labels, embeddings = check_batch("PrototypicalLoss", y_true, y_pred)
        same = labels[:, None] == labels[None]
        count = ops.shape(labels)[0]
        before = ops.sum(ops.cast(same & ops.tri(count, k=-1, dtype="bool"), "int32"), axis=1)
        is_support, is_first = before < self.shots, before == 0
        # Row i is the prototype of the class of image i; the first image of a class stands for it.
        supports = ops.cast(same & is_support[None], "float32")
        prototypes = ops.matmul(supports / ops.sum(supports, axis=1, keepdims=True), embeddings)
        logits = -squared_distances(embeddings, prototypes) / self.temperature
        logits = ops.where(is_first[None], logits, _NO_PROTOTYPE)
        own = ops.sum(ops.where(same & is_first[None], logits, 0.0), axis=1)
        losses = ops.where(is_support, 0.0, ops.logsumexp(logits, axis=1) - own)
        queries = ops.sum(ops.cast(~is_support, "float32"))
        # Keras shares a loss among devices only if it has an axis.
        return (ops.sum(losses) / ops.maximum(queries, 1.0))[None]

    def get_config(self) -> Config:
        """Returns the constructor arguments."""
        settings = {"shots": self.shots, "temperature": self.temperature}
        return {**super().get_config(), **settings}
