"""WEAT: how strongly two sets of words are associated with two sets of attributes."""

import dataclasses
import itertools
import math
from collections.abc import Sequence
from typing import Literal

import numpy as np

from keras_dl.embeddings.bias_direction import unit_rows
from keras_dl.embeddings.word_vectors import WordVectors

_AT_ONCE = 10_000  # random splits


@dataclasses.dataclass(frozen=True)
class WEATResult:
    """Result of `weat`.

    `effect_size` is Caliskan's d, in standard deviations, from -2 to 2. `statistic` is the sum of
    the associations of the first targets minus the sum for the second targets. `p` is the fraction
    of splits of the targets with a statistic at least as large. `splits` is the number of splits
    evaluated, and `exact` is True if these are all possible splits. `sizes` contains the number of
    words used from each of the four lists. `missing` lists the words without a vector.
    """

    effect_size: float
    statistic: float
    p: float
    exact: bool
    splits: int
    sizes: tuple[int, int, int, int]
    missing: list[str]

    def __str__(self) -> str:
        sizes = "{} + {} targets, {} + {} attributes".format(*self.sizes)
        gone = f"; missing: {', '.join(self.missing)}" if self.missing else ""
        splits = f"{'all' if self.exact else 'sampled'} {self.splits:,} splits"
        return f"d = {self.effect_size:.2f}, p = {self.p:.2g} ({splits}; {sizes}{gone})"


def weat(
    vectors: WordVectors,
    targets_x: Sequence[str],
    targets_y: Sequence[str],
    attributes_a: Sequence[str],
    attributes_b: Sequence[str],
    permutations: int = 100_000,
    ddof: Literal[0, 1] = 1,
    seed: int = 0,
) -> WEATResult:
    """Measures whether words X are associated with A, and Y with B, rather than vice versa.

    The association of a word is `s(w) = mean of cos(w, a) - mean of cos(w, b)`;
    `d = (mean of s over X - mean of s over Y) / standard deviation of s over both`.

    Args:
        vectors: `WordVectors`.
        targets_x: list of words.
        targets_y: list of words, none of them in `targets_x`.
        attributes_a: list of words.
        attributes_b: list of words.
        permutations: int. Maximum number of splits of all targets into two sets of the same sizes
            as X and Y. If there are no more possible splits, all are used and p is exact. Otherwise
            this many splits are sampled.
        ddof: 1 divides the variance by n - 1, which reproduces the values in the paper; 0 divides
            by n, as WEFE does.
        seed: int. Seed for sampling the splits.

    Returns:
        `WEATResult`. p is one-sided. The observed split is counted, so p is never 0 (the paper
        counts only splits with a larger statistic). Words without a vector are left out and listed
        in `missing`.

    Raises:
        ValueError: if fewer than two words of a list have vectors, a target occurs twice, or all
            targets have the same association.

    Reference: Caliskan, Bryson & Narayanan 2017, arXiv:1608.07187, "Methods"; p from a sample:
    Phipson & Smyth 2010, arXiv:1603.05766.
    """
    lists = {
        "targets_x": targets_x,
        "targets_y": targets_y,
        "attributes_a": attributes_a,
        "attributes_b": attributes_b,
    }
    x, y, a, b = (_known(vectors, name, words) for name, words in lists.items())
    if len({*x, *y}) < len(x) + len(y):
        twice = sorted(word for word in {*x, *y} if (x + y).count(word) > 1)
        raise ValueError(
            "weat: targets_x and targets_y must not repeat a word. Received "
            f"{twice} more than once. Remove the duplicates."
        )
    unit = {word: unit_rows(vectors[word]) for word in {*x, *y, *a, *b}}
    targets, first, second = (np.stack([unit[w] for w in words]) for words in (x + y, a, b))
    association = (targets @ first.T).mean(axis=1) - (targets @ second.T).mean(axis=1)
    deviation = association.std(ddof=ddof)
    if not deviation > 1e-12:
        raise ValueError(
            "weat: the words in targets_x and targets_y must differ in their association. Received "
            f"associations with a standard deviation of {deviation}. Use other words or vectors."
        )
    difference = association[: len(x)].mean() - association[len(x) :].mean()
    p, exact, splits = _p_value(association, len(x), permutations, np.random.default_rng(seed))
    return WEATResult(
        effect_size=float(difference / deviation),
        statistic=float(association[: len(x)].sum() - association[len(x) :].sum()),
        p=p,
        exact=exact,
        splits=splits,
        sizes=(len(x), len(y), len(a), len(b)),
        missing=[word for words in lists.values() for word in words if word not in vectors],
    )


def _known(vectors, name, words):
    known = [word for word in words if word in vectors]
    if len(known) < 2:
        raise ValueError(
            f"weat: {name} must have at least two words with vectors. Received {list(words)}, but "
            f"only {known} have vectors. Use words from vectors.words, with the same spelling."
        )
    return known


def _p_value(association, size, permutations, rng):
    """Returns p, whether it is exact, and the number of splits.

    The total is fixed, so comparing the sums over the first set suffices.
    """
    # The tolerance keeps the same words, summed in another order, from counting as smaller.
    observed = association[:size].sum() - 1e-12 * np.abs(association).sum()
    count = math.comb(len(association), size)
    if count <= permutations:
        splits = itertools.chain.from_iterable(
            itertools.combinations(range(len(association)), size)
        )
        rows = np.fromiter(splits, "int64", count * size).reshape(count, size)
        return float(np.mean(association[rows].sum(axis=1) >= observed)), True, count
    larger = 0
    for start in range(0, permutations, _AT_ONCE):
        number = min(_AT_ONCE, permutations - start)
        shuffled = rng.permuted(np.tile(association, (number, 1)), axis=1)
        larger += int(np.sum(shuffled[:, :size].sum(axis=1) >= observed))
    return (larger + 1) / (permutations + 1), False, permutations
