"""Colors as the networks of Caffe want them."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_dl.typing import Shape, Tensor

_MEAN = np.array([103.939, 116.779, 123.68], "float32")


@keras.saving.register_keras_serializable(package="keras_dl")
class CaffePreprocessing(keras.layers.Layer):
    """Turns RGB into BGR and takes the mean color of ImageNet away, without any scale.

    What VGG, ResNet and GoogLeNet were trained on: `keras.applications` calls it the mode "caffe".

    Call arguments:
        pixels: int or float `(..., 3)`, 0 to 255, red, green and blue.

    Returns:
        float `(..., 3)` in the compute dtype: blue, green and red, around 0.

    Raises:
        ValueError: if there are not three channels.

    Example:
    >>> CaffePreprocessing()(np.array([[255.0, 0.0, 0.0]])).numpy().round().tolist()
    [[-104.0, -117.0, 131.0]]
    """

    def __init__(self, **kwargs: Any) -> None:
        # In half precision 255 - 103.9 would lose a digit before the difference is taken.
        super().__init__(autocast=False, **kwargs)
        self.supports_masking = True

    def build(self, pixels_shape: Shape) -> None:
        if pixels_shape[-1] != 3:
            raise ValueError(
                "CaffePreprocessing: pixels must have 3 channels. Received shape "
                f"{tuple(pixels_shape)}. Turn gray images into three equal channels."
            )

    def call(self, pixels: Tensor) -> Tensor:
        centered = ops.flip(ops.cast(pixels, "float32"), axis=-1) - _MEAN
        return ops.cast(centered, self.compute_dtype)

    def compute_output_shape(self, pixels_shape: Shape) -> Shape:
        return tuple(pixels_shape)

    def compute_output_spec(self, pixels: keras.KerasTensor) -> keras.KerasTensor:
        return keras.KerasTensor(pixels.shape, self.compute_dtype)
