"""The direction in which a bias such as gender lies, from pairs of words that differ in it."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from keras_dl.embeddings.word_vectors import WordVectors
from keras_dl.typing import Tensor

_RESAMPLES = 1000


@dataclasses.dataclass(frozen=True)
class BiasDirection:
    """What `bias_direction` found.

    `components` float64 `(k, units)` are the principal axes, of length 1 and orthogonal, and
    `explained_variance` float64 `(k,)` the share of the variance along each. `angle` is the median
    and the 95% quantile, in degrees, of the angle between the first axis and that of resampled
    pairs. `pairs` and `missing` are the pairs that were used and those that lack a vector.
    """

    components: np.ndarray
    explained_variance: np.ndarray
    angle: tuple[float, float]
    pairs: list[tuple[str, ...]]
    missing: list[tuple[str, ...]]

    @property
    def direction(self) -> np.ndarray:
        """The first axis, float64 `(units,)`; first words of the pairs are on its positive side."""
        return self.components[0]

    def __str__(self) -> str:
        median, most = self.angle
        return (
            f"{self.explained_variance[0]:.1%} of the variance of {len(self.pairs)} pairs; "
            f"resampled it turns by {median:.0f} degrees (median), {most:.0f} (95%); "
            f"{len(self.missing)} pairs are missing{': ' if self.missing else ''}"
            + ", ".join("/".join(pair) for pair in self.missing)
        )


def bias_direction(
    vectors: WordVectors, pairs: Sequence[Sequence[str]], seed: int = 0
) -> BiasDirection:
    """Finds the direction along which the words of each pair differ.

    Principal axes of the unit vectors of all words, each less the mean of its own pair. Those means
    are 0 already, so nothing is centered a second time. Sets of more than two words work alike.

    Args:
        vectors: `WordVectors`.
        pairs: list of pairs of words such as `("she", "he")`.
        seed: int. Draws the pairs, with replacement, for the angle.

    Returns:
        `BiasDirection`. Pairs with a word that has no vector are left out, and reported.

    Raises:
        ValueError: if fewer than two pairs are left, or their words do not differ.

    Reference: Bolukbasi et al. 2016, arXiv:1607.06520, section 6, step 1; angle: Efron 1979.
    """
    given = [tuple(pair) for pair in pairs]
    missing = [pair for pair in given if not all(word in vectors for word in pair)]
    used = [pair for pair in given if pair not in missing]
    if len(used) < 2:
        raise ValueError(
            "bias_direction: at least two pairs must have vectors for all their words. Received "
            f"{len(used)} such pairs; missing are {missing}. Give pairs of words that are there, "
            "written as they are written there."
        )
    rows = [unit_rows(vectors.vectors[vectors.numbers(pair)]) for pair in used]
    centered = [block - block.mean(axis=0) for block in rows]
    axes, variance = _principal_axes(np.concatenate(centered))
    if not variance.sum() > 0:
        raise ValueError(
            f"bias_direction: the words of a pair must differ. Received equal vectors in {used}. "
            "Give other pairs."
        )
    first_words = np.sum([block[0] for block in centered], axis=0)
    axes *= np.where(axes @ first_words < 0, -1.0, 1.0)[:, None]
    angle = _bootstrap_angle(centered, axes[0], np.random.default_rng(seed))
    return BiasDirection(axes, variance / variance.sum(), angle, used, missing)


def unit_rows(vectors: Tensor) -> np.ndarray:
    """Returns vectors with the length 1 as float64; a vector of 0 stays 0."""
    vectors = np.asarray(vectors, "float64")
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(lengths, lengths, 1)


def _principal_axes(centered):
    _, singular, axes = np.linalg.svd(centered, full_matrices=False)
    return axes, singular**2


def _bootstrap_angle(centered, direction, rng):
    """Median and 95% quantile, in degrees; an axis has no sign, so the angle is at most 90."""
    angles = []
    for _ in range(_RESAMPLES):
        drawn = rng.integers(len(centered), size=len(centered))
        axes, _ = _principal_axes(np.concatenate([centered[number] for number in drawn]))
        angles.append(np.arccos(np.minimum(abs(axes[0] @ direction), 1)))
    median, most = np.degrees(np.quantile(angles, [0.5, 0.95]))
    return float(median), float(most)
