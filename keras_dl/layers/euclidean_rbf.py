"""Radial basis function layer of LeNet-5."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_dl.typing import Config, Shape, Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class EuclideanRBF(keras.layers.Layer):
    """Computes the logits `-||x - code||^2 / 2` of fixed class codes: the RBF units of LeNet-5.

    The logit of a class is larger the closer `x` is to its code. With a softmax, each class is a
    Gaussian around its code.

    Args:
        codes: float `(num_classes, units)`. One fixed vector for each class; not trained.

    Call arguments:
        inputs: float `(..., units)`.

    Returns:
        float32 `(..., num_classes)`.

    Raises:
        ValueError: if `codes` is not a matrix, or `inputs` has a different number of units.

    Reference: LeCun et al. 1998, "Gradient-Based Learning Applied to Document Recognition",
    equation 7.
    """

    def __init__(self, codes: Tensor, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.codes = np.asarray(codes, "float32")
        if self.codes.ndim != 2:
            raise ValueError(
                "EuclideanRBF: codes must have shape (num_classes, units). Received shape "
                f"{self.codes.shape}. Pass one row for each class."
            )

    def build(self, input_shape: Shape) -> None:
        if input_shape[-1] != self.codes.shape[1]:
            raise ValueError(
                f"EuclideanRBF: inputs must have {self.codes.shape[1]} units, as the codes do. "
                f"Received shape {tuple(input_shape)}. Change the units of the previous layer."
            )

    def call(self, inputs: Tensor) -> Tensor:
        apart = ops.cast(inputs, "float32")[..., None, :] - self.codes
        return -ops.sum(ops.square(apart), axis=-1) / 2

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return *input_shape[:-1], self.codes.shape[0]

    def compute_output_spec(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        return keras.KerasTensor(self.compute_output_shape(inputs.shape), "float32")

    def get_config(self) -> Config:
        return {**super().get_config(), "codes": self.codes.tolist()}
