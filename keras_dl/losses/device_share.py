"""A loss that a model computes itself, on several devices."""

import keras

from keras_dl.typing import Tensor


class _Given(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return y_pred


def device_share(loss: Tensor) -> Tensor:
    """Returns what one of several devices adds to a loss that `compute_loss` made.

    Devices add up their gradients, so Keras divides its losses by their number; this one too.

    Args:
        loss: float scalar.

    Returns:
        float32 scalar: the same on one device.
    """
    return _Given(name="given")(loss[None], loss[None])
