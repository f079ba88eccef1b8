"""Derivatives of activation functions, for penalties that contain them."""

from collections.abc import Callable

import keras
from keras import ops

from keras_dl.typing import Tensor

_SELU_SCALE, _SELU_ALPHA = 1.0507009873554805, 1.6732632423543772


def derivative_of(activation: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """Returns the derivative of an elementwise activation function.

    `keras.ops` computes no gradients, so a penalty on derivatives needs them in closed form.

    Args:
        activation: function from `keras.activations`.

    Returns:
        Function that maps inputs of the activation to its derivatives there. Where the derivative
        is undefined, for instance at 0 for ReLU, the function returns a one-sided derivative.

    Raises:
        ValueError: if the derivative of `activation` is not known.
    """
    name = getattr(activation, "__name__", str(activation))
    if name not in _DERIVATIVES or activation is not keras.activations.get(name):
        raise ValueError(
            f"derivative_of: activation must be one of {sorted(_DERIVATIVES)}. "
            f"Received {activation}. Choose one of them."
        )
    return _DERIVATIVES[name]


def _step(condition, like):
    return ops.cast(condition, like.dtype)


def _sides(x, below, above):
    return ops.where(x > 0, ops.full_like(x, above), ops.full_like(x, below))


def _sigmoid(x):
    return ops.sigmoid(x) * ops.sigmoid(-x)


def _exp_below(x):
    return ops.where(x > 0, ops.ones_like(x), ops.exp(ops.minimum(x, 0.0)))


def _silu(x):
    return ops.sigmoid(x) + x * _sigmoid(x)


def _gelu(x):
    density = ops.exp(-0.5 * ops.square(x)) * 0.3989422804014327
    return 0.5 * (1.0 + ops.erf(x * 0.7071067811865476)) + x * density


def _mish(x):
    inner = ops.tanh(ops.softplus(x))
    return inner + x * (1.0 - ops.square(inner)) * ops.sigmoid(x)


def _shrunk(x):
    return _step(ops.abs(x) > 0.5, x)


def _hard_silu(x):
    return ops.where(ops.abs(x) < 3, (2.0 * x + 3.0) / 6, _step(x > 0, x))


_DERIVATIVES = {
    "celu": _exp_below,
    "elu": _exp_below,
    "exponential": ops.exp,
    "gelu": _gelu,
    "hard_shrink": _shrunk,
    "hard_sigmoid": lambda x: _step(ops.abs(x) < 3, x) / 6,
    "hard_silu": _hard_silu,
    "hard_tanh": lambda x: _step(ops.abs(x) < 1, x),
    "leaky_relu": lambda x: _sides(x, 0.2, 1.0),
    "linear": ops.ones_like,
    "log_sigmoid": lambda x: ops.sigmoid(-x),
    "mish": _mish,
    "relu": lambda x: _step(x > 0, x),
    "relu6": lambda x: _step((x > 0) & (x < 6), x),
    "selu": lambda x: _sides(x, _SELU_SCALE * _SELU_ALPHA, _SELU_SCALE) * _exp_below(x),
    "sigmoid": _sigmoid,
    "silu": _silu,
    "soft_shrink": _shrunk,
    "softplus": ops.sigmoid,
    "softsign": lambda x: 1.0 / ops.square(1.0 + ops.abs(x)),
    "sparse_plus": lambda x: ops.clip((x + 1.0) / 2, 0.0, 1.0),
    "sparse_sigmoid": lambda x: _step(ops.abs(x) < 1, x) / 2,
    "squareplus": lambda x: 0.5 * (1.0 + x / ops.sqrt(ops.square(x) + 4.0)),
    "tanh": lambda x: 1.0 - ops.square(ops.tanh(x)),
    "tanh_shrink": lambda x: ops.square(ops.tanh(x)),
}
