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
    """Result of `remaining_bias`; each measure is a pair of the values before and after.

    `probe` and `clusters` measure the `words` most biased words of each side. `probe` is the
    accuracy of a linear classifier on held-out words. `clusters` is the fraction of words that
    clustering without labels assigns to their side. Chance is 0.5 for both. `neighbors` is the
    correlation, over `professions`, of the bias before with the fraction of neighbors that were
    biased to the positive side; 0 is none.
    """

    probe: tuple[float, float]
    clusters: tuple[float, float]
    neighbors: tuple[float, float]
    words: int
    professions: int
    missing: list[str]

    @property
    def debiased(self) -> bool:
        """Whether the probe's accuracy after is at most 60%, so that vectors count as debiased."""
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
    """Measures bias that can still be detected in other ways than along its direction.

    Sides and bias refer to the vectors before, along `direction`. To measure only one set of
    vectors, give it as both `before` and `after`.

    Args:
        before: `WordVectors`.
        after: `WordVectors` with the same words.
        direction: float `(units,)`, found on `before`.
        words: list of words that should be neutral; the most biased of them are measured. Words
            that were used to find a projection do not test it fairly: give others.
        professions: list of words for the correlation; their neighbors are searched in `words`.
        n: int. Number of the most biased words of each side.
        neighbors: int. Number of neighbors of each profession.
        seed: int. Seed of the folds and the clusters.

    Returns:
        `RemainingBias`. Professions without a vector are left out and listed in `missing`.

    Raises:
        ValueError: if the words before and after differ, a word has no vector, or there are fewer
            than 2 n words or three professions.

    Reference: Gonen & Goldberg 2019, arXiv:1903.03862, section 4. Deviation: a linear support
    vector machine on five folds, where the paper uses a radial kernel on one split.
    """
    if before.words != after.words:
        raise ValueError(
            f"remaining_bias: before and after must have the same words. Received {len(before)} "
            f"and {len(after)} words, not the same. Give the vectors that were debiased, and the "
            "result."
        )
    rows = before.numbers(words)
    known = [word for word in professions if word in before]
    if not 10 <= 2 * n <= len(rows) or not 0 < neighbors < len(rows) or len(known) < 3:
        raise ValueError(
            "remaining_bias: n must be at least 5, neighbors at least 1, words more than neighbors "
            f"and at least 2 n, professions at least 3. Received {len(rows)} words, n {n}, "
            f"neighbors {neighbors}, {len(known)} professions. Give more words, or a smaller n."
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

    found = KMeans(2, n_init=10, random_state=seed).fit_predict(unit)
    share = float(np.mean(found == labels))
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
