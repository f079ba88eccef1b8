"""Convolution in which each filter has its own list of input channels, as in LeNet-5."""

from collections.abc import Sequence
from typing import Any, cast

import keras
import numpy as np
from keras import ops

from keras_dl.typing import Config, Initializer, Regularizer, Shape, Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class PartiallyConnectedConv2D(keras.layers.Layer):
    """2D convolution (valid, stride 1) in which each filter has its own list of input channels.

    Args:
        connections: list of lists of ints. The input channels of each output channel.
        kernel_size: int. Height and width of the kernels.
        kernel_initializer: initializer of the kernel, `(kernel_size, kernel_size, connections)`, or
            None for the uniform distribution of the paper, within 2.4 divided by the mean number of
            inputs of a filter.
        bias_initializer: initializer of the bias.
        kernel_regularizer: regularizer of the kernel, or None.
        bias_regularizer: regularizer of the bias, or None.

    Call arguments:
        inputs: float `(batch, height, width, channels)`.

    Returns:
        float `(batch, height - kernel_size + 1, width - kernel_size + 1, len(connections))`.

    Raises:
        ValueError: if there is no list of channels, a list is empty, has duplicates or has a
            channel out of range, or `kernel_size` is not positive.

    Reference: LeCun et al. 1998, "Gradient-Based Learning Applied to Document Recognition",
    section II.B, table I.
    """

    def __init__(
        self,
        connections: Sequence[Sequence[int]],
        kernel_size: int,
        kernel_initializer: Initializer | None = None,
        bias_initializer: Initializer = "zeros",
        kernel_regularizer: Regularizer | None = None,
        bias_regularizer: Regularizer | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not connections or kernel_size < 1:
            raise ValueError(
                "PartiallyConnectedConv2D: connections must have at least one entry, and "
                f"kernel_size must be positive. Received {len(connections)} entries, kernel_size "
                f"{kernel_size}. Pass one list of input channels for each output channel."
            )
        self.connections = [sorted(map(int, each)) for each in connections]
        self.kernel_size = kernel_size
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.bias_regularizer = keras.regularizers.get(bias_regularizer)
        for each in self.connections:
            if not each or len(set(each)) < len(each) or each[0] < 0:
                raise ValueError(
                    "PartiallyConnectedConv2D: each entry of connections must be a nonempty list "
                    f"of distinct channel indices, at least 0. Received {each}. Remove indices "
                    "that are negative or occur twice."
                )

    def build(self, input_shape: Shape) -> None:
        channels = cast(int, input_shape[-1])
        if max(map(max, self.connections)) >= channels:
            raise ValueError(
                f"PartiallyConnectedConv2D: connections must be below {channels}, the number of "
                f"input channels. Received {max(map(max, self.connections))}. Use more channels in "
                "the previous layer."
            )
        pairs = [(seen, out) for out, each in enumerate(self.connections) for seen in each]
        # One row per connection, one column per pair of channels: scatters the kernels.
        self._connected = np.zeros((len(pairs), channels * len(self.connections)), "float32")
        for row, (seen, out) in enumerate(pairs):
            self._connected[row, seen * len(self.connections) + out] = 1
        fan_in = self.kernel_size**2 * len(pairs) / len(self.connections)
        limit = 2.4 / fan_in
        self.kernel = self.add_weight(
            (self.kernel_size, self.kernel_size, len(pairs)),
            self.kernel_initializer or keras.initializers.RandomUniform(-limit, limit),
            regularizer=self.kernel_regularizer,
            name="kernel",
        )
        self.bias = self.add_weight(
            (len(self.connections),),
            self.bias_initializer,
            regularizer=self.bias_regularizer,
            name="bias",
        )

    def call(self, inputs: Tensor) -> Tensor:
        connected = ops.cast(self._connected, self.compute_dtype)
        shape = (self.kernel_size, self.kernel_size, -1, len(self.connections))
        kernel = ops.reshape(ops.matmul(self.kernel, connected), shape)
        return ops.conv(inputs, kernel, data_format="channels_last") + self.bias

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        batch, height, width, _ = input_shape
        sides = (side and side - self.kernel_size + 1 for side in (height, width))
        return batch, *sides, len(self.connections)

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "connections": self.connections,
            "kernel_size": self.kernel_size,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
            "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer),
            "bias_regularizer": keras.regularizers.serialize(self.bias_regularizer),
        }
