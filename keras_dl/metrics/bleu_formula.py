"""BLEU as a function of counts, for the metric on token IDs and for texts."""

from typing import Any, Literal, TypeAlias

from keras_dl.typing import Tensor

Smoothing: TypeAlias = Literal["exp", "floor", "add-k", "none"]
DEFAULT_VALUES = {"exp": None, "none": None, "floor": 0.1, "add-k": 1.0}


def check_order(where: str, name: str, order: int) -> None:
    """Raises a ValueError that starts with `where` if the argument `name` is below 1."""
    if order < 1:
        raise ValueError(
            f"{where}: {name} must be at least 1. Received {name} {order!r}. Pass the length of "
            "the longest n-grams to count."
        )


def check_smoothing(where: str, smoothing: str, smoothing_value: float | None) -> None:
    """Raises a ValueError whose message starts with `where` if an argument is out of range."""
    if smoothing not in DEFAULT_VALUES:
        raise ValueError(
            f"{where}: smoothing must be one of {list(DEFAULT_VALUES)}. Received smoothing "
            f"{smoothing!r}. Use 'exp' for the values of publications."
        )
    if smoothing_value is not None and (
        DEFAULT_VALUES[smoothing] is None or not smoothing_value >= 0
    ):
        raise ValueError(
            f"{where}: smoothing_value must be None, or at least 0 with smoothing floor or add-k. "
            f"Received smoothing_value {smoothing_value!r}, smoothing {smoothing!r}. Use None."
        )


def bleu_from_counts(
    matches: Tensor,
    totals: Tensor,
    lengths: tuple[Tensor, Tensor],
    *,
    smoothing: Smoothing,
    smoothing_value: float | None,
    effective_order: bool,
    numpy: Any,
) -> tuple[Tensor, Tensor, Tensor]:
    """Computes BLEU, the precisions and the brevity penalty.

    Args:
        matches: float `(max_order,)`. Clipped counts of the n-grams that a reference has.
        totals: float `(max_order,)`. Counts of all n-grams of the hypotheses.
        lengths: pair of float scalars, in tokens: of the hypotheses and of the references.
        smoothing: see `corpus_bleu`.
        smoothing_value: see `corpus_bleu`.
        effective_order: see `corpus_bleu`.
        numpy: `numpy` or `keras.ops`, the module that computes.

    Returns:
        BLEU from 0 to 100, precisions `(max_order,)` from 0 to 1, brevity penalty from 0 to 1.
    """
    hypothesis, reference = lengths
    some = numpy.any(matches > 0)
    value = DEFAULT_VALUES[smoothing] if smoothing_value is None else smoothing_value
    ones, zeros = numpy.ones_like(totals), numpy.zeros_like(totals)
    if smoothing == "add-k":
        later = numpy.where(numpy.cumsum(ones) > 1, ones, zeros)  # all orders but 1
        matches, totals = matches + value * later, totals + value * later
    is_zero, counted = matches <= 0, totals > 0
    substitute = zeros
    if smoothing == "exp":
        substitute = 2.0 ** -numpy.cumsum(numpy.where(is_zero, ones, zeros))
    elif smoothing == "floor":
        substitute = value * ones
    precisions = numpy.where(is_zero, substitute, matches) / numpy.where(counted, totals, ones)
    precisions = numpy.where(numpy.logical_and(counted, some), precisions, zeros)
    used = counted if effective_order else totals >= 0
    logs = numpy.log(numpy.where(precisions > 0, precisions, ones))
    mean = numpy.sum(numpy.where(used, logs, zeros)) / numpy.maximum(
        numpy.sum(numpy.where(used, ones, zeros)), 1.0
    )
    defined = numpy.all(numpy.logical_or(precisions > 0, numpy.logical_not(used)))
    penalty = numpy.exp(numpy.minimum(1.0 - reference / numpy.maximum(hypothesis, 1.0), 0.0))
    penalty = numpy.where(hypothesis >= numpy.minimum(reference, 1.0), penalty, 0.0)
    score = numpy.where(numpy.logical_and(defined, some), 100.0 * penalty * numpy.exp(mean), 0.0)
    return score, precisions, penalty
