"""LSTM cell with peephole connections."""

from collections.abc import Sequence

import keras
from keras import ops

from keras_dl.layers.gated_cell import GatedCell
from keras_dl.typing import Shape, Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class PeepholeLSTMCell(GatedCell):
    """LSTM cell with peephole connections: each gate also depends on the cell state `c`.

    `i = sigmoid(W_i [x, h(t-1)] + p_i * c(t-1) + b_i)`,
    `f = sigmoid(W_f [x, h(t-1)] + p_f * c(t-1) + b_f)`,
    `c(t) = f * c(t-1) + i * tanh(W_c [x, h(t-1)] + b_c)`,
    `o = sigmoid(W_o [x, h(t-1)] + p_o * c(t) + b_o)` and `h(t) = o * tanh(c(t))`.

    The weights have the same layout as in `keras.layers.LSTM`, with the blocks i, f, candidate, o
    and a forget bias that starts at 1. In addition, there is a weight `peephole` `(3, units)` with
    the rows p_i, p_f, p_o. It starts at zero, so the cell starts as an LSTM without peepholes. Use
    it in `keras.layers.RNN`, which keeps the states unchanged at masked time steps.

    Args:
        units: int. Size of each state and of the output.
        kernel_initializer: initializer of `kernel`, or None for `"glorot_uniform"`.
        recurrent_initializer: initializer of `recurrent_kernel`, or None for `"orthogonal"`.
        bias_initializer: initializer of `bias`, or None for 1 in the forget block and 0 elsewhere.
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
    >>> layer = keras.layers.Bidirectional(keras.layers.RNN(PeepholeLSTMCell(4)))
    >>> tuple(layer(np.ones((2, 5, 3), "float32")).shape)
    (2, 8)

    Reference: Gers, Schraudolph & Schmidhuber 2002, JMLR 3:115-143, in the form of Graves 2013,
    arXiv:1308.0850, equations 7-11.
    """

    blocks = {"input": 0.0, "forget": 1.0, "candidate": 0.0, "output": 0.0}
    num_states = 2

    def build(self, input_shape: Shape) -> None:
        super().build(input_shape)
        self.peephole = self.add_weight((3, self.units), "zeros", name="peephole")

    def call(self, inputs: Tensor, states: Sequence[Tensor]) -> tuple[Tensor, list[Tensor]]:
        write, forget, candidate, output = self.blocks_of(inputs, states)
        p_write, p_forget, p_output = ops.split(self.peephole, 3)
        carry = states[1]
        write = ops.sigmoid(write + p_write * carry)
        forget = ops.sigmoid(forget + p_forget * carry)
        carry = forget * carry + write * ops.tanh(candidate)
        hidden = ops.sigmoid(output + p_output * carry) * ops.tanh(carry)
        return hidden, [hidden, carry]
