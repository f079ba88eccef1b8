"""Exhaustive search, to separate search errors from model errors."""

from collections.abc import Callable

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

MAX_PATHS = 1_000_000


def exhaustive_search(
    step: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]],
    state: Tensor,
    *,
    batch_size: int,
    start: int,
    end: int,
    max_length: int,
    length_penalty: float = 0.7,
    allowed: Callable[[Tensor, Tensor], Tensor] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Finds the best sequence by `log-probability / T**length_penalty`, exactly.

    Enumerates all sequences position by position (branch and bound, breadth first) and drops a
    prefix only if none of its continuations can win. Log-probabilities are at most 0 and T is at
    most max_length, so no continuation can have a larger score than
    `log-probability of the prefix / max_length**length_penalty`. If a known sequence has at least
    this score, the prefix is dropped. The first known sequence comes from a beam search of width 1.
    With a confident model, the search takes little more time than greedy search; with an uncertain
    one, it may raise an error. Use it for analysis, not in a compiled graph: it calls `step` from
    NumPy code, one example at a time.

    Args:
        step: as for `beam_search`; here, n is any number of rows.
        state: any nested structure of tensors `(batch, ...)`, one row per example.
        batch_size: int.
        start: int, the token before the first one. It is not returned.
        end: int, the token that ends a sequence. May equal `start`.
        max_length: int, the maximum number of tokens of a sequence, including the end token.
        length_penalty: float, at least 0.
        allowed: as for `beam_search`.

    Returns:
        sequences: int32 array `(batch, max_length)`, padded with `end`.
        scores: float32 array `(batch,)`. If no sequence is possible, the score is -inf and the
            sequence contains only `end`.

    Raises:
        ValueError: if an argument is out of range, or if more than `MAX_PATHS` continuations of
            open prefixes would have to be scored at one position.
    """
    check_arguments(
        "exhaustive_search",
        start=start,
        end=end,
        max_length=max_length,
        length_penalty=length_penalty,
    )
    state = check_state("exhaustive_search", state, batch_size)
    settings = {"start": start, "end": end, "max_length": max_length}
    sequences, scores = beam_search(
        step,
        state,
        batch_size=batch_size,
        width=1,
        length_penalty=length_penalty,
        allowed=allowed,
        **settings,
    )
    sequences = np.array(ops.convert_to_numpy(sequences)[:, 0])
    scores = np.array(ops.convert_to_numpy(scores)[:, 0])
    guarded_step = guarded(step, allowed, end)
    factors = length_factors(max_length, length_penalty)
    for row in range(len(scores)):
        own_state = keras.tree.map_structure(lambda leaf, row=row: leaf[row : row + 1], state)
        sequences[row], scores[row] = _search(
            guarded_step, own_state, sequences[row], scores[row], factors, start, end
        )
    return sequences, scores


def _search(step, state, best_sequence, best_score, factors, start, end):
    """Returns the best sequence and score of one example, given a known sequence."""
    sequences = np.full((1, len(factors)), end, "int32")
    tokens, log_probs = np.array([start], "int32"), np.zeros(1, "float32")
    for position, factor in enumerate(factors):
        next_log_probs, state = step(
            ops.convert_to_tensor(tokens),
            state,
            ops.convert_to_tensor(sequences),
            ops.convert_to_tensor(position, "int32"),
        )
        totals = log_probs[:, None] + ops.convert_to_numpy(next_log_probs)
        ended = totals[:, end] * factor
        if ended.max() > best_score:
            best_sequence, best_score = sequences[ended.argmax()], ended.max()
        totals[:, end] = IMPOSSIBLE

        parents, tokens = np.nonzero(totals * factors[-1] > best_score)
        if not len(parents):
            return best_sequence, best_score
        _check_paths(len(parents), totals.shape[1], position, len(factors))
        tokens = tokens.astype("int32")
        sequences, log_probs = sequences[parents], totals[parents, tokens]
        sequences[:, position] = tokens
        rows = ops.convert_to_tensor(parents.astype("int32"))
        state = keras.tree.map_structure(lambda leaf, rows=rows: ops.take(leaf, rows, 0), state)
    # Only sequences cut at max_length that beat all finished sequences get here.
    best = log_probs.argmax()
    return sequences[best], log_probs[best] * factors[-1]


def _check_paths(prefixes, vocabulary, position, max_length):
    if position + 1 < max_length and prefixes * vocabulary > MAX_PATHS:
        raise ValueError(
            f"exhaustive_search: at most {MAX_PATHS} continuations can be scored at one position. "
            f"Received vocabulary {vocabulary}, max_length {max_length}, with {prefixes} open "
            f"prefixes of {position + 1} tokens. Use a smaller max_length, forbid more tokens "
            "with allowed, or use beam_search."
        )
