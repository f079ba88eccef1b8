"""Greedy search."""

from collections.abc import Callable

from keras import ops

from keras_dl.decoding.hypotheses import (
    IMPOSSIBLE,
    check_arguments,
    check_state,
    guarded,
    write,
)
from keras_dl.typing import Tensor


def greedy_search(
    step: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]],
    state: Tensor,
    *,
    batch_size: int | Tensor,
    start: int,
    end: int,
    max_length: int,
    allowed: Callable[[Tensor, Tensor], Tensor] | None = None,
) -> tuple[Tensor, Tensor]:
    """Greedy search: takes the most probable token at every position until all sequences end.

    The result is bitwise equal to `beam_search` with `width=1, length_penalty=0`, but the state is
    not reordered. The search works eagerly, in a `tf.function`, in an exported graph and under
    `jax.jit`.

    Args:
        step: function `(tokens, state) -> (log_probs, state)` with tokens int32 `(batch,)`,
            log_probs float `(batch, vocabulary)` in nats, at most 0.
        state: any nested structure of tensors `(batch, ...)`. `step` must return a state with the
            same structure, shapes and dtypes.
        batch_size: int, or a scalar tensor if it is unknown when the graph is built.
        start: int, the token before the first one. It is not returned.
        end: int, the token that ends a sequence. May equal `start`.
        max_length: int, the maximum number of tokens of a sequence, including the end token.
        allowed: None or function `(sequences, position) -> bool (batch, vocabulary)`, where
            position is a scalar and sequences, int32 `(batch, max_length)`, contains the first
            `position` tokens followed by `end`. Forbidden tokens are never chosen; the other
            probabilities are not renormalized.

    Returns:
        sequences: int32 `(batch, max_length)`, padded with `end`.
        log_probabilities: float32 `(batch,)`, in nats, including the end token. If no token is
            possible at some position, the log-probability is -inf and the sequence contains only
            `end`.

    Raises:
        ValueError: if an argument is out of range, or a tensor of `state` does not have
            `batch_size` rows.
    """
    check_arguments("greedy_search", start=start, end=end, max_length=max_length)
    state = check_state("greedy_search", state, batch_size)
    guarded_step = guarded(step, allowed, end)

    def some_open(position, tokens, log_probs, is_open, sequences, state):
        return ops.logical_and(position < max_length, ops.any(is_open))

    def extend(position, tokens, log_probs, is_open, sequences, state):
        next_log_probs, state = guarded_step(tokens, state, sequences, position)
        next_log_probs = ops.reshape(next_log_probs, (batch_size, next_log_probs.shape[1]))
        # top_k over the totals, and not argmax over the new terms, to break ties as beam_search.
        totals, best = ops.top_k(log_probs[:, None] + next_log_probs, 1)
        tokens = ops.where(is_open, ops.cast(best[:, 0], "int32"), end)
        log_probs = ops.where(is_open, totals[:, 0], log_probs)
        is_open = ops.logical_and(tokens != end, log_probs > IMPOSSIBLE)
        return position + 1, tokens, log_probs, is_open, write(sequences, tokens, position), state

    beginning = (
        ops.zeros((), "int32"),
        ops.full((batch_size,), start, "int32"),
        ops.zeros((batch_size,), "float32"),
        ops.ones((batch_size,), "bool"),
        ops.full((batch_size, max_length), end, "int32"),
        state,
    )
    _, _, log_probs, _, sequences, _ = ops.while_loop(some_open, extend, beginning)
    return ops.where(log_probs[:, None] > IMPOSSIBLE, sequences, end), log_probs
