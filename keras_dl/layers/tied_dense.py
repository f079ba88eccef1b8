"""Dense layer with the transposed kernel of another layer."""

from collections.abc import Callable
from typing import Any, Self

import keras
from keras import ops

from keras_dl.typing import Config, Initializer, Regularizer, Shape, Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class TiedDense(keras.layers.Layer):
    """Dense layer with the transposed kernel of another layer: `activation(x W' + bias)`.

    The layer owns only its bias. It shares the kernel variable of the other layer. Training, saving
    and loading keep it shared. `keras.models.clone_model` copies layer by layer and therefore
    unties the two layers, as it does with all layers that refer to another one.

    Args:
        tied_to: `keras.layers.Dense`, or another built layer with a `kernel` `(inputs, units)`.
        activation: name or function of Keras, or None.
        use_bias: bool. Whether to add a bias.
        bias_initializer: initializer of the bias.
        bias_regularizer: regularizer of the bias, or None.

    Call arguments:
        inputs: float `(batch, ..., units)`, with the size of the outputs of `tied_to`.

    Returns:
        float `(batch, ..., inputs)`, with the size of the inputs of `tied_to`.

    Raises:
        ValueError: if `tied_to` has no kernel of rank 2, or the last axis of `inputs` does not have
            its number of units.

    Example:
    >>> import numpy as np
    >>> encode = keras.layers.Dense(2)
    >>> decode = TiedDense(encode)
    >>> decode(encode(np.ones((1, 5)))).shape, len(decode.trainable_weights)
    (TensorShape([1, 5]), 3)
    """

    def __init__(
        self,
        tied_to: keras.layers.Layer,
        activation: str | Callable[[Tensor], Tensor] | None = None,
        use_bias: bool = True,
        bias_initializer: Initializer = "zeros",
        bias_regularizer: Regularizer | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.tied_to = tied_to
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.bias_regularizer = keras.regularizers.get(bias_regularizer)
        self.bias = None
        self.supports_masking = True

    def build(self, input_shape: Shape) -> None:
        inputs, _ = self._kernel_shape(input_shape)
        if self.use_bias:
            self.bias = self.add_weight(
                (inputs,), self.bias_initializer, regularizer=self.bias_regularizer, name="bias"
            )

    def call(self, inputs: Tensor) -> Tensor:
        outputs = ops.matmul(inputs, ops.transpose(self.tied_to.kernel))
        return self.activation(outputs if self.bias is None else outputs + self.bias)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        inputs, _ = self._kernel_shape(input_shape)
        return (*input_shape[:-1], inputs)

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "tied_to": keras.saving.serialize_keras_object(self.tied_to),
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
            "bias_regularizer": keras.regularizers.serialize(self.bias_regularizer),
        }

    @classmethod
    def from_config(cls, config: Config) -> Self:
        tied_to = keras.saving.deserialize_keras_object(config["tied_to"])
        return cls(**{**config, "tied_to": tied_to})

    def _kernel_shape(self, input_shape):
        kernel = getattr(self.tied_to, "kernel", None)
        shape = None if kernel is None else tuple(kernel.shape)
        if shape is None or len(shape) != 2 or shape[1] != input_shape[-1]:
            name = getattr(self.tied_to, "name", self.tied_to)
            raise ValueError(
                "TiedDense: tied_to must be a built layer with a kernel (inputs, units), and "
                f"the last axis of inputs must have size units. Received layer {name!r} with "
                f"kernel {shape}, inputs {tuple(input_shape)}. Call tied_to on its inputs first."
            )
        return shape
