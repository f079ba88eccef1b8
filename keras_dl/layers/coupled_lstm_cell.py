"""LSTM cell with coupled input and forget gates."""

from collections.abc import Sequence

import keras
from keras import ops

from keras_dl.layers.gated_cell import GatedCell
from keras_dl.typing import Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class CoupledLSTMCell(GatedCell):
    """LSTM cell with coupled input and forget gates (CIFG): `f = 1 - i`.

    `c(t) = i * candidate + (1 - i) * c(t-1)` and `h(t) = o * tanh(c(t))` with
    `i = sigmoid(W_i [x, h(t-1)] + b_i)`, `candidate = tanh(W_c [x, h(t-1)] + b_c)` and
    `o = sigmoid(W_o [x, h(t-1)] + b_o)`. The weight blocks have the order i, candidate, o, as in
    `keras.layers.LSTM` without f, so the cell has 3/4 of the parameters of an LSTM. `b_i` starts at
    -1, so that `f` has the same initial value as in Keras, where the forget bias starts at 1.

    Use it in `keras.layers.RNN`, which keeps the states unchanged at masked time steps.

    Args:
        units: int. Size of each state and of the output.
        kernel_initializer: initializer of `kernel`, or None for `"glorot_uniform"`.
        recurrent_initializer: initializer of `recurrent_kernel`, or None for `"orthogonal"`.
        bias_initializer: initializer of `bias`, or None for -1 in the input block and 0 elsewhere.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: regularizers of `kernel`,
            `recurrent_kernel` and `bias`, or None.

    Call arguments:
        inputs: float `(batch, features)`. One time step of the sequence.
        states: list of `h(t-1)` and `c(t-1)`, each float `(batch, units)`.

    Returns:
        pair of the output `h(t)`, `(batch, units)` in the compute dtype, and the list
        `[h(t), c(t)]`.

    Raises:
        ValueError: if `units` is not positive, or shapes do not match.

    Example:
    >>> import numpy as np
    >>> layer = keras.layers.RNN([CoupledLSTMCell(4), CoupledLSTMCell(6)])
    >>> tuple(layer(np.ones((2, 5, 3), "float32")).shape)
    (2, 6)

    Reference: Greff et al. 2017, arXiv:1503.04069, the variant CIFG, without peepholes.
    """

    blocks = {"input": -1.0, "candidate": 0.0, "output": 0.0}
    num_states = 2

    def call(self, inputs: Tensor, states: Sequence[Tensor]) -> tuple[Tensor, list[Tensor]]:
        write, candidate, output = self.blocks_of(inputs, states)
        carry = states[1] + ops.sigmoid(write) * (ops.tanh(candidate) - states[1])
        hidden = ops.sigmoid(output) * ops.tanh(carry)
        return hidden, [hidden, carry]
