"""Scaling of custom losses for training on several devices."""

import keras

from keras_dl.typing import Tensor


class _Given(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return y_pred


def device_share(loss: Tensor) -> Tensor:
    """Scales a loss from `compute_loss` for training on several devices.

    Devices sum their gradients, so Keras divides its losses by the number of devices. This function
    does the same for other losses.

    Args:
        loss: float scalar.

    Returns:
        float32 scalar; on one device, the loss itself.
    """
    return _Given(name="given")(loss[None], loss[None])
