"""Sampling from a model, token by token."""

import math
import numbers
from collections.abc import Callable

import keras
import numpy as np
from keras import ops

from keras_dl.decoding.hypotheses import IMPOSSIBLE, check_arguments, check_state
from keras_dl.decoding.one_path import follow_one_path, log_probability_of, most_probable
from keras_dl.decoding.threefry import uniform
from keras_dl.typing import Tensor


def sample(
    step: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]],
    state: Tensor,
    *,
    batch_size: int | Tensor,
    start: int,
    end: int,
    max_length: int,
    seed: int | Tensor,
    temperature: float | Tensor = 1.0,
    top_k: int | Tensor | None = None,
    top_p: float | Tensor | None = None,
    allowed: Callable[[Tensor, Tensor], Tensor] | None = None,
) -> tuple[Tensor, Tensor]:
    """Draws one sequence for each example, token by token, until all sequences end.

    The law of a token is computed in this order. `temperature` divides the log-probabilities.
    `top_k` keeps the k most probable tokens. `top_p` keeps the fewest of these, most probable
    first, that hold at least the fraction p of the probability left, and at least one. The law of
    what is kept is normalized.

    A draw depends only on the seed, the row and the position: neither the other rows nor the size
    of the batch change the sequence of a row. With `temperature=0`, the result is bitwise equal to
    `greedy_search`. The function works eagerly, in a `tf.function`, in an exported graph and under
    `jax.jit`. All tensors below may be unknown when the graph is built.

    Args:
        step: as for `greedy_search`.
        state: as for `greedy_search`.
        batch_size: int, or a scalar tensor if it is unknown when the graph is built.
        start: int, the token before the first one. It is not returned.
        end: int, the token that ends a sequence. May equal `start`.
        max_length: int, the maximum number of tokens of a sequence, including the end token.
        seed: int, or an integer tensor `()` or `(batch,)`. With one seed, row i draws by the pair
            (seed, i). With a seed per row, a row draws only by its seed, so that equal seeds draw
            alike: use these if batches are parts of a longer list.
        temperature: float or scalar tensor, at least 0. Below 1, probable tokens become more
            probable.
        top_k: int or scalar tensor, at least 1, or None.
        top_p: float or scalar tensor from 0 to 1, or None.
        allowed: as for `greedy_search`. The probabilities of the other tokens are normalized for
            the draw, but not in the result.

    Returns:
        sequences: int32 `(batch, max_length)`, padded with `end`.
        log_probabilities: float32 `(batch,)`, in nats, including the end token: the value of
            `score`, which knows neither temperature nor truncation. If no token is possible at some
            position, the log-probability is -inf and the sequence contains only `end`.

    Raises:
        ValueError: if an argument is out of range, or a tensor of `state` does not have
            `batch_size` rows.

    Example:
    >>> step = lambda tokens, state: (np.log([[0.1, 0.6, 0.3]] * 2), state)
    >>> arguments = {"batch_size": 2, "start": 0, "end": 0, "max_length": 4}
    >>> sample(step, (), **arguments, seed=1, top_k=1)[0].numpy().tolist()
    [[1, 1, 1, 1], [1, 1, 1, 1]]

    Reference: Holtzman et al. 2020, arXiv:1904.09751, section 3 (`top_p`); Fan et al. 2018,
    arXiv:1805.04833, section 5.4 (`top_k`).
    """
    check_arguments("sample", start=start, end=end, max_length=max_length)
    _check_law(temperature, top_k, top_p)
    state = check_state("sample", state, batch_size)
    temperature = ops.cast(temperature, "float32")
    seeds, rows = _seeds_and_rows(seed, batch_size)
    draws = uniform(seeds, rows, max_length)

    def choose(totals, log_probs, position):
        draw = ops.take(draws, position, axis=1)
        drawn = _drawn(log_probs, draw, temperature, top_k, top_p)
        greedy, greedy_log_probs = most_probable(totals, log_probs, position)
        return (
            ops.where(temperature > 0, drawn, greedy),
            ops.where(temperature > 0, log_probability_of(totals, drawn), greedy_log_probs),
        )

    return follow_one_path(
        step,
        state,
        choose,
        batch_size=batch_size,
        start=start,
        end=end,
        max_length=max_length,
        allowed=allowed,
    )


