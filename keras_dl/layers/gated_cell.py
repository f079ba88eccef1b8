"""Base class of recurrent cells with gates."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_dl.typing import Config, Initializer, Regularizer, Shape, Tensor


class GatedCell(keras.layers.Layer):
    """Base class of recurrent cells that compute all gates and the candidate at once.

    A subclass sets `num_states` and `blocks`, a dict from the names of the weight blocks to their
    initial biases. Its `call` computes one time step from the result of `blocks_of`. The weights
    `kernel` `(features, blocks * units)`, `recurrent_kernel` `(units, blocks * units)` and `bias`
    have the layout of a Keras cell. Use `keras.layers.Dropout` between layers: dropout inside a
    cell would erase parts of the state.

    Args:
        units: int. Size of each state and of the output.
        kernel_initializer: initializer of `kernel`, or None for `"glorot_uniform"`.
        recurrent_initializer: initializer of `recurrent_kernel`, or None for `"orthogonal"`.
        bias_initializer: initializer of `bias`, or None for the initial biases in `blocks`.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: regularizers of `kernel`,
            `recurrent_kernel` and `bias`, or None.

    Raises:
        ValueError: if `units` is not positive.
    """

    blocks: dict[str, float] = {}
    num_states = 1

    def __init__(
        self,
        units: int,
        kernel_initializer: Initializer | None = None,
        recurrent_initializer: Initializer | None = None,
        bias_initializer: Initializer | None = None,
        kernel_regularizer: Regularizer | None = None,
        recurrent_regularizer: Regularizer | None = None,
        bias_regularizer: Regularizer | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if units < 1:
            raise ValueError(
                f"{type(self).__name__}: units must be positive. Received units {units}. "
                "Pass the size of the state."
            )
        self.units = units
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.recurrent_initializer = keras.initializers.get(recurrent_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.recurrent_regularizer = keras.regularizers.get(recurrent_regularizer)
        self.bias_regularizer = keras.regularizers.get(bias_regularizer)

    @property
    def state_size(self) -> int | list[int]:
        """Size of the state, or list of the sizes of the states, as `keras.layers.RNN` expects."""
        return self.units if self.num_states == 1 else [self.units] * self.num_states

    @property
    def output_size(self) -> int:
        """Size of the output of a step."""
        return self.units

    def get_initial_state(self, batch_size: int | Tensor | None = None) -> list[Tensor]:
        """Returns the initial states, a list of zeros `(batch_size, units)`."""
        return [ops.zeros((batch_size, self.units), self.compute_dtype)] * self.num_states

    def build(self, input_shape: Shape) -> None:
        columns = len(self.blocks) * self.units
        self.kernel = self.add_weight(
            (input_shape[-1], columns),
            self.kernel_initializer or "glorot_uniform",
            regularizer=self.kernel_regularizer,
            name="kernel",
        )
        self.recurrent_kernel = self.add_weight(
            (self.units, columns),
            self.recurrent_initializer or "orthogonal",
            regularizer=self.recurrent_regularizer,
            name="recurrent_kernel",
        )
        self.bias = self.add_weight(
            (columns,),
            self.bias_initializer or self._first_bias,
            regularizer=self.bias_regularizer,
            name="bias",
        )

    def _first_bias(self, shape, dtype=None):
        return ops.repeat(ops.convert_to_tensor(list(self.blocks.values()), dtype), self.units)

    def blocks_of(self, inputs: Tensor, states: Sequence[Tensor]) -> list[Tensor]:
        """Computes `inputs @ kernel + states[0] @ recurrent_kernel + bias`, split into its blocks.

        Args:
            inputs: float `(batch, features)`.
            states: list of `num_states` float tensors `(batch, units)`. The previous output comes
                first.

        Returns:
            list of float tensors `(batch, units)`, one for each of `blocks`.

        Raises:
            ValueError: if a shape is wrong.
        """
        shapes = keras.tree.map_structure(lambda state: tuple(state.shape), list(states))
        if len(inputs.shape) != 2 or [s[1:] for s in shapes] != [(self.units,)] * self.num_states:
            raise ValueError(
                f"{type(self).__name__}: inputs must have shape (batch, features) and states must "
                f"be {self.num_states} tensors (batch, {self.units}). Received inputs "
                f"{tuple(inputs.shape)}, states {shapes}. "
                "Pass one time step at a time, and start from get_initial_state()."
            )
        # On a CPU, two products are faster than one with the concatenation [inputs, state].
        summed = ops.matmul(inputs, self.kernel) + ops.matmul(states[0], self.recurrent_kernel)
        return ops.split(summed + self.bias, len(self.blocks), axis=1)

    def compute_output_shape(self, input_shape: Shape) -> tuple[Shape, list[Shape]]:
        shape = (input_shape[0], self.units)
        return shape, [shape] * self.num_states

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "units": self.units,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "recurrent_initializer": keras.initializers.serialize(self.recurrent_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
            "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer),
            "recurrent_regularizer": keras.regularizers.serialize(self.recurrent_regularizer),
            "bias_regularizer": keras.regularizers.serialize(self.bias_regularizer),
        }
