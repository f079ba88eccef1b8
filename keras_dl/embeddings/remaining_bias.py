"""What is left of a bias after it was taken out: the card to print with every debiasing."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from keras_dl.embeddings.bias_direction import unit_rows
from keras_dl.embeddings.linear_probe import cross_validated
from keras_dl.embeddings.word_vectors import WordVectors
from keras_dl.typing import Tensor

_DEBIASED = 0.6  # accuracy of the linear probe from which on the word may not be used
_AT_ONCE = 500  # words whose neighbors are looked up


@dataclasses.dataclass(frozen=True)
class RemainingBias:
    """What `remaining_bias` found; each measure is a pair of before and after.

    `probe` is the accuracy of a linear classifier on held-out words, of the `words` most biased on
    either side, and `clusters` the share of these that two clusters found without labels put with
    their own side; 0.5 is chance for both. `neighbors` is the correlation over `professions` of
    the bias before with the share of neighbors that were biased to the positive side; 0 is none.
    """

    probe: tuple[float, float]
    clusters: tuple[float, float]
    neighbors: tuple[float, float]
    words: int
    professions: int
    missing: list[str]

    @property
    def debiased(self) -> bool:
        """Whether the probe is at most 60% right: else the vectors must not be called so."""
        return self.probe[1] <= _DEBIASED

    def __str__(self) -> str:
        rows = [
            (f"Bias of the {self.words} + {self.words} words most biased before", None, ""),
            ("  linear probe, right on held-out words", self.probe, "{:.1%}"),
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
    """Measures by what other ways than its direction a bias can still be seen.

    Sides and bias are those of the vectors before, along `direction`; to compare vectors with
    themselves, give them twice.

    Args:
        before: `WordVectors`.
        after: `WordVectors` with the same words.
        direction: float `(units,)`, in the vectors before.
        words: list of words that should be neutral, among which the most biased are sought. Words
            by which a projection was found are no fair test of it: give others.
        professions: list of words for the correlation, whose neighbors are sought in `words`.
        n: int. How many of the most biased words are taken of each side.
        neighbors: int. How many neighbors of each profession are looked at.
        seed: int. Of the folds and the clusters.

    Returns:
        `RemainingBias`. Professions without a vector are left out, and reported.

    Raises:
        ValueError: if the words before and after differ, a word is not there, there are fewer than
            2 n words, or fewer than three professions.

    Reference: Gonen & Goldberg 2019, arXiv:1903.03862, section 4. Deviation: a linear machine on
    all of five folds, where the paper has one with a radial kernel on one split.
    """
    if before.words != after.words:
        raise ValueError(
            f"remaining_bias: before and after must have the same words. Received {len(before)} "
            f"and {len(after)}, not the same. Give the vectors that were debiased."
        )
    rows = before.numbers(words)
    known = [word for word in professions if word in before]
    if not 10 <= 2 * n <= len(rows) or not 0 < neighbors < len(rows) or len(known) < 3:
        raise ValueError(
            "remaining_bias: there must be at least 2 n words, n at least 5, more words than "
            f"neighbors, and three professions. Received {len(rows)} words, n {n}, neighbors "
            f"{neighbors}, {len(known)} professions. Give more words, or a smaller n."
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
        correlation.append(_neighbour_correlation(unit, bias, rows, asked, neighbors))
    return RemainingBias(
        probe=(probe[0], probe[1]),
        clusters=(clusters[0], clusters[1]),
        neighbors=(correlation[0], correlation[1]),
        words=n,
        professions=len(known),
        missing=[word for word in professions if word not in before],
    )


def _clusters(unit, labels, seed):
    """Share of words in the cluster of their side, whichever of the two that is."""
    from sklearn.cluster import KMeans

    found = KMeans(2, n_init=10, random_state=seed).fit_predict(unit)
    share = float(np.mean(found == labels))
    return max(share, 1 - share)


def _neighbour_correlation(unit, bias, rows, asked, k):
    """Pearson's correlation of the bias of words with the share of positive ones around them."""
    shares = []
    for start in range(0, len(asked), _AT_ONCE):
        near = unit[asked[start : start + _AT_ONCE]] @ unit[rows].T
        near[asked[start : start + _AT_ONCE, None] == rows] = -np.inf  # not its own neighbor
        nearest = np.argpartition(-near, k - 1, axis=1)[:, :k]
        shares.extend(np.mean(bias[rows[nearest]] > 0, axis=1))
    if np.ptp(shares) == 0 or np.ptp(bias[asked]) == 0:
        return 0.0  # nothing that could go together
    return float(np.corrcoef(bias[asked], shares)[0, 1])
