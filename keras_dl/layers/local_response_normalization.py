"""Local response normalization across channels."""

from typing import Any

import keras
from keras import ops

from keras_dl.typing import Config, Shape, Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class LocalResponseNormalization(keras.layers.Layer):
    """Local response normalization: divides activations by a norm over neighboring channels.

    `b_i = a_i / (bias + alpha * sum_j a_j^2) ** beta`, where the sum is over the `depth` channels
    around `i`, or fewer near the first and last channel.

    Args:
        depth: int. Number of channels in the sum, including the channel itself; odd.
        bias, alpha, beta: float. Constants of the formula above.

    Call arguments:
        inputs: float `(..., channels)`.

    Returns:
        float of the same shape, in the compute dtype.

    Raises:
        ValueError: if `depth` is not odd and positive, or `bias` is not positive.

    Reference: Krizhevsky et al. 2012, "ImageNet Classification with Deep Convolutional Neural
    Networks", section 3.3. Caffe divides `alpha` by `depth`; the paper, and this layer, do not.
    """

    def __init__(
        self,
        depth: int = 5,
        bias: float = 2.0,
        alpha: float = 1e-4,
        beta: float = 0.75,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if depth < 1 or depth % 2 == 0 or bias <= 0:
            raise ValueError(
                "LocalResponseNormalization: depth must be odd and positive, and bias positive. "
                f"Received depth {depth}, bias {bias}. Use depth 5 and bias 2, as in the paper."
            )
        self.depth = depth
        self.bias = bias
        self.alpha = alpha
        self.beta = beta
        self.supports_masking = True

    def call(self, inputs: Tensor) -> Tensor:
        exact = ops.cast(inputs, "float32")  # squares easily overflow half precision
        rank, channels = len(exact.shape), exact.shape[-1]
        half = self.depth // 2
        squares = ops.pad(ops.square(exact), [(0, 0)] * (rank - 1) + [(half, half)])
        total = sum(squares[..., each : each + channels] for each in range(self.depth))
        return ops.cast(exact / (self.bias + self.alpha * total) ** self.beta, self.compute_dtype)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return tuple(input_shape)

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "depth": self.depth,
            "bias": self.bias,
            "alpha": self.alpha,
            "beta": self.beta,
        }
