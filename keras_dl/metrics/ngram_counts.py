"""Counts of the n-grams that sequences of token IDs share."""

from typing import NamedTuple

from keras import ops

from keras_dl.typing import Tensor

_NO_LENGTH = 2**15  # more than any length


class NGramCounts(NamedTuple):
    """Counts of the n-grams of one order in each row of a batch.

    Attributes:
        total: int32 `(batch, 1)`, n-grams of the hypothesis.
        found: int32 `(batch, 1)`, those of them that a reference has.
        clipped: int32 `(batch, 1)`, of these, at most as many of a kind as one reference has.
        expected: int32 `(batch, references)`, n-grams of each reference.
        recalled: int32 `(batch, references)`, those of them that the hypothesis has, at most as
            many of a kind as it has.
    """

    total: Tensor
    found: Tensor
    clipped: Tensor
    expected: Tensor
    recalled: Tensor


def sequence_lengths(tokens: Tensor, end: int) -> Tensor:
    """Returns the number of tokens before the first `end` of int32 `(..., time)`: int32 `(...)`."""
    return _count(_before_end(tokens, end), -1)


def closest_lengths(lengths: Tensor, reference_lengths: Tensor) -> Tensor:
    """Returns the reference length closest to each length; of two, the shorter.

    Args:
        lengths: int32 `(batch,)`.
        reference_lengths: int32 `(batch, references)`, below 2^15. References of length 0 are
            ignored.

    Returns:
        int32 `(batch,)`; 0 if all references have length 0.
    """
    distance = ops.abs(reference_lengths - lengths[:, None])
    key = ops.where(reference_lengths > 0, distance, _NO_LENGTH) * _NO_LENGTH + reference_lengths
    return ops.min(key, axis=1) % _NO_LENGTH


def ngram_counts(hypotheses: Tensor, references: Tensor, order: int, end: int) -> list[NGramCounts]:
    """Counts n-grams by comparing each position with each other one.

    Args:
        hypotheses: int32 `(batch, time)`.
        references: int32 `(batch, references, reference_time)`.
        order: int. Longest n-grams.
        end: int. Sequences end before their first `end`.

    Returns:
        list of `NGramCounts` for n = 1 ... order.
    """
    hypotheses = hypotheses[:, None]
    inside, reference_inside = _before_end(hypotheses, end), _before_end(references, end)
    # No token is -1, so that an n-gram before the end equals none that reaches behind it.
    hypotheses = ops.where(inside, hypotheses, -1)
    references = ops.where(reference_inside, references, -1)
    pairs = zip(
        _same(hypotheses, hypotheses, order),
        _same(references, references, order),
        _same(hypotheses, references, order),
        strict=True,
    )
    found = []
    for n, (same, reference_same, both) in enumerate(pairs):
        exists, reference_exists = inside[..., n:], reference_inside[..., n:]
        most = ops.max(_count(both, -1), axis=1, keepdims=True, initial=0)
        known = ops.logical_and(exists, most > 0)
        clipped = ops.logical_and(exists, _number_before(same) < most)
        recalled = ops.logical_and(
            reference_exists, _number_before(reference_same) < _count(both, -2)
        )
        counted = (exists, known, clipped, reference_exists, recalled)
        found.append(NGramCounts(*(_count(each, -1) for each in counted)))
    return found


def _before_end(tokens, end):
    return ops.cumsum(ops.cast(tokens == end, "int32"), axis=-1) == 0


def _same(one, other, order):
    """Yields for each n whether the n-grams at two positions are equal, `(..., time, time)`."""
    same = one[..., :, None] == other[..., None, :]
    longer = same
    for n in range(1, order + 1):
        yield longer
        longer = ops.logical_and(longer[..., :-1, :-1], same[..., n:, n:])


def _number_before(same):
    """Returns how often each n-gram occurs before its position in the same sequence."""
    return _count(ops.tril(same, k=-1), -1)


def _count(condition, axis):
    return ops.sum(ops.cast(condition, "int32"), axis=axis)
