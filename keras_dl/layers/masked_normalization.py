"""Normalization over the time steps that are not masked."""

from typing import Any

import keras
from keras import ops

from keras_dl.typing import Config, Shape, Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class MaskedNormalization(keras.layers.Layer):
    """Gives each channel of each sequence mean 0 and variance 1 over its own time steps.

    `(x - mean) / sqrt(variance + epsilon)`, where mean and variance are over the time steps that
    are not masked. Masked time steps become 0. So a sequence in a padded batch gives what it gives
    without padding. The computation is in float32 or better.

    Args:
        epsilon: float. Added to the variance: a constant channel becomes 0.

    Call arguments:
        inputs: float `(batch, time, channels)`.
        mask: bool `(batch, time)`. False where `inputs` is padding. Without it, the layer uses the
            Keras mask of `inputs`, if it has one.

    Returns:
        float `(batch, time, channels)`, in the compute dtype.

    Raises:
        ValueError: if `epsilon` is not positive, or `inputs` has another shape.

    Example:
    >>> import numpy as np
    >>> inputs, mask = np.array([[[1.0], [3.0], [9.0]]]), np.array([[True, True, False]])
    >>> MaskedNormalization(1e-9)(inputs, mask=mask).numpy().round(3).ravel().tolist()
    [-1.0, 1.0, 0.0]

    Reference: Atal 1974, "Effectiveness of linear prediction characteristics of the speech wave for
    automatic speaker identification and verification", which subtracts the mean of cepstra over
    time.
    """

    def __init__(self, epsilon: float = 1e-3, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not epsilon > 0:
            raise ValueError(
                f"MaskedNormalization: epsilon must be positive. Received epsilon {epsilon}. Use "
                "1e-3."
            )
        self.epsilon = epsilon
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        _check_shape(inputs.shape)
        dtype = keras.backend.result_type(self.compute_dtype, "float32")
        inputs = ops.cast(inputs, dtype)
        mask = ops.ones_like(inputs[:, :, 0], "bool") if mask is None else mask
        mask = ops.expand_dims(mask, 2)
        count = ops.maximum(ops.sum(ops.cast(mask, dtype), axis=1, keepdims=True), 1.0)

        def mean(values):
            return ops.sum(ops.where(mask, values, 0.0), axis=1, keepdims=True) / count

        centered = ops.where(mask, inputs - mean(inputs), 0.0)
        scale = ops.rsqrt(mean(ops.square(centered)) + self.epsilon)
        return ops.cast(centered * scale, self.compute_dtype)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        _check_shape(input_shape)
        return input_shape

    def get_config(self) -> Config:
        return {**super().get_config(), "epsilon": self.epsilon}


def _check_shape(shape):
    if len(shape) != 3:
        raise ValueError(
            "MaskedNormalization: inputs must have shape (batch, time, channels). Received inputs "
            f"{tuple(shape)}. Pass one vector for each time step."
        )
