"""Beam search: the best of the hypotheses that stay in reach of a fixed number of beams."""

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
    max_length: int,
    width: int,
    length_penalty: float = 0.7,
    allowed: Callable[[Tensor, Tensor], Tensor] | None = None,
) -> tuple[Tensor, Tensor]:
    """Finds the `width` best sequences by `log-probability / T**length_penalty`.

    T counts the end token; a sequence cut at `max_length` has T = max_length. At each position the
    `2 * width` best continuations of an example's open hypotheses are taken. Those among the first
    `width` that end are laid aside for good, the first `width` of the others stay open: what has
    ended crowds out nothing, is never extended and never found twice. Works eagerly, in a
    `tf.function`, in an exported graph and under `jax.jit`.

    An example is settled, and closed whatever its batch neighbors do, as soon as its `width`-th
    best ended score reaches `max(open log-probability) / max_length**length_penalty`. That is safe:
    log-probabilities are at most 0, so every descendant of an open hypothesis has a log-probability
    no larger and a T no larger than max_length, hence a score no larger than this quotient.

    Args:
        step: function `(tokens, state) -> (log_probs, state)` with tokens int32 `(n,)`, log_probs
            float `(n, vocabulary)` in nats, at most 0, and n = batch * width. The rows of one
            example are adjacent, so what is the same for all its hypotheses need not travel in
            the state: `step` may close over it, repeated `width` times.
        state: any nest of tensors `(batch, ...)`, one row per example, repeated here for the
            beams. `step` keeps their shapes (but for the number of rows) and types.
        batch_size: int, or a scalar tensor where the graph does not know it.
        start: int, the token before the first. It is not returned.
        end: int, the token that ends a sequence. May equal `start`.
        max_length: int, the most tokens of a sequence, its end included.
        width: int, the number of hypotheses that are kept open, and of those that are returned.
        length_penalty: float, at least 0: 0 compares log-probabilities, 1 their means per token.
        allowed: None or function `(sequences, position) -> bool (n, vocabulary)`, where sequences
            int32 `(n, max_length)` holds the first `position` tokens (a scalar), then `end`.
            What it forbids is never chosen; the rest is not renormalized.

    Returns:
        sequences: int32 `(batch, width, max_length)`, best first, padded with `end`.
        scores: float32 `(batch, width)`. Where an example has fewer than `width` hypotheses the
            last scores are -inf and their sequences hold nothing but `end`.

    Raises:
        ValueError: if an argument is out of range, or a tensor of `state` has other than
            `batch_size` rows.

    Reference: Wu et al. 2016, arXiv:1609.08144, section 7, with the plain T**length_penalty in
    place of ((5 + T) / 6)**alpha, and the stop proven above in place of its pruning.
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
        # An ended hypothesis is its parent's sequence: the padding is the end token.
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
    # What is open here was cut at max_length: settled examples have closed all their beams.
    return _keep_best(kept, scores, sequences, log_probs * factors[-1])


def _one_open_beam(batch_size, width, max_length, start, end):
    """Position, tokens, log_probs, sequences, kept sequences and their scores before any step.

    Only the first beam of an example is open: equal beams would only find everything twice.
    """
    shape = (batch_size, width)
    nothing = ops.full((batch_size, width, max_length), end, "int32")
    impossible = ops.full(shape, IMPOSSIBLE, "float32")
    log_probs = ops.where(ops.arange(width) == 0, ops.zeros(shape, "float32"), impossible)
    tokens = ops.full(shape, start, "int32")
    return ops.zeros((), "int32"), tokens, log_probs, nothing, nothing, impossible


def _best_continuations(log_probs, next_log_probs, batch_size):
    """Log-probabilities, parents and tokens, each `(batch, 2 * width)`, most probable first."""
    width, vocabulary = log_probs.shape[1], next_log_probs.shape[1]
    totals = ops.reshape(next_log_probs, (batch_size, width, vocabulary)) + log_probs[..., None]
    totals, index = ops.top_k(
        ops.reshape(totals, (batch_size, width * vocabulary)), width * min(2, vocabulary)
    )
    index = ops.cast(index, "int32")
    return totals, index // vocabulary, index % vocabulary


def _state_of_parents(state, parents):
    """The rows of `state` that belong to beams `parents (batch, width)`."""
    rows = ops.reshape(row_numbers(parents, parents.shape[1]), (-1,))
    return keras.tree.map_structure(lambda leaf: ops.take(leaf, rows, axis=0), state)


def _keep_best(kept, scores, sequences, new_scores):
    """The best `width` of two sets of hypotheses; among equals the earlier kept come first.

    So nothing that scores -inf ever takes the place of the blank sequences kept at the beginning.
    """
    scores, index = ops.top_k(ops.concatenate([scores, new_scores], axis=1), scores.shape[1])
    return pick(ops.concatenate([kept, sequences], axis=1), ops.cast(index, "int32")), scores
