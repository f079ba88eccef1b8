"""Negative log-likelihood loss of tag sequences."""

import keras

from keras_dl.layers import linear_chain
from keras_dl.typing import Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class CRFLoss(keras.losses.Loss):
    """Negative log-likelihood of tag sequences, computed from the output of `layers.CRF`.

    The loss of a sequence is `-sum over t of log p(y(t) | y(t-1), emissions)`, in nats; the default
    reduction is the mean over sequences. The output of the layer encodes the mask: masked steps add
    nothing to the loss, and the loss of a fully masked sequence is 0. At valid steps, tags out of
    range are clipped to the nearest tag, because a graph cannot raise an error.

    Args:
        reduction: str or None. As in `keras.losses.Loss`.
        name: str.
        dtype: str or policy. As in `keras.losses.Loss`.

    Call arguments:
        y_true: int `(batch, time)`. The tags.
        y_pred: float `(batch, time, k, k)`. The output of `keras_dl.layers.CRF(k)`.

    Raises:
        ValueError: if a shape is wrong.

    Example:
    >>> import numpy as np
    >>> from keras_dl.layers import CRF
    >>> round(float(CRFLoss()(np.array([[0, 1]]), CRF(2)(np.zeros((1, 2, 2))))), 4)  # log 4
    1.3863
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "crf_loss",
        dtype: str | keras.DTypePolicy | None = None,
    ) -> None:
        super().__init__(reduction=reduction, name=name, dtype=dtype)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Returns the loss of each sequence, `(batch,)`."""
        tags, chain = tuple(y_true.shape), tuple(y_pred.shape)
        right = len(tags) == 2 and len(chain) == 4 and chain[2] == chain[3]
        if not right or not linear_chain.may_be_equal(tags, chain[:2]):
            raise ValueError(
                "CRFLoss: y_true must have shape (batch, time) and y_pred (batch, time, k, k). "
                f"Received y_true {tags}, y_pred {chain}. "
                "Use CRF as the last layer of the model and pass one tag for each step."
            )
        return -linear_chain.path_log_probability(y_pred, y_true)
