"""Metrics of verification (are these two the same?) and of identification (who is this?)."""

import dataclasses
from typing import NamedTuple

import numpy as np

from keras_dl.typing import Tensor


@dataclasses.dataclass(frozen=True)
class VerificationROC:
    """Error rates of a verification at all thresholds.

    A pair is accepted if its score is at least the threshold.

    Attributes:
        thresholds: float64 `(n,)`, descending, the first one infinite.
        false_accept_rates: float64 `(n,)`. Share of the pairs of different classes that are
            accepted, ascending from 0 to 1.
        true_accept_rates: float64 `(n,)`. Share of the pairs of the same class that are accepted,
            ascending from 0 to 1.
    """

    thresholds: np.ndarray
    false_accept_rates: np.ndarray
    true_accept_rates: np.ndarray

    @property
    def equal_error_rate(self) -> float:
        """Rate at which as many pairs of different classes are accepted as others are rejected.

        Between two thresholds, both rates are interpolated linearly.
        """
        rejected = 1 - self.true_accept_rates
        after = int(np.argmax(self.false_accept_rates >= rejected))
        gaps = (rejected - self.false_accept_rates)[after - 1 : after + 1]
        share = gaps[0] / (gaps[0] - gaps[1])
        low, high = self.false_accept_rates[after - 1 : after + 1]
        return float(low + share * (high - low))

    @property
    def area(self) -> float:
        """Area under the curve of true over false accept rates."""
        heights = (self.true_accept_rates[1:] + self.true_accept_rates[:-1]) / 2
        return float(heights @ np.diff(self.false_accept_rates))

    def true_accept_rate(self, false_accept_rate: float) -> float:
        """Returns the largest true accept rate whose false accept rate is not exceeded."""
        return float(self.true_accept_rates[self._index(false_accept_rate)])

    def threshold(self, false_accept_rate: float) -> float:
        """Returns the lowest threshold whose false accept rate is not exceeded.

        It is infinite if even the best score belongs to too many pairs of different classes.
        """
        return float(self.thresholds[self._index(false_accept_rate)])

    def _index(self, false_accept_rate):
        return int(np.searchsorted(self.false_accept_rates, false_accept_rate, "right")) - 1


def verification_roc(same: Tensor, scores: Tensor) -> VerificationROC:
    """Computes the error rates of a verification at all thresholds.

    They equal those of `sklearn.metrics.roc_curve` with `drop_intermediate=False`.

    Args:
        same: bool `(pairs,)`. Whether both of a pair belong to the same class.
        scores: float `(pairs,)`. Higher scores mean more similar pairs.

    Raises:
        ValueError: if shapes differ, a score is not finite, or there are no pairs of one kind.

    Example:
    >>> roc = verification_roc([True, True, False, False], [0.9, 0.4, 0.5, 0.1])
    >>> roc.equal_error_rate, roc.true_accept_rate(0.01), roc.threshold(0.01)
    (0.5, 0.5, 0.9)
    """
    same, scores = np.asarray(same, bool), np.asarray(scores, "float64")
    if same.ndim != 1 or same.shape != scores.shape or not np.isfinite(scores).all():
        raise ValueError(
            "verification_roc: same and scores must have shape (pairs,), and scores be finite. "
            f"Received shapes {same.shape} and {scores.shape}. Pass one score for each pair."
        )
    if same.all() or not same.any():
        raise ValueError(
            "verification_roc: there must be pairs of the same class and of different classes. "
            f"Received {same.sum()} and {(~same).sum()}. Add pairs."
        )
    order = np.argsort(-scores, kind="stable")
    same, scores = same[order], scores[order]
    last = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)  # of each score
    accepted = np.cumsum(same)[last]
    wrongly = last + 1 - accepted
    return VerificationROC(
        np.append(np.inf, scores[last]),
        np.append(0, wrongly) / wrongly[-1],
        np.append(0, accepted) / accepted[-1],
    )


class IdentificationRate(NamedTuple):
    """Result of an identification among enrolled people, with unknown people among the queries.

    Attributes:
        rate: float. Share of the queries of enrolled people whose best score is that of the right
            person and reaches the threshold.
        threshold: float. The lowest one at which the false alarm rate is not exceeded.
        false_alarm_rate: float. Share of the queries of unknown people that reach the threshold.
    """

    rate: float
    threshold: float
    false_alarm_rate: float


def identification_rate(
    scores: Tensor, enrolled: Tensor, truth: Tensor, false_alarm_rate: float = 0.01
) -> IdentificationRate:
    """Computes how many queries are identified while few unknown people raise a false alarm.

    The false alarm rate grows with the number of enrolled people, so compare values only for the
    same number. With several best scores, the rate counts the share of them that is right: if all
    scores are equal, the result is that of guessing.

    Args:
        scores: float `(queries, images)`. Similarity of each query to each enrolled image.
        enrolled: int `(images,)`. Class of each enrolled image.
        truth: int `(queries,)`. Class of each query. Classes that are not enrolled are unknown.
        false_alarm_rate: float, at least 0. Share of the queries of unknown classes that may reach
            the threshold.

    Returns:
        `IdentificationRate`.

    Raises:
        ValueError: if shapes do not match, or there are no known or no unknown queries.

    Example:
    >>> scores = [[0.9, 0.1], [0.6, 0.7], [0.5, 0.2]]
    >>> identification_rate(scores, enrolled=[1, 2], truth=[1, 1, 3])
    IdentificationRate(rate=0.5, threshold=0.7, false_alarm_rate=0.0)

    Reference: Grother & Ngan 2014, "Face Recognition Vendor Test", NIST IR 8009, section 2
    (detection and identification rate).
    """
    scores = np.asarray(scores, "float64")
    enrolled, truth = np.asarray(enrolled), np.asarray(truth)
    if scores.shape != (len(truth), len(enrolled)) or not scores.size:
        raise ValueError(
            "identification_rate: scores must have shape (queries, images). Received shape "
            f"{scores.shape} for {len(truth)} queries, {len(enrolled)} images. Pass the score of "
            "each query with each enrolled image."
        )
    known = np.isin(truth, enrolled)
    if known.all() or not known.any():
        raise ValueError(
            "identification_rate: there must be queries of enrolled and of unknown classes. "
            f"Received {known.sum()} and {(~known).sum()}. Leave some classes out of the gallery."
        )
    best = scores.max(axis=1)
    is_best = scores == best[:, None]
    right = (is_best & (enrolled[None] == truth[:, None])).sum(axis=1) / is_best.sum(axis=1)
    unknown = np.sort(best[~known])[::-1]
    allowed = int(false_alarm_rate * len(unknown) + 1e-9)
    # The lowest of all best scores that is above the first one that must not raise an alarm.
    above = best[best > unknown[allowed]] if allowed < len(unknown) else best
    threshold = float(above.min()) if len(above) else np.inf
    return IdentificationRate(
        float(np.mean(right[known] * (best[known] >= threshold))),
        threshold,
        float(np.mean(unknown >= threshold)),
    )
