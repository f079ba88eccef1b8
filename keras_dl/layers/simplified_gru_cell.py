"""GRU cell with an update gate and no reset gate."""

from collections.abc import Sequence

import keras
from keras import ops

from keras_dl.layers.gated_cell import GatedCell
from keras_dl.typing import Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class SimplifiedGRUCell(GatedCell):
    """GRU cell with an update gate and no reset gate.

    `c(t) = u * candidate + (1 - u) * c(t-1)` with `candidate = tanh(W_c [x, c(t-1)] + b_c)` and
    `u = sigmoid(W_u [x, c(t-1)] + b_u)`. The weight blocks have the order u, candidate.

    Use it in `keras.layers.RNN`, which keeps the state unchanged at masked time steps.

    Args:
        units: int. Size of the state and of the output.
        kernel_initializer: initializer of `kernel`, or None for `"glorot_uniform"`.
        recurrent_initializer: initializer of `recurrent_kernel`, or None for `"orthogonal"`.
        bias_initializer: initializer of `bias`, or None for zeros.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: regularizers of `kernel`,
            `recurrent_kernel` and `bias`, or None.

    Call arguments:
        inputs: float `(batch, features)`. One time step of the sequence.
        states: list of `c(t-1)`, float `(batch, units)`.

    Returns:
        pair of the output `c(t)`, `(batch, units)` in the compute dtype, and the list `[c(t)]`.

    Raises:
        ValueError: if `units` is not positive, or shapes do not match.

    Example:
    >>> import numpy as np
    >>> layer = keras.layers.RNN(SimplifiedGRUCell(4), return_sequences=True)
    >>> tuple(layer(np.ones((2, 5, 3), "float32")).shape)
    (2, 5, 4)

    Reference: Chung et al. 2014, arXiv:1412.3555, equations 5-7, without the reset gate. The update
    gate of `keras.layers.GRU` is `1 - u`: see `reverse_update_gate`.
    """

    blocks = {"update": 0.0, "candidate": 0.0}

    def call(self, inputs: Tensor, states: Sequence[Tensor]) -> tuple[Tensor, list[Tensor]]:
        update, candidate = self.blocks_of(inputs, states)
        state = states[0] + ops.sigmoid(update) * (ops.tanh(candidate) - states[0])
        return state, [state]
