"""What the searches share: argument checks, checked calls of the step function, updates.

Shapes: `n` rows, each a hypothesis; `vocabulary` tokens; `max_length` positions.
"""

import math
import numbers
from collections.abc import Callable

import keras
import numpy as np
from keras import ops

from keras_dl.typing import Tensor

IMPOSSIBLE = -math.inf
"""Log-probability of a forbidden token. It is added and compared, never subtracted."""


def check_arguments(
    search: str,
    *,
    start: int,
    end: int,
    max_length: int | Tensor,
    width: int | Tensor = 1,
    length_penalty: float | Tensor = 0.0,
) -> None:
    """Raises a ValueError whose message starts with `search` if an argument is out of range."""
    for name, value, least in (
        ("start", start, 0),
        ("end", end, 0),
        ("max_length", max_length, 1),
        ("width", width, 1),
    ):
        if ops.is_tensor(value):
            continue
        if not isinstance(value, numbers.Integral) or value < least:
            raise ValueError(
                f"{search}: {name} must be an integer of at least {least}. "
                f"Received {name} {value!r}. Pass a number such as {name}={max(least, 1)}."
            )
    # Written so that NaN fails too. The second half keeps max_length**length_penalty in float32.
    if ops.is_tensor(length_penalty) or ops.is_tensor(max_length):
        return
    if not (length_penalty >= 0 and length_penalty * math.log(max_length) < 80):
        raise ValueError(
            f"{search}: length_penalty must be at least 0, and max_length**length_penalty finite. "
            f"Received length_penalty {length_penalty!r}, max_length {max_length}. Use 0 for the "
            "plain log-probability, 1 for its mean over the tokens, or a value in between."
        )


def check_state(search: str, state: Tensor, batch_size: int | Tensor) -> Tensor:
    """Returns `state` as tensors; raises a ValueError unless each has `batch_size` rows."""
    state = keras.tree.map_structure(ops.convert_to_tensor, state)
    for leaf in keras.tree.flatten(state):
        shape = tuple(leaf.shape)
        known = shape and shape[0] is not None and isinstance(batch_size, numbers.Integral)
        if not shape or (known and shape[0] != batch_size):
            raise ValueError(
                f"{search}: every tensor of state must have the leading dimension batch_size. "
                f"Received shape {shape}, batch_size {batch_size}. Pass one row per example: the "
                "search repeats them for its hypotheses."
            )
    return state


def length_factors(max_length: int | Tensor, length_penalty: float | Tensor) -> Tensor:
    """Returns `1 / T**length_penalty` for T = 1 ... max_length: float32, non-increasing.

    Factors and not divisors, since a graph may turn a division by a constant into a product, and
    a product with a smaller factor is never further from 0, for any rounding.
    """
    if ops.is_tensor(max_length) or ops.is_tensor(length_penalty):
        lengths = ops.cast(ops.arange(1, max_length + 1), "float64")
        return ops.cast(ops.power(lengths, -ops.cast(length_penalty, "float64")), "float32")
    lengths = np.arange(1, max_length + 1, dtype="float64")
    return (lengths**-length_penalty).astype("float32")


def guarded(
    step: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]],
    allowed: Callable[[Tensor, Tensor], Tensor] | None,
    end: int,
) -> Callable[[Tensor, Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Wraps `step` so that forbidden tokens have probability 0.

    Args:
        step: function `(tokens, state) -> (log_probs, state)`.
        allowed: None or function `(sequences, position) -> bool (n, vocabulary)`.
        end: int, the token that ends a hypothesis.

    Returns:
        function `(tokens, state, sequences, position) -> (log_probs, state)`, where log_probs is
        float32 `(n, vocabulary)`, -inf for tokens that are forbidden or whose log-probability is
        NaN, and state has the structure and the static shapes of the input state, as a compiled
        loop requires.
    """

    def guarded_step(tokens, state, sequences, position):
        log_probs, new_state = step(tokens, state)
        _check_vocabulary(log_probs, end)
        log_probs = ops.cast(log_probs, "float32")
        possible = log_probs > IMPOSSIBLE  # False for NaN
        if allowed is not None:
            possible = ops.logical_and(possible, allowed(sequences, position))
        return ops.where(possible, log_probs, IMPOSSIBLE), _in_the_form_of(state, new_state)

    return guarded_step


def _check_vocabulary(log_probs, end):
    shape = tuple(log_probs.shape)
    if len(shape) != 2 or shape[1] is None or end >= shape[1]:
        raise ValueError(
            "step: log_probs must have shape (n, vocabulary) with a static vocabulary size larger "
            f"than end. Received shape {shape}, end {end}. Return a log-probability for every "
            "token, or correct end."
        )


def _in_the_form_of(state, new_state):
    leaves = [
        new if tuple(new.shape) == tuple(old.shape) else ops.reshape(new, ops.shape(old))
        for old, new in zip(keras.tree.flatten(state), keras.tree.flatten(new_state), strict=True)
    ]
    return keras.tree.pack_sequence_as(state, leaves)


def write(sequences: Tensor, tokens: Tensor, position: Tensor) -> Tensor:
    """Writes `tokens (...)` at `position` of int32 `sequences (..., max_length)`."""
    here = ops.arange(ops.shape(sequences)[-1]) == position
    return ops.where(here, ops.cast(tokens, "int32")[..., None], sequences)


def row_numbers(index: Tensor, rows: int | Tensor) -> Tensor:
    """Returns flat indices of entries `index (batch, k)`, where examples have `rows` entries."""
    first = ops.arange(ops.shape(index)[0], dtype="int32") * rows
    return first[:, None] + index


def pick(values: Tensor, index: Tensor) -> Tensor:
    """Returns entries `index (batch, k)` of `values (batch, rows, ...)`, as `(batch, k, ...)`."""
    flat = ops.reshape(values, (-1, *ops.shape(values)[2:]))
    return ops.take(flat, row_numbers(index, ops.shape(values)[1]), axis=0)
