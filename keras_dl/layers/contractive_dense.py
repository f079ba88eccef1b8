"""Dense layer with a contractive (Jacobian) penalty."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_dl.layers.activation_derivatives import derivative_of
from keras_dl.typing import Config, Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class ContractiveDense(keras.layers.Dense):
    """Dense layer that adds the squared norm of its Jacobian to the losses.

    The penalty is `contraction * mean over the batch of sum over i, j of (dh_j / dx_i)^2`.

    Each activation depends only on its own input `a_j`, so the sum equals
    `sum over j of f'(a_j)^2 * sum over i of W_ij^2`, where `f` is the activation function, and the
    layer does not compute the Jacobian. The sum is computed in float32 or better.

    Args:
        units: int. Size of the output.
        contraction: float. Weight of the penalty.
        activation: name or function of an elementwise Keras activation, or None. All of them are
            supported except `threshold`, which needs arguments.
        **kwargs: as for `keras.layers.Dense`.

    Call arguments:
        inputs: float `(batch, ..., inputs)`.

    Returns:
        float `(batch, ..., units)`.

    Raises:
        ValueError: if `contraction` is negative, or the derivative of `activation` is not known.

    Example:
    >>> import numpy as np
    >>> layer = ContractiveDense(2, contraction=0.5, kernel_initializer="ones")
    >>> layer(np.zeros((4, 3))).shape, float(layer.losses[0])  # 2 x 3 derivatives of 1, halved
    (TensorShape([4, 2]), 3.0)

    Reference: Rifai et al. 2011, "Contractive auto-encoders: explicit invariance during feature
    extraction", section 3.
    """

    def __init__(
        self,
        units: int,
        contraction: float,
        activation: str | Callable[[Tensor], Tensor] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(units, activation=activation, **kwargs)
        if contraction < 0:
            raise ValueError(
                f"ContractiveDense: contraction must be at least 0. Received {contraction}. "
                "Use 0.1, for example."
            )
        self.contraction = contraction
        self._derivative = derivative_of(self.activation)

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        before = ops.matmul(inputs, self.kernel)
        before = before if self.bias is None else before + self.bias
        self.add_loss(self.contraction * ops.mean(self._squared_jacobian(before)))
        return self.activation(before)

    def _squared_jacobian(self, before):
        dtype = keras.backend.result_type(self.compute_dtype, "float32")
        slopes = self._derivative(ops.cast(before, dtype))
        norms = ops.sum(ops.square(ops.cast(self.kernel, dtype)), axis=0)
        return ops.sum(ops.square(slopes) * norms, axis=-1)

    def get_config(self) -> Config:
        return {**super().get_config(), "contraction": self.contraction}
