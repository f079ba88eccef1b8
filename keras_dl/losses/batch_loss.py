"""Base class of losses that compare the examples of a batch with each other."""

import keras

from keras_dl.typing import Config, Tensor


class BatchLoss(keras.losses.Loss):
    """Loss of a batch of embeddings, which refuses sample weights.

    Each term of the loss has several examples, so a weight for each example has no meaning.

    Raises:
        ValueError: when the loss is called with sample weights.
    """

    def __call__(
        self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None
    ) -> Tensor:
        """Returns the loss of a batch."""
        if sample_weight is not None:
            raise ValueError(
                f"{type(self).__name__}: there must be no sample weights, because it compares "
                "examples with each other. Received sample weights. Leave them out."
            )
        return super().__call__(y_true, y_pred)

    def get_config(self) -> Config:
        """Returns the constructor arguments that all these losses have."""
        config = super().get_config()
        del config["reduction"]
        return config
