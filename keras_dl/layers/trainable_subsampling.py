"""Subsampling layer of LeNet-5."""

from typing import Any

import keras
from keras import ops

from keras_dl.typing import Config, Initializer, Regularizer, Shape, Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class TrainableSubsampling2D(keras.layers.Layer):
    """Sums each block of values, then applies a trainable scale and bias for each channel.

    Args:
        pool_size: int. Height and width of a block. Blocks do not overlap; incomplete blocks at the
            edge are dropped.
        coefficient_initializer: initializer of the scale of each channel. With None, the scale
            starts at `1 / pool_size**2`, so that the layer starts as average pooling.
        bias_initializer: initializer of the bias.
        coefficient_regularizer: regularizer of the scale, or None.
        bias_regularizer: regularizer of the bias, or None.

    Call arguments:
        inputs: float `(batch, height, width, channels)`.

    Returns:
        float `(batch, height // pool_size, width // pool_size, channels)`.

    Raises:
        ValueError: if `pool_size` is not positive.

    Reference: LeCun et al. 1998, "Gradient-Based Learning Applied to Document Recognition",
    section II.B (layers S2 and S4), without the squashing function.
    """

    def __init__(
        self,
        pool_size: int = 2,
        coefficient_initializer: Initializer | None = None,
        bias_initializer: Initializer = "zeros",
        coefficient_regularizer: Regularizer | None = None,
        bias_regularizer: Regularizer | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if pool_size < 1:
            raise ValueError(
                f"TrainableSubsampling2D: pool_size must be positive. Received pool_size "
                f"{pool_size}. Use 2, as in LeNet-5."
            )
        self.pool_size = pool_size
        self.coefficient_initializer = keras.initializers.get(coefficient_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.coefficient_regularizer = keras.regularizers.get(coefficient_regularizer)
        self.bias_regularizer = keras.regularizers.get(bias_regularizer)

    def build(self, input_shape: Shape) -> None:
        channels = (input_shape[-1],)
        mean = keras.initializers.Constant(1 / self.pool_size**2)
        self.coefficient = self.add_weight(
            channels,
            self.coefficient_initializer or mean,
            regularizer=self.coefficient_regularizer,
            name="coefficient",
        )
        self.bias = self.add_weight(
            channels, self.bias_initializer, regularizer=self.bias_regularizer, name="bias"
        )

    def call(self, inputs: Tensor) -> Tensor:
        block = (self.pool_size, self.pool_size)
        means = ops.average_pool(inputs, block, block, data_format="channels_last")
        return means * (self.pool_size**2 * self.coefficient) + self.bias

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        batch, height, width, channels = input_shape
        sides = (side and side // self.pool_size for side in (height, width))
        return batch, *sides, channels

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "pool_size": self.pool_size,
            "coefficient_initializer": keras.initializers.serialize(self.coefficient_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
            "coefficient_regularizer": keras.regularizers.serialize(self.coefficient_regularizer),
            "bias_regularizer": keras.regularizers.serialize(self.bias_regularizer),
        }