def _seeds_and_rows(seed, batch_size):
    """Returns the seed and the row number of each row, both uint32 `(batch,)`."""
    if isinstance(seed, numbers.Integral):
        seed = np.uint32(int(seed) % 2**32)
    seed = ops.convert_to_tensor(seed)
    dtype, shape = keras.backend.standardize_dtype(seed.dtype), tuple(seed.shape)
    known = isinstance(batch_size, numbers.Integral) and None not in shape
    if "int" not in dtype or len(shape) > 1 or (known and shape not in ((), (batch_size,))):
        raise ValueError(
            "sample: seed must be an integer, or an integer tensor () or (batch,). Received seed "
            f"of dtype {dtype} and shape {shape}, batch_size {batch_size}. Pass one seed, or one "
            "for each row."
        )
    seed = ops.cast(seed, "uint32")
    rows = ops.arange(batch_size, dtype="int32")
    if len(seed.shape):
        return seed, ops.cast(ops.zeros_like(rows), "uint32")
    return ops.broadcast_to(seed, (batch_size,)), ops.cast(rows, "uint32")


def _drawn(log_probs, draw, temperature, top_k, top_p):
    """Returns a token for each row, int32 `(batch,)`: the inverse of the law at `draw (batch,)`."""
    vocabulary = log_probs.shape[1]
    is_number = isinstance(top_k, numbers.Integral)
    ranked, tokens = ops.top_k(log_probs, min(top_k, vocabulary) if is_number else vocabulary)
    if not (top_k is None or is_number):
        ranked = ops.where(ops.arange(vocabulary) < top_k, ranked, IMPOSSIBLE)
    best = ops.where(ranked[:, :1] > IMPOSSIBLE, ranked[:, :1], 0.0)
    weights = ops.exp((ranked - best) / ops.where(temperature > 0, temperature, 1.0))
    # Sums from the least probable token on, which lose less in float32 than those from the most
    # probable one: `remaining` is the weight of a token and all less probable ones.
    remaining = ops.flip(ops.cumsum(ops.flip(weights, axis=1), axis=1), axis=1)
    total, dropped = remaining[:, :1], 0.0
    if top_p is not None:
        rest = (1.0 - ops.cast(top_p, "float32")) * total
        dropped = ops.max(ops.where(remaining <= rest, remaining, 0.0), axis=1, keepdims=True)
    level = dropped + draw[:, None] * (total - dropped)
    above = ops.sum(ops.cast(remaining > level, "int32"), axis=1)
    rank = ops.maximum(above - 1, 0)  # top_p = 0 drops all, but the best token is kept
    return ops.cast(log_probability_of(tokens, rank), "int32")


def _check_law(temperature, top_k, top_p):
    """Checks what is known now; a tensor may get its value later."""
    if isinstance(temperature, numbers.Real) and not 0 <= temperature < math.inf:
        raise ValueError(
            "sample: temperature must be at least 0 and finite. Received temperature "
            f"{temperature!r}. Use 1 for the law of the model, or 0 for greedy search."
        )
    is_known = not (top_k is None or ops.is_tensor(top_k))
    if is_known and not (isinstance(top_k, numbers.Integral) and top_k >= 1):
        raise ValueError(
            f"sample: top_k must be an integer of at least 1, or None. Received top_k {top_k!r}. "
            "Use None for all tokens."
        )
    if isinstance(top_p, numbers.Real) and not 0 <= top_p <= 1:
        raise ValueError(
            f"sample: top_p must be from 0 to 1, or None. Received top_p {top_p!r}. Use None for "
            "all tokens."
        )
