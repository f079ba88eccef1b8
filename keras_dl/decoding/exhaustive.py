"""Exhaustive search, to separate search errors from model errors."""

import numbers
from collections.abc import Callable, Sequence

import keras
import numpy as np
from keras import ops

from keras_dl.decoding.beam import beam_search
from keras_dl.decoding.hypotheses import (
    IMPOSSIBLE,
    check_arguments,
    check_state,
    guarded,
    length_factors,
)
from keras_dl.typing import Tensor

_WIDTH = 10  # of the beam search that finds the first known sequence
_AT_ONCE = 256  # prefixes in one call of the step function


def exhaustive_search(
    step: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]],
    state: Tensor,
    *,
    batch_size: int,
    start: int,
    end: int,
    max_length: int | Sequence[int],
    length_penalty: float = 0.7,
    allowed: Callable[[Tensor, Tensor], Tensor] | None = None,
    max_prefixes: int = 100_000,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Finds the best sequence by `log-probability / T**length_penalty`, exactly.

    Depth-first branch and bound: extends the longest open prefixes first, the most probable ones of
    these first, and drops a prefix only if none of its continuations can win. Log-probabilities are
    at most 0 and T is at most max_length, so no continuation can have a larger score than
    `log-probability of the prefix / max_length**length_penalty`. If a known sequence has at least
    this score, the prefix is dropped. The first known sequence comes from a beam search of width
    10. The tighter `max_length` is, the fewer prefixes are left; a bound that follows from the
    source, such as 1.5 times its length plus 5, settles more examples than one for all. Use the
    search for analysis, not in a compiled graph: it calls `step` from NumPy code, one example at a
    time.

    Args:
        step: as for `beam_search`; here, n is any number of rows.
        state: any nested structure of tensors `(batch, ...)`, one row per example.
        batch_size: int.
        start: int, the token before the first one. It is not returned.
        end: int, the token that ends a sequence. May equal `start`.
        max_length: int or one int per example, the maximum number of tokens of a sequence,
            including the end token.
        length_penalty: float, at least 0.
        allowed: as for `beam_search`; the width of its sequences is the example's max_length.
        max_prefixes: int. The search for an example gives up when it has found more prefixes than
            this that might win. It bounds time and memory.

    Returns:
        sequences: int32 array `(batch, largest max_length)`, padded with `end`.
        scores: float32 array `(batch,)`. If no sequence is possible, the score is -inf and the
            sequence contains only `end`.
        settled: bool array `(batch,)`. Where it is False, the search gave up, and the sequence is
            the best one found so far.

    Raises:
        ValueError: if an argument is out of range.

    Reference: Stahlberg & Byrne 2019, arXiv:1908.10090, algorithm 1. Here many prefixes of one
    length are extended at once.
    """
    limits = _limits(max_length, batch_size)
    for limit in limits:
        check_arguments(
            "exhaustive_search",
            start=start,
            end=end,
            max_length=limit,
            length_penalty=length_penalty,
        )
    state = check_state("exhaustive_search", state, batch_size)
    guarded_step = guarded(step, allowed, end)
    sequences = np.full((batch_size, max(limits, default=1)), end, "int32")
    scores, settled = np.zeros(batch_size, "float32"), np.ones(batch_size, "bool")
    for limit in sorted(set(limits)):
        rows = np.flatnonzero(np.array(limits) == limit)
        own_state = _take(state, rows)
        found, found_scores = beam_search(
            step,
            own_state,
            batch_size=len(rows),
            start=start,
            end=end,
            max_length=limit,
            width=_WIDTH,
            length_penalty=length_penalty,
            allowed=allowed,
        )
        found, found_scores = ops.convert_to_numpy(found), ops.convert_to_numpy(found_scores)
        factors = length_factors(limit, length_penalty)
        for index, row in enumerate(rows):
            sequences[row, :limit], scores[row], settled[row] = _search(
                guarded_step,
                _take(own_state, [index]),
                (found[index, 0], found_scores[index, 0]),
                factors,
                start,
                end,
                max_prefixes,
            )
    return sequences, scores, settled


def _limits(max_length, batch_size):
    if isinstance(max_length, numbers.Integral):
        return [max_length] * batch_size
    limits = [int(limit) for limit in max_length]
    if len(limits) != batch_size:
        raise ValueError(
            "exhaustive_search: max_length must be one integer, or one per example. Received "
            f"{len(limits)} integers, batch_size {batch_size}. Pass as many as there are examples."
        )
    return limits


def _search(step, state, known, factors, start, end, max_prefixes):
    """Returns the best sequence of one example, its score, and whether nothing can be better.

    `levels[k]` holds the open prefixes of k tokens, the most probable one first: the sequences and
    states of their parents, and the parent's row, the last token and the log-probability of each.
    """
    best_sequence, best_score = known
    root = np.full((1, len(factors)), end, "int32")
    start_tokens, certain = np.array([start], "int32"), np.zeros(1, "float32")
    levels = [(root, state, np.zeros(1, "int32"), start_tokens, certain)]
    found = 0
    while levels:
        parents, parent_states, rows, tokens, log_probs = levels.pop()
        count = min(np.sum(log_probs * factors[-1] > best_score), _AT_ONCE)
        if not count:
            continue
        levels.append((parents, parent_states, rows[count:], tokens[count:], log_probs[count:]))
        position = len(levels) - 1
        rows, tokens, log_probs = rows[:count], tokens[:count], log_probs[:count]
        sequences = parents[rows]
        if position:
            sequences[:, position - 1] = tokens
        next_log_probs, states = step(
            ops.convert_to_tensor(tokens),
            _take(parent_states, rows),
            ops.convert_to_tensor(sequences),
            ops.convert_to_tensor(position, "int32"),
        )
        totals = log_probs[:, None] + ops.convert_to_numpy(next_log_probs)
        is_last = position + 1 == len(factors)
        complete = np.where(is_last | (np.arange(totals.shape[1]) == end), totals, IMPOSSIBLE)
        row, token = np.unravel_index(complete.argmax(), complete.shape)
        if complete[row, token] * factors[position] > best_score:
            best_score = complete[row, token] * factors[position]
            best_sequence = sequences[row]
            best_sequence[position] = token
        if is_last:
            continue
        totals[:, end] = IMPOSSIBLE
        rows, tokens = np.nonzero(totals * factors[-1] > best_score)
        found += len(rows)
        if found > max_prefixes:
            return best_sequence, best_score, False
        log_probs = totals[rows, tokens]
        order = np.argsort(-log_probs, kind="stable")
        levels.append(
            (sequences, states, rows[order], tokens[order].astype("int32"), log_probs[order])
        )
    return best_sequence, best_score, True


def _take(state, rows):
    rows = ops.convert_to_tensor(np.asarray(rows, "int32"))
    return keras.tree.map_structure(lambda leaf: ops.take(leaf, rows, axis=0), state)
