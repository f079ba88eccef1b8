"""Log-probability of given sequences."""

from collections.abc import Callable

from keras import ops

from keras_dl.decoding.hypotheses import check_arguments, check_state
from keras_dl.decoding.one_path import follow_one_path, log_probability_of
from keras_dl.typing import Tensor


def score(
    step: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]],
    state: Tensor,
    sequences: Tensor,
    *,
    start: int,
    end: int,
    allowed: Callable[[Tensor, Tensor], Tensor] | None = None,
) -> Tensor:
    """Computes the log-probability that the model gives to each sequence.

    This is the sum of the log-probabilities of its tokens, each given the tokens before it (teacher
    forcing), including the first end token. A sequence without an end token was cut: its
    log-probability is that of all sequences that begin with it. For the result of a search or of
    `sample`, the value equals the log-probability that it returned. The function works eagerly, in
    a `tf.function`, in an exported graph and under `jax.jit`.

    Args:
        step: as for `greedy_search`.
        state: any nested structure of tensors `(batch, ...)`, one row per example.
        sequences: int `(batch, time)`. Whatever follows the first `end` is ignored.
        start: int, the token before the first one.
        end: int, the token that ends a sequence. May equal `start`.
        allowed: as for `greedy_search`. A sequence with a forbidden token has probability 0.

    Returns:
        float32 `(batch,)`, in nats. Divide by `T**length_penalty`, where T is the number of tokens
        including the end token, to compare with scores of `beam_search`.

    Raises:
        ValueError: if an argument is out of range, `sequences` does not have two axes, or a tensor
            of `state` does not have as many rows.

    Example:
    >>> step = lambda tokens, state: (ops.log([[0.5, 0.3, 0.2]]), state)
    >>> (log_prob,) = score(step, (), [[1, 2, 0, 0]], start=0, end=0)
    >>> round(float(ops.exp(log_prob)), 4)  # 0.3 * 0.2 * 0.5
    0.03
    """
    sequences = ops.cast(sequences, "int32")
    if len(sequences.shape) != 2:
        raise ValueError(
            "score: sequences must have shape (batch, time). Received shape "
            f"{tuple(sequences.shape)}. Pass one row of tokens per example."
        )
    batch_size, time = ops.shape(sequences)
    check_arguments("score", start=start, end=end, max_length=1)
    state = check_state("score", state, batch_size)

    def given(totals, log_probs, position):
        tokens = ops.take(sequences, position, axis=1)
        return tokens, log_probability_of(totals, tokens)

    _, log_probs = follow_one_path(
        step,
        state,
        given,
        batch_size=batch_size,
        start=start,
        end=end,
        max_length=time,
        allowed=allowed,
    )
    return log_probs
