"""The loop of all functions that extend one sequence for each example."""

from collections.abc import Callable

from keras import ops

from keras_dl.decoding.hypotheses import IMPOSSIBLE, guarded, write
from keras_dl.typing import Tensor


def follow_one_path(
    step: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]],
    state: Tensor,
    choose: Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]],
    *,
    batch_size: int | Tensor,
    start: int,
    end: int,
    max_length: int | Tensor,
    allowed: Callable[[Tensor, Tensor], Tensor] | None,
) -> tuple[Tensor, Tensor]:
    """Extends one sequence for each example until all end.

    Args:
        step: as for `greedy_search`.
        state: nested structure of tensors `(batch, ...)`.
        choose: function `(totals, log_probs, position) -> (tokens, log_probs)`. Its arguments are
            the log-probability of the sequence with each token added, and that of the token itself,
            each float32 `(batch, vocabulary)`, and the position, a scalar. It returns the chosen
            token int32 `(batch,)` and its element of `totals`.
        batch_size: int or scalar tensor.
        start: int.
        end: int.
        max_length: int or scalar tensor.
        allowed: as for `greedy_search`.

    Returns:
        int32 sequences `(batch, max_length)` and float32 log-probabilities `(batch,)`, as
        `greedy_search` returns them.
    """
    guarded_step = guarded(step, allowed, end)

    def some_open(position, tokens, log_probs, is_open, sequences, state):
        return ops.logical_and(position < max_length, ops.any(is_open))

    def extend(position, tokens, log_probs, is_open, sequences, state):
        next_log_probs, state = guarded_step(tokens, state, sequences, position)
        next_log_probs = ops.reshape(next_log_probs, (batch_size, next_log_probs.shape[1]))
        chosen, totals = choose(log_probs[:, None] + next_log_probs, next_log_probs, position)
        tokens = ops.where(is_open, chosen, end)
        log_probs = ops.where(is_open, totals, log_probs)
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


def most_probable(totals: Tensor, log_probs: Tensor, position: Tensor) -> tuple[Tensor, Tensor]:
    """Chooses the most probable token; among equals, the one that `beam_search` chooses."""
    # top_k over the totals, and not argmax over the new terms, to break ties as beam_search.
    best, tokens = ops.top_k(totals, 1)
    return ops.cast(tokens[:, 0], "int32"), best[:, 0]


def log_probability_of(totals: Tensor, tokens: Tensor) -> Tensor:
    """Returns the element of `totals (batch, vocabulary)` of each token `(batch,)`."""
    return ops.take_along_axis(totals, tokens[:, None], axis=1)[:, 0]
