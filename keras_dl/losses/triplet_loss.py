"""Triplet loss, with mining inside the batch."""

from typing import Any, Literal, TypeAlias

import keras
from keras import ops

from keras_dl.losses.batch_loss import BatchLoss
from keras_dl.losses.pairwise_distances import check_batch, distances
from keras_dl.typing import Config, Tensor

Mining: TypeAlias = Literal["all", "hard", "semi_hard"]
"""Which triplets of a batch count."""

_REDUCTIONS = ("mean", "mean_of_nonzero", "sum")
_MINING = ("all", "hard", "semi_hard")


@keras.saving.register_keras_serializable(package="keras_dl")
class TripletLoss(BatchLoss):
    """Triplet loss of embeddings, with triplets formed inside the batch from the labels.

    A triplet has an anchor a, a positive p with the same label and a negative n with another label.
    Its loss is `max(|a - p| - |a - n| + margin, 0)`, with Euclidean distances that are not squared.

    Batches must contain several images of each of several classes; see
    `keras_dl.pipelines.class_batches`. In a batch without triplets, the loss is 0. The gradient is
    finite also where two embeddings are equal. Except with `"hard"`, memory grows with the third
    power of the batch size.

    Args:
        margin: float, above 0. If the embeddings have length 1, distances are at most 2.
        mining: `"all"` uses all triplets. `"hard"` uses one triplet for each anchor: its farthest
            positive and its nearest negative. `"semi_hard"` uses all triplets whose negative is
            farther than the positive, by less than the margin. If all embeddings are equal, there
            are none, and the loss is 0.
        reduction: `"mean_of_nonzero"` is the mean over the triplets whose loss is not 0, `"mean"`
            is the mean over all triplets that `mining` uses, and `"sum"` is their sum.
        name: str.
        dtype: str or policy. As in `keras.losses.Loss`.

    Call arguments:
        y_true: int `(batch,)`. Labels.
        y_pred: float `(batch, units)`. Embeddings.

    Raises:
        ValueError: if an argument is out of range, a shape is wrong, or there are sample weights.

    Example:
    >>> import numpy as np
    >>> loss = TripletLoss(margin=1.0, mining="hard")
    >>> float(loss(np.array([0, 0, 1]), np.array([[0.0], [1.0], [3.0]])))  # of 1 - 2 + 1, 1 - 3 + 1
    0.0

    Reference: Schroff, Kalenichenko & Philbin 2015, arXiv:1503.03832, with squared distances;
    Hermans, Beyer & Leibe 2017, arXiv:1703.07737 (`"hard"`, and the mean of nonzero triplets).
    """

    def __init__(
        self,
        margin: float = 0.2,
        mining: Mining = "semi_hard",
        reduction: Literal["mean_of_nonzero", "mean", "sum"] = "mean_of_nonzero",
        name: str = "triplet_loss",
        dtype: str | keras.DTypePolicy | None = None,
    ) -> None:
        super().__init__(name, "sum" if reduction == "sum" else "mean", dtype=dtype)
        if not margin > 0:
            raise ValueError(
                f"TripletLoss: margin must be above 0. Received {margin!r}. Use 0.2, for instance."
            )
        if mining not in _MINING or reduction not in _REDUCTIONS:
            raise ValueError(
                f"TripletLoss: mining must be one of {_MINING}, and reduction one of "
                f"{_REDUCTIONS}. Received mining {mining!r}, reduction {reduction!r}. Choose one "
                "of them."
            )
        self.margin, self.mining, self._over = float(margin), mining, reduction

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Returns the loss of a batch, float32 `(1,)`."""
        labels, embeddings = check_batch("TripletLoss", y_true, y_pred)
        apart = distances(embeddings, embeddings)
        same = labels[:, None] == labels[None]
        itself = ops.eye(ops.shape(labels)[0], dtype="bool")
        positive, negative = same & ~itself, ~same
        mine = _hardest if self.mining == "hard" else _each
        differences, counts = mine(apart, positive, negative)
        if self.mining == "semi_hard":
            counts = counts & (differences < 0) & (differences > -self.margin)
        losses = ops.where(counts, ops.relu(differences + self.margin), 0.0)
        loss = ops.sum(losses)
        if self._over != "sum":
            counts = losses > 0 if self._over == "mean_of_nonzero" else counts
            loss = loss / ops.maximum(ops.sum(ops.cast(counts, "float32")), 1.0)
        return loss[None]  # Keras shares a loss among devices only if it has an axis

    def get_config(self) -> Config:
        """Returns the constructor arguments."""
        config: dict[str, Any] = {"margin": self.margin, "mining": self.mining}
        return {**super().get_config(), **config, "reduction": self._over}


def _each(apart, positive, negative):
    """Returns `|a - p| - |a - n|` of all triplets, and which exist: `(batch, batch, batch)`."""
    return apart[:, :, None] - apart[:, None], positive[:, :, None] & negative[:, None]


def _hardest(apart, positive, negative):
    """Returns `|a - p| - |a - n|` of the hardest triplet of each anchor, and which exist."""
    farthest = ops.max(ops.where(positive, apart, -1.0), axis=1)
    largest = ops.max(apart) + 1
    nearest = ops.min(ops.where(negative, apart, largest), axis=1)
    exists = ops.any(positive, axis=1) & ops.any(negative, axis=1)
    return ops.where(exists, farthest - nearest, 0.0), exists
