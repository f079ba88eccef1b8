"""BLEU, chrF, and precision and recall of n-grams, of token IDs."""

from typing import Any

import keras
from keras import ops

from keras_dl.metrics.bleu_formula import (
    Smoothing,
    bleu_from_counts,
    check_order,
    check_smoothing,
)
from keras_dl.metrics.float64_ratio import as_exact_float, exact_ratio
from keras_dl.metrics.ngram_counts import closest_lengths, ngram_counts, sequence_lengths
from keras_dl.typing import Config, Tensor


class _NGramMetric(keras.metrics.Metric):
    """Reads sequences of token IDs and counts their n-grams up to an order."""

    def __init__(self, order: int, end: int, name: str, **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        check_order(type(self).__name__, "order", order)
        self.order = order
        self.end = end

    def _integers(self, shape, name):
        # Integers, since float32 stops counting at 2^24.
        return self.add_variable(shape, initializer="zeros", dtype="int32", name=name)

    def update_state(
        self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None
    ) -> None:
        """Counts one batch."""
        hypotheses, references = ops.convert_to_tensor(y_pred), ops.convert_to_tensor(y_true)
        if len(hypotheses.shape) == 3:
            hypotheses = ops.argmax(hypotheses, axis=-1)
        if len(hypotheses.shape) != 2 or len(references.shape) not in (2, 3):
            raise ValueError(
                f"{type(self).__name__}: y_pred must have shape (batch, time) or (batch, time, "
                "vocabulary), y_true (batch, time) or (batch, references, time). Received y_pred "
                f"{tuple(y_pred.shape)}, y_true {tuple(y_true.shape)}. Pass one row per example."
            )
        hypotheses, references = ops.cast(hypotheses, "int32"), ops.cast(references, "int32")
        if sample_weight is not None:
            counts = ops.convert_to_tensor(sample_weight) != 0
            if len(counts.shape) != 2:
                raise ValueError(
                    f"{type(self).__name__}: sample_weight must have shape (batch, time). Received "
                    f"{tuple(counts.shape)}. Pass a weight per token, 0 for padding."
                )
            hypotheses = ops.where(counts, hypotheses, self.end)
            if len(references.shape) == 2:
                references = ops.where(counts, references, self.end)
        if len(references.shape) == 2:
            references = references[:, None]
        self._count(hypotheses, references)

    def get_config(self) -> Config:
        """Returns the constructor arguments."""
        return {**super().get_config(), "order": self.order, "end": self.end}


@keras.saving.register_keras_serializable(package="keras_dl")
class BLEU(_NGramMetric):
    """BLEU of token IDs, from 0 to 100: `100 * BP * exp(mean over n of log p_n)`.

    The same value as `corpus_bleu` and sacreBLEU for texts whose words are the tokens. Scores of
    sub-words or of other tokenizations compare only with themselves: for a score to publish, decode
    texts and call `corpus_bleu`. With the outputs of teacher forcing, the metric measures how the
    model continues correct texts; it is larger than the BLEU of texts that the model generates.

    Args:
        order: int. Longest n-grams.
        smoothing: see `corpus_bleu`.
        smoothing_value: see `corpus_bleu`.
        effective_order: see `corpus_bleu`.
        end: int. A sequence consists of the tokens before its first `end`: the end token, or
            padding.

    Call arguments (of `update_state`):
        y_true: int `(batch, time)`, or `(batch, references, time)`. References, each with its own
            length; those without a token are ignored.
        y_pred: int `(batch, time)`, or float `(batch, time, vocabulary)`, of which the most
            probable tokens count.
        sample_weight: `(batch, time)` or None. A sequence ends before its first token of weight 0;
            the weights apply to `y_true` too if it has two axes.

    Raises:
        ValueError: if an argument is out of range, or shapes do not match.

    Example:
    >>> metric = BLEU(order=2)
    >>> metric.update_state([[[1, 2, 3, 0], [4, 2, 0, 0]]], [[1, 2, 2, 3]])
    >>> round(float(metric.result()), 4)  # 100 * (3 / 4 * 2 / 3) ** 0.5
    70.7107

    Reference: Papineni et al. 2002, "BLEU: a method for automatic evaluation of machine
    translation".
    """

    def __init__(
        self,
        order: int = 4,
        smoothing: Smoothing = "exp",
        smoothing_value: float | None = None,
        effective_order: bool = False,
        end: int = 0,
        name: str = "bleu",
        **kwargs: Any,
    ) -> None:
        super().__init__(order, end, name, **kwargs)
        check_smoothing("BLEU", smoothing, smoothing_value)
        self.smoothing = smoothing
        self.smoothing_value = smoothing_value
        self.effective_order = effective_order
        self.matches = self._integers((order,), "matches")
        self.totals = self._integers((order,), "totals")
        self.hypothesis_length = self._integers((), "hypothesis_length")
        self.reference_length = self._integers((), "reference_length")

    def _count(self, hypotheses, references):
        counts = ngram_counts(hypotheses, references, self.order, self.end)
        self.matches.assign_add(ops.stack([ops.sum(each.clipped) for each in counts]))
        self.totals.assign_add(ops.stack([ops.sum(each.total) for each in counts]))
        lengths = sequence_lengths(hypotheses, self.end)
        self.hypothesis_length.assign_add(ops.sum(lengths))
        closest = closest_lengths(lengths, sequence_lengths(references, self.end))
        self.reference_length.assign_add(ops.sum(closest))

    def result(self) -> Tensor:
        """Returns BLEU, 0 before the first batch."""
        score, _, _ = bleu_from_counts(
            as_exact_float(self.matches),
            as_exact_float(self.totals),
            (as_exact_float(self.hypothesis_length), as_exact_float(self.reference_length)),
            smoothing=self.smoothing,
            smoothing_value=self.smoothing_value,
            effective_order=self.effective_order,
            numpy=ops,
        )
        return score

    def get_config(self) -> Config:
        """Returns the constructor arguments."""
        return {
            **super().get_config(),
            "smoothing": self.smoothing,
            "smoothing_value": self.smoothing_value,
            "effective_order": self.effective_order,
        }


@keras.saving.register_keras_serializable(package="keras_dl")
class ChrF(_NGramMetric):
    """chrF of token IDs, from 0 to 100: the F-score of the mean precision and recall of n-grams.

    If the tokens are characters, it is the same value as `corpus_chrf` and sacreBLEU with
    `whitespace=True`. With several references, the one with the best chrF for its row counts.

    Args:
        order: int. Longest n-grams.
        beta: int. Weight of recall against precision.
        end: see `BLEU`.

    Call arguments (of `update_state`): see `BLEU`.

    Raises:
        ValueError: if an argument is out of range, or shapes do not match.

    Example:
    >>> metric = ChrF(order=1, beta=1)
    >>> metric.update_state([[1, 2, 3, 4]], [[1, 2, 5, 0]])  # precision 2 / 3, recall 2 / 4
    >>> round(float(metric.result()), 2)
    57.14

    Reference: Popovic 2015, "chrF: character n-gram F-score for automatic MT evaluation".
    """

    def __init__(
        self, order: int = 6, beta: int = 2, end: int = 0, name: str = "chrf", **kwargs: Any
    ) -> None:
        super().__init__(order, end, name, **kwargs)
        if beta < 1:
            raise ValueError(f"ChrF: beta must be at least 1. Received beta {beta!r}. Use 2.")
        self.beta = beta
        self.counts = self._integers((order, 3), "counts")

    def _count(self, hypotheses, references):
        # (batch, references, order, 3): n-grams of the hypothesis, of the reference and of both.
        # As in sacreBLEU, orders without n-grams of the reference do not count.
        counts = ops.stack(
            [
                ops.stack([ops.where(n.expected > 0, n.total, 0), n.expected, n.recalled], -1)
                for n in ngram_counts(hypotheses, references, self.order, self.end)
            ],
            -2,
        )
        exists = counts[:, :, 0, 1] > 0
        best = ops.argmax(ops.where(exists, self._f_score(counts), -1.0), axis=1)
        chosen = ops.one_hot(best, counts.shape[1], dtype="int32")[:, :, None, None]
        self.counts.assign_add(ops.sum(counts * chosen, axis=(0, 1)))

    def _f_score(self, counts):
        ours, theirs, shared = ops.unstack(as_exact_float(counts), axis=-1)
        valid = ops.logical_and(ours > 0, theirs > 0)
        orders = ops.sum(ops.cast(valid, ours.dtype), -1)
        precision, recall = (
            ops.divide_no_nan(ops.sum(ops.where(valid, ratio, 0.0), -1), orders)
            for ratio in (ops.divide_no_nan(shared, ours), ops.divide_no_nan(shared, theirs))
        )
        squared = self.beta**2
        both = (1 + squared) * precision * recall
        return 100 * ops.divide_no_nan(both, squared * precision + recall)

    def result(self) -> Tensor:
        """Returns chrF, 0 before the first batch."""
        return self._f_score(self.counts)

    def get_config(self) -> Config:
        """Returns the constructor arguments."""
        return {**super().get_config(), "beta": self.beta}


class _NGramRatio(_NGramMetric):
    def __init__(self, order: int = 1, end: int = 0, name: str = "", **kwargs: Any) -> None:
        super().__init__(order, end, name, **kwargs)
        self.part = self._integers((), "part")
        self.whole = self._integers((), "whole")

    def _count(self, hypotheses, references):
        counts = ngram_counts(hypotheses, references, self.order, self.end)[-1]
        part, whole = self._ratio(counts)
        self.part.assign_add(ops.sum(part))
        self.whole.assign_add(ops.sum(whole))

    def result(self) -> Tensor:
        """Returns the ratio, 0 before the first batch."""
        return exact_ratio(self.part, self.whole)


@keras.saving.register_keras_serializable(package="keras_dl")
class NGramPrecision(_NGramRatio):
    """Fraction of the n-grams of the hypotheses that occur in a reference.

    An n-gram that occurs once in a reference may occur any number of times in the hypothesis, so
    that "the the the" is right where "the" is. `ModifiedPrecision` mends this.

    Args:
        order: int. The n of the n-grams.
        end: see `BLEU`.

    Call arguments (of `update_state`): see `BLEU`.

    Raises:
        ValueError: see `BLEU`.

    Example:
    >>> metric = NGramPrecision()
    >>> metric.update_state([[1, 2, 3, 4]], [[1, 1, 1, 5]])
    >>> float(metric.result())
    0.75
    """

    def __init__(self, order: int = 1, end: int = 0, name: str = "ngram_precision", **kwargs: Any):
        super().__init__(order, end, name, **kwargs)

    def _ratio(self, counts):
        return counts.found, counts.total


@keras.saving.register_keras_serializable(package="keras_dl")
class ModifiedPrecision(_NGramRatio):
    """Precision in which an n-gram counts at most as often as it occurs in one reference.

    The reference that has the n-gram most often counts. This is the `p_n` of BLEU.

    Args:
        order: int. The n of the n-grams.
        end: see `BLEU`.

    Call arguments (of `update_state`): see `BLEU`.

    Raises:
        ValueError: see `BLEU`.

    Example:
    >>> metric = ModifiedPrecision()
    >>> metric.update_state([[1, 2, 3, 4]], [[1, 1, 1, 5]])
    >>> float(metric.result())
    0.25

    Reference: Papineni et al. 2002, section 2.1.
    """

    def __init__(
        self, order: int = 1, end: int = 0, name: str = "modified_precision", **kwargs: Any
    ):
        super().__init__(order, end, name, **kwargs)

    def _ratio(self, counts):
        return counts.clipped, counts.total


@keras.saving.register_keras_serializable(package="keras_dl")
class NGramRecall(_NGramRatio):
    """Fraction of the n-grams of the references that occur in the hypothesis (ROUGE-N).

    An n-gram counts at most as often as it occurs in the hypothesis.

    Args:
        order: int. The n of the n-grams.
        end: see `BLEU`.

    Call arguments (of `update_state`): see `BLEU`.

    Raises:
        ValueError: see `BLEU`.

    Example:
    >>> metric = NGramRecall()
    >>> metric.update_state([[1, 2, 3, 4]], [[1, 1, 2, 5]])
    >>> float(metric.result())
    0.5

    Reference: Lin 2004, "ROUGE: a package for automatic evaluation of summaries", section 2.
    """

    def __init__(self, order: int = 1, end: int = 0, name: str = "ngram_recall", **kwargs: Any):
        super().__init__(order, end, name, **kwargs)

    def _ratio(self, counts):
        return counts.recalled, counts.expected
