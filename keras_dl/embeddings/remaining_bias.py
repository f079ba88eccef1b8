"""Measures the bias that remains in word vectors after debiasing."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from keras_dl.embeddings.bias_direction import unit_rows
from keras_dl.embeddings.linear_probe import cross_validated
from keras_dl.embeddings.word_vectors import WordVectors
from keras_dl.typing import Tensor

_DEBIASED = 0.6  # highest accuracy of the linear probe for vectors to count as debiased
_AT_ONCE = 500  # words in a batch of the neighbor search


@dataclasses.dataclass(frozen=True)
class RemainingBias:
    """Result of `remaining_bias`. Each measure is a pair of values, before and after debiasing.

    `probe` and `clusters` measure the most biased words of each side; `words` is their number.
    `probe` is the accuracy of a linear classifier on held-out words. `clusters` is the fraction of
    words that clustering without labels assigns to their side. Chance is 0.5 for both. `neighbors`
    is a correlation over professions: between a word's bias before debiasing and the fraction of
    its neighbors that had a positive bias. `professions` is the number of professions used, and
    `missing` lists the professions without a vector.
    """

    probe: tuple[float, float]
    clusters: tuple[float, float]
    neighbors: tuple[float, float]
    words: int
    professions: int
    missing: list[str]

    @property
    def debiased(self) -> bool:
        """Whether the accuracy of the probe after debiasing is at most 60%."""
        return self.probe[1] <= _DEBIASED

    def __str__(self) -> str:
        rows = [
            (f"Bias of the {self.words} + {self.words} words most biased before", None, ""),
            ("  linear probe, accuracy on held-out words", self.probe, "{:.1%}"),
            ("  two clusters, agreement with the sides", self.clusters, "{:.1%}"),
            (
                f"  neighbors, correlation, {self.professions} professions",
                self.neighbors,
                "{:.2f}",
            ),
        ]
        lines = []
        for name, pair, form in rows:
            before, after = map(form.format, pair) if pair else ("before", "after")
            lines.append(f"{name:48}{before:>8}{after:>8}")
        share = f"a linear probe is right in {self.probe[1]:.1%} of the held-out words"
        if self.debiased:
            return "\n".join([*lines, f"Debiased as far as a linear probe can tell: {share}."])
        return "\n".join([*lines, f"NOT debiased: {share}, more than {_DEBIASED:.0%}."])


def remaining_bias(
    before: WordVectors,
    after: WordVectors,
    direction: Tensor,
    words: Sequence[str],
    professions: Sequence[str],
    n: int = 500,
    neighbors: int = 100,
    seed: int = 0,
) -> RemainingBias:
    """Measures the bias that a classifier, clustering and neighbors still reveal after debiasing.

    The bias and the side of a word are computed from `before`, along `direction`. To measure only
    one set of vectors, pass it as both `before` and `after`.

    Args:
        before: `WordVectors` before debiasing.
        after: `WordVectors` after debiasing, with the same words.
        direction: float `(units,)`. Bias direction of `before`.
        words: list of words that should be neutral. The most biased of them are measured. For a
            fair test of a projection, use words that did not determine the projection.
        professions: list of words for the correlation. Their neighbors are searched in `words`.
        n: int. Number of words to measure on each side.
        neighbors: int. Number of neighbors of each profession.
        seed: int. Seed of the folds and the clusters.

    Returns:
        `RemainingBias`. Professions without a vector are left out and listed in `missing`.

    Raises:
        ValueError: if `before` and `after` have different words, a word has no vector, or there are
            too few words or professions.

    Reference: Gonen & Goldberg 2019, arXiv:1903.03862, section 4. Deviation: a linear support
    vector machine on five folds, where the paper uses a radial kernel on one split.
    """
    if before.words != after.words:
        raise ValueError(
            f"remaining_bias: before and after must have the same words. Received {len(before)} "
            f"and {len(after)} words that differ. Pass the vectors before debiasing, and the "
            "result of debiasing them."
        )
    rows = before.numbers(words)
    known = [word for word in professions if word in before]
    if not 10 <= 2 * n <= len(rows) or not 0 < neighbors < len(rows) or len(known) < 3:
        raise ValueError(
            "remaining_bias: n must be at least 5 and neighbors at least 1. There must be at least "
            "2 n words, more words than neighbors, and at least 3 professions with vectors. "
            f"Received n {n}, neighbors {neighbors}, {len(rows)} words, {len(known)} professions. "
            "Use more words, or a smaller n."
        )
    bias = unit_rows(before.vectors) @ unit_rows(direction)
    order = rows[np.argsort(bias[rows], kind="stable")]
    most = np.concatenate([order[:n], order[-n:]])
    asked = before.numbers(known)
    probe, clusters, correlation = [], [], []
    for vectors in (before, after):
        unit = unit_rows(vectors.vectors)
        probe.append(cross_validated(unit[most], np.arange(2 * n) >= n, seed))
        clusters.append(_clusters(unit[most], np.arange(2 * n) >= n, seed))
        correlation.append(_neighbor_correlation(unit, bias, rows, asked, neighbors))
    return RemainingBias(
        probe=(probe[0], probe[1]),
        clusters=(clusters[0], clusters[1]),
        neighbors=(correlation[0], correlation[1]),
        words=n,
        professions=len(known),
        missing=[word for word in professions if word not in before],
    )


def _clusters(unit, labels, seed):
    """Returns the fraction of words in the cluster of their side, for the better assignment."""
    from sklearn.cluster import KMeans

    clusters = KMeans(2, n_init=10, random_state=seed).fit_predict(unit)
    share = float(np.mean(clusters == labels))
    return max(share, 1 - share)


def _neighbor_correlation(unit, bias, rows, asked, k):
    """Returns Pearson's correlation of the bias of words and their fraction of biased neighbors."""
    shares = []
    for start in range(0, len(asked), _AT_ONCE):
        near = unit[asked[start : start + _AT_ONCE]] @ unit[rows].T
        near[asked[start : start + _AT_ONCE, None] == rows] = -np.inf  # a word is no neighbor
        nearest = np.argpartition(-near, k - 1, axis=1)[:, :k]
        shares.extend(np.mean(bias[rows[nearest]] > 0, axis=1))
    if np.ptp(shares) == 0 or np.ptp(bias[asked]) == 0:
        return 0.0  # a constant has no correlation
    return float(np.corrcoef(bias[asked], shares)[0, 1])
