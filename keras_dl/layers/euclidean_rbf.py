"""How near a vector is to the codes of classes."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_dl.typing import Config, Shape, Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class EuclideanRBF(keras.layers.Layer):
    """Scores `-||x - code||^2 / 2` of fixed codes: the radial basis units of LeNet-5.

    The smaller the distance the larger the score, so that they are logits: with a softmax on them
    each class is a Gaussian around its code.

    Args:
        codes: float `(num_classes, units)`. They are not trained.

    Call arguments:
        values: float `(batch, units)`.

    Returns:
        float32 `(batch, num_classes)`.

    Raises:
        ValueError: if the codes are no matrix, or the values have another size.

    Reference: LeCun et al. 1998, "Gradient-Based Learning Applied to Document Recognition",
    equation 7.
    """

    def __init__(self, codes: Tensor, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.codes = np.asarray(codes, "float32")
        if self.codes.ndim != 2:
            raise ValueError(
                "EuclideanRBF: codes must have shape (num_classes, units). Received shape "
                f"{self.codes.shape}. Give one row for each class."
            )

    def build(self, values_shape: Shape) -> None:
        if values_shape[-1] != self.codes.shape[1]:
            raise ValueError(
                f"EuclideanRBF: values must have {self.codes.shape[1]} units, as the codes. "
                f"Received shape {tuple(values_shape)}. Change the layer below."
            )

    def call(self, values: Tensor) -> Tensor:
        apart = ops.cast(values, "float32")[:, None] - self.codes
        return -ops.sum(ops.square(apart), axis=-1) / 2

    def compute_output_shape(self, values_shape: Shape) -> Shape:
        return values_shape[0], self.codes.shape[0]

    def compute_output_spec(self, values: keras.KerasTensor) -> keras.KerasTensor:
        return keras.KerasTensor(self.compute_output_shape(values.shape), "float32")

    def get_config(self) -> Config:
        return {**super().get_config(), "codes": self.codes.tolist()}
