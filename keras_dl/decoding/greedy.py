"""Greedy search."""

from collections.abc import Callable

from keras_dl.decoding.hypotheses import check_arguments, check_state
from keras_dl.decoding.one_path import follow_one_path, most_probable
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
    return follow_one_path(
        step,
        state,
        most_probable,
        batch_size=batch_size,
        start=start,
        end=end,
        max_length=max_length,
        allowed=allowed,
    )
