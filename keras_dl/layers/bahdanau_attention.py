"""Additive attention of one query over a sequence of values."""

from typing import Any

import keras
from keras import ops

from keras_dl.typing import Config, Initializer, Regularizer, Shape, Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class BahdanauAttention(keras.layers.Layer):
    """Additive (Bahdanau) attention of a query over a sequence of values.

    `e(t) = v . tanh(W query + U values(t))`, `weights = softmax(e)` over the time steps that are
    not masked, `context = sum over t of weights(t) * values(t)`. The layer has no biases.

    Masked time steps have weight 0. If all time steps of a row are masked, its weights and its
    context are 0, and gradients stay finite. Without a `mask` argument, the layer uses the Keras
    mask of `values`, if it has one. Energies, softmax and the sum are computed in float32 or
    better.

    Args:
        units: int. Size of the hidden layer that computes the energies.
        kernel_initializer: initializer of W, U and v, or None for `"glorot_uniform"`.
        kernel_regularizer: regularizer of W, U and v, or None.

    Call arguments:
        query: float `(batch, dq)`. In a decoder, this is the previous state.
        values: float `(batch, time, dv)`. The sequence to attend to.
        mask: bool `(batch, time)`. False where `values` is padding.
        keys: float `(batch, time, units)`. Result of `layer.keys(values)`. Pass it to compute the
            keys only once for many queries, as in a decoder.
        values_mask: bool `(batch, time)`. Keras passes the mask of `values` here.

    Returns:
        pair of the context `(batch, dv)` and the weights `(batch, time)`, in the compute dtype.

    Raises:
        ValueError: if `units` is not positive, or a shape or the dtype of `mask` is wrong.

    Example:
    >>> import numpy as np
    >>> layer = BahdanauAttention(4)
    >>> context, weights = layer(np.ones((2, 3)), np.ones((2, 5, 6)))
    >>> tuple(context.shape), tuple(weights.shape)
    ((2, 6), (2, 5))

    Reference: Bahdanau, Cho & Bengio 2015, arXiv:1409.0473, section 3.1 and appendix A.1.2. The
    paper initializes W and U with N(0, 0.001) and v with 0.
    """

    def __init__(
        self,
        units: int,
        kernel_initializer: Initializer | None = None,
        kernel_regularizer: Regularizer | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if units < 1:
            raise ValueError(
                f"BahdanauAttention: units must be positive. Received units {units}. "
                "Pass the size of the hidden layer that computes the energies."
            )
        self.units = units
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)

    def build(self, query_shape: Shape, values_shape: Shape) -> None:
        _check_shapes(query_shape, values_shape)
        self.W = self._add_kernel((query_shape[-1], self.units), name="W")
        self.U = self._add_kernel((values_shape[-1], self.units), name="U")
        # Energies are float32, so v is never rounded to half precision.
        self.v = self._add_kernel((self.units,), name="v", autocast=False)

    def _add_kernel(self, shape, **options):
        initializer = self.kernel_initializer or "glorot_uniform"
        if isinstance(initializer, keras.initializers.Initializer):
            initializer = initializer.clone()  # else W and U of the same shape would be equal
        return self.add_weight(shape, initializer, regularizer=self.kernel_regularizer, **options)

    def call(
        self,
        query: Tensor,
        values: Tensor,
        mask: Tensor | None = None,
        keys: Tensor | None = None,
        values_mask: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        mask = values_mask if mask is None else mask
        _check_shapes(query.shape, values.shape)
        _check_mask(mask, values.shape)
        keys = self._checked(keys, values.shape) if keys is not None else self.keys(values)
        hidden = ops.tanh(ops.expand_dims(ops.matmul(query, self.W), axis=1) + keys)
        weights = self._weights(hidden, mask)
        # On a CPU, a matrix product is a quarter faster than multiplying and summing.
        context = ops.matmul(ops.expand_dims(weights, axis=1), ops.cast(values, weights.dtype))
        context = ops.squeeze(context, axis=1)
        return ops.cast(context, self.compute_dtype), ops.cast(weights, self.compute_dtype)

    def keys(self, values: Tensor) -> Tensor:
        """Returns the keys `U values`, `(batch, time, units)`, which several calls can share."""
        if not self.built:
            raise ValueError(
                "BahdanauAttention: the layer must be built before keys is called. Received built "
                f"{self.built}. Call the layer or build(query_shape, values_shape) first."
            )
        values = ops.cast(values, self.compute_dtype)
        return ops.matmul(values, ops.cast(self.U, self.compute_dtype))

    def _checked(self, keys, values):
        if len(keys.shape) != 3 or not _fits(keys.shape, (*values[:2], self.units)):
            raise ValueError(
                "BahdanauAttention: keys must have shape (batch, time, units). Received keys "
                f"{tuple(keys.shape)}, units {self.units}, values {tuple(values)}. "
                "Pass layer.keys(values)."
            )
        return keys

    def _weights(self, hidden, mask):
        dtype = keras.backend.result_type(self.compute_dtype, "float32")
        energies = ops.matmul(ops.cast(hidden, dtype), ops.cast(self.v, dtype))  # (batch, time)
        # A finite value, so that gradients stay finite if the whole row is masked.
        energies = energies if mask is None else ops.where(mask, energies, -1e9)
        weights = ops.exp(ops.log_softmax(energies))  # ops.softmax warns about a single time step
        return weights if mask is None else ops.where(mask, weights, 0.0)

    def compute_output_shape(self, query_shape: Shape, values_shape: Shape) -> tuple[Shape, Shape]:
        _check_shapes(query_shape, values_shape)
        return (values_shape[0], values_shape[2]), tuple(values_shape[:2])

    def compute_output_spec(
        self,
        query: keras.KerasTensor,
        values: keras.KerasTensor,
        mask: keras.KerasTensor | None = None,
        keys: keras.KerasTensor | None = None,
        values_mask: keras.KerasTensor | None = None,
    ) -> tuple[keras.KerasTensor, keras.KerasTensor]:
        _check_mask(mask, values.shape)
        context, weights = self.compute_output_shape(query.shape, values.shape)
        dtype = self.compute_dtype
        return keras.KerasTensor(context, dtype), keras.KerasTensor(weights, dtype)

    def compute_mask(self, inputs: Tensor, previous_mask: Tensor | None = None) -> None:
        return None

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "units": self.units,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer),
        }


def _check_shapes(query, values):
    if len(query) != 2 or len(values) != 3 or not _fits(query[:1], values[:1]):
        raise ValueError(
            "BahdanauAttention: query must have shape (batch, dq) and values (batch, time, dv). "
            f"Received query {tuple(query)}, values {tuple(values)}. Pass one query per example."
        )


def _check_mask(mask, values):
    if mask is None:
        return
    dtype = keras.backend.standardize_dtype(mask.dtype)
    if dtype != "bool" or len(mask.shape) != 2 or not _fits(mask.shape, values[:2]):
        raise ValueError(
            "BahdanauAttention: mask must be bool (batch, time), False at padding. "
            f"Received mask {dtype} {tuple(mask.shape)}, values {tuple(values)}. "
            "Pass one bool for each time step of values."
        )


def _fits(shape, other):
    """Returns whether two shapes may be equal, where None is an unknown size."""
    return all(a == b or a is None or b is None for a, b in zip(shape, other, strict=True))
