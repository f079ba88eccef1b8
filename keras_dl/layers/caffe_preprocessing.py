"""Image preprocessing of Caffe models: centered BGR channels."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_dl.typing import Shape, Tensor

_MEAN = np.array([103.939, 116.779, 123.68], "float32")


@keras.saving.register_keras_serializable(package="keras_dl")
class CaffePreprocessing(keras.layers.Layer):
    """Converts RGB to BGR and subtracts the mean color of ImageNet, without scaling.

    VGG, ResNet and GoogLeNet were trained on images preprocessed in this way. `keras.applications`
    calls this preprocessing mode `"caffe"`.

    Call arguments:
        inputs: int or float `(..., 3)`, from 0 to 255, in the order red, green, blue.

    Returns:
        float `(..., 3)` in the compute dtype, in the order blue, green, red, centered near 0.

    Raises:
        ValueError: if `inputs` does not have three channels.

    Example:
    >>> CaffePreprocessing()(np.array([[255.0, 0.0, 0.0]])).numpy().round().tolist()
    [[-104.0, -117.0, 131.0]]
    """

    def __init__(self, **kwargs: Any) -> None:
        # Inputs cast to half precision would lose a digit in the subtraction.
        super().__init__(autocast=False, **kwargs)
        self.supports_masking = True

    def build(self, input_shape: Shape) -> None:
        if input_shape[-1] != 3:
            raise ValueError(
                "CaffePreprocessing: inputs must have 3 channels. Received shape "
                f"{tuple(input_shape)}. Repeat the channel of gray images three times."
            )

    def call(self, inputs: Tensor) -> Tensor:
        centered = ops.flip(ops.cast(inputs, "float32"), axis=-1) - _MEAN
        return ops.cast(centered, self.compute_dtype)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return tuple(input_shape)

    def compute_output_spec(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        return keras.KerasTensor(inputs.shape, self.compute_dtype)
