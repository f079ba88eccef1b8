"""`ops.scan`, or the same as a chain of steps without a loop."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_dl.typing import Tensor


def scan(
    step: Callable[[Any, Any], tuple[Any, Any]],
    first: Any,
    inputs: Tensor,
    *,
    reverse: bool = False,
    unroll: bool = False,
) -> tuple[Any, Any]:
    """Returns the last carry and the stacked outputs, as `ops.scan` does.

    Args:
        step: function of a carry and an input that returns the next carry and an output.
        first: the first carry.
        inputs: `(length, ...)`.
        reverse: bool. Whether the last input comes first.
        unroll: bool. Whether the graph repeats the step instead of a loop: for runtimes that know
            no loops. The length must then be known.
    """
    if not unroll:
        return ops.scan(step, first, inputs, reverse=reverse)
    length = inputs.shape[0]
    if length is None:
        raise ValueError(
            "unroll=True needs a known number of time steps. Received None. Build the model with "
            "a fixed length."
        )
    carry, outputs = first, [None] * length
    for index in reversed(range(length)) if reverse else range(length):
        carry, outputs[index] = step(carry, inputs[index])
    return carry, keras.tree.map_structure(lambda *each: ops.stack(each), *outputs)
