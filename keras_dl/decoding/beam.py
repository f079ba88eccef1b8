"""Beam search."""

from collections.abc import Callable

import keras
from keras import ops

from keras_dl.decoding.hypotheses import (
    IMPOSSIBLE,
    check_arguments,
    check_state,
    guarded,
    length_factors,
    pick,
    row_numbers,
    write,
)
from keras_dl.typing import Tensor


def beam_search(
    step: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]],
    state: Tensor,
    *,
    batch_size: int | Tensor,
    start: int,
    end: int,
    max_length: int | Tensor,
    width: int | Tensor,
    length_penalty: float | Tensor = 0.7,
    allowed: Callable[[Tensor, Tensor], Tensor] | None = None,
) -> tuple[Tensor, Tensor]:
    """Beam search for the `width` best sequences by `log-probability / T**length_penalty`.

    T is the number of tokens, including the end token; a sequence cut at `max_length` has
    `T = max_length`. At each position, the search takes the `2 * width` best continuations of the
    open hypotheses of an example. Those among the best `width` that end are stored as finished. The
    best `width` of those that do not end stay open. A finished hypothesis therefore does not take a
    beam from an open one, is never extended and is never found twice. The search works eagerly, in
    a `tf.function`, in an exported graph and under `jax.jit`.

    The search for an example stops, independently of the rest of the batch, as soon as its
    `width`-th best finished score reaches `max(open log-probability) / max_length**length_penalty`.
    Log-probabilities are at most 0 and T is at most max_length, so no continuation of an open
    hypothesis can have a larger score than this quotient.

    Args:
        step: function `(tokens, state) -> (log_probs, state)` with tokens int32 `(n,)`, log_probs
            float `(n, vocabulary)` in nats, at most 0, and n = batch * width. The rows of one
            example are adjacent. Tensors that do not change need not be in the state: `step` may
            close over them, with each row repeated `width` times.
        state: any nested structure of tensors `(batch, ...)`, one row per example. The search
            repeats each row `width` times. `step` must return a state with the same structure,
            shapes and dtypes.
        batch_size: int, or a scalar tensor if it is unknown when the graph is built.
        start: int, the token before the first one. It is not returned.
        end: int, the token that ends a sequence. May equal `start`.
        max_length: int, the maximum number of tokens of a sequence, including the end token.
        width: int, the number of open hypotheses and of returned hypotheses.
        length_penalty: float, at least 0. With 0, sequences are ranked by log-probability, with 1
            by the mean log-probability per token. In a graph of TensorFlow, the last three may also
            be scalar tensors, whose values are not checked.
        allowed: None or function `(sequences, position) -> bool (n, vocabulary)`, where position is
            a scalar and sequences, int32 `(n, max_length)`, contains the first `position` tokens
            followed by `end`. Forbidden tokens are never chosen; the other probabilities are not
            renormalized.

    Returns:
        sequences: int32 `(batch, width, max_length)`, best first, padded with `end`.
        scores: float32 `(batch, width)`. If an example has fewer than `width` hypotheses, the last
            scores are -inf and their sequences contain only `end`.

    Raises:
        ValueError: if an argument is out of range, or a tensor of `state` does not have
            `batch_size` rows.

    Reference: Wu et al. 2016, arXiv:1609.08144, section 7, with T**length_penalty instead of
    ((5 + T) / 6)**alpha, and the stopping rule above instead of its pruning.
    """
    check_arguments(
        "beam_search",
        start=start,
        end=end,
        max_length=max_length,
        width=width,
        length_penalty=length_penalty,
    )
    state = check_state("beam_search", state, batch_size)
    guarded_step = guarded(step, allowed, end)
    factors = length_factors(max_length, length_penalty)

    def some_open(position, tokens, log_probs, *_):
        return ops.logical_and(position < max_length, ops.any(log_probs > IMPOSSIBLE))

    def extend(position, tokens, log_probs, sequences, kept, scores, state):
        next_log_probs, state = guarded_step(
            ops.reshape(tokens, (-1,)), state, ops.reshape(sequences, (-1, max_length)), position
        )
        totals, parents, tokens = _best_continuations(log_probs, next_log_probs, batch_size)
        ends = tokens == end
        # A finished hypothesis is its parent's sequence, because the padding is the end token.
        ended = ops.where(ends, totals, IMPOSSIBLE)[:, :width] * ops.take(factors, position)
        kept, scores = _keep_best(kept, scores, pick(sequences, parents[:, :width]), ended)

        log_probs, chosen = ops.top_k(ops.where(ends, IMPOSSIBLE, totals), width)
        parents, tokens = pick(parents, chosen), pick(tokens, chosen)
        sequences = write(pick(sequences, parents), tokens, position)
        state = _state_of_parents(state, parents)
        settled = scores[:, -1:] >= log_probs[:, :1] * factors[-1]
        log_probs = ops.where(settled, IMPOSSIBLE, log_probs)
        return position + 1, tokens, log_probs, sequences, kept, scores, state

    beginning = _one_open_beam(batch_size, width, max_length, start, end)
    state = keras.tree.map_structure(lambda leaf: ops.repeat(leaf, width, axis=0), state)
    _, _, log_probs, sequences, kept, scores, _ = ops.while_loop(
        some_open, extend, (*beginning, state)
    )
    # Hypotheses that are still open were cut at max_length: stopped examples have none.
    return _keep_best(kept, scores, sequences, log_probs * factors[-1])


def _one_open_beam(batch_size, width, max_length, start, end):
    """Returns position, tokens, log_probs, sequences, kept sequences and scores before any step.

    Only the first beam of an example is open, because equal beams would find everything twice.
    """
    shape = (batch_size, width)
    nothing = ops.full((batch_size, width, max_length), end, "int32")
    impossible = ops.full(shape, IMPOSSIBLE, "float32")
    log_probs = ops.where(ops.arange(width) == 0, ops.zeros(shape, "float32"), impossible)
    tokens = ops.full(shape, start, "int32")
    return ops.zeros((), "int32"), tokens, log_probs, nothing, nothing, impossible


def _best_continuations(log_probs, next_log_probs, batch_size):
    """Returns log-probabilities, parents and tokens, each `(batch, 2 * width)`, best first."""
    width, vocabulary = ops.shape(log_probs)[1], next_log_probs.shape[1]
    totals = ops.reshape(next_log_probs, (batch_size, width, vocabulary)) + log_probs[..., None]
    totals, index = ops.top_k(
        ops.reshape(totals, (batch_size, width * vocabulary)), width * min(2, vocabulary)
    )
    index = ops.cast(index, "int32")
    return totals, index // vocabulary, index % vocabulary


def _state_of_parents(state, parents):
    """Returns the rows of `state` for the parent beams `(batch, width)`."""
    rows = ops.reshape(row_numbers(parents, ops.shape(parents)[1]), (-1,))
    return keras.tree.map_structure(lambda leaf: ops.take(leaf, rows, axis=0), state)


def _keep_best(kept, scores, sequences, new_scores):
    """Returns the best `width` of two sets of hypotheses; among equals, the kept ones come first.

    So a score of -inf never replaces one of the initial blank sequences.
    """
    scores, index = ops.top_k(ops.concatenate([scores, new_scores], axis=1), ops.shape(scores)[1])
    return pick(ops.concatenate([kept, sequences], axis=1), ops.cast(index, "int32")), scores
