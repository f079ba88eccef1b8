"""Pooling over the time steps that are not masked."""

from typing import Any, Literal

import keras
from keras import ops

from keras_dl.typing import Config, Shape, Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class MaskedPooling1D(keras.layers.Layer):
    """Mean or max pooling over the time steps that are not masked.

    The output for a sequence without a valid time step is 0. (`keras.layers.GlobalAveragePooling1D`
    returns NaN for it, and `GlobalMaxPooling1D` ignores masks.) Without a `mask` argument, the
    layer uses the Keras mask of `inputs`, if it has one. The mean is computed in float32 or better.

    Args:
        mode: `"mean"` or `"max"`.

    Call arguments:
        inputs: float `(batch, time, units)`.
        mask: bool `(batch, time)`. False where `inputs` is padding.

    Returns:
        float `(batch, units)`, in the compute dtype.

    Raises:
        ValueError: if `mode` is unknown, or shapes do not match.

    Example:
    >>> import numpy as np
    >>> inputs, mask = np.array([[[1.0], [3.0], [9.0]]]), np.array([[True, True, False]])
    >>> keras.ops.convert_to_numpy(MaskedPooling1D("mean")(inputs, mask=mask)).tolist()
    [[2.0]]
    """

    def __init__(self, mode: Literal["mean", "max"] = "mean", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if mode not in ("mean", "max"):
            raise ValueError(
                f"MaskedPooling1D: mode must be 'mean' or 'max'. Received mode {mode!r}. "
                "Choose one of them."
            )
        self.mode = mode
        self.built = True

    def call(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        _check_shape(inputs.shape)
        dtype = keras.backend.result_type(self.compute_dtype, "float32")
        inputs = ops.cast(inputs, dtype)
        mask = ops.ones_like(inputs[:, :, 0], "bool") if mask is None else mask
        mask = ops.expand_dims(mask, 2)
        count = ops.sum(ops.cast(mask, dtype), axis=1)
        if self.mode == "mean":
            total = ops.sum(ops.where(mask, inputs, 0.0), axis=1)
            pooled = total / ops.maximum(count, 1.0)
        else:
            highest = ops.max(ops.where(mask, inputs, -1e30), axis=1)
            pooled = ops.where(count > 0, highest, 0.0)
        return ops.cast(pooled, self.compute_dtype)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        _check_shape(input_shape)
        return input_shape[0], input_shape[2]

    def compute_mask(self, inputs: Tensor, mask: Tensor | None = None) -> None:
        return None

    def get_config(self) -> Config:
        return {**super().get_config(), "mode": self.mode}


def _check_shape(shape):
    if len(shape) != 3:
        raise ValueError(
            "MaskedPooling1D: inputs must have shape (batch, time, units). "
            f"Received inputs {tuple(shape)}. Pass one vector for each time step."
        )
