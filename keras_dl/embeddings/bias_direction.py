"""Finds the direction of a bias, such as gender, from pairs of words."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from keras_dl.embeddings.word_vectors import WordVectors
from keras_dl.typing import Tensor

_RESAMPLES = 1000


@dataclasses.dataclass(frozen=True)
class BiasDirection:
    """Result of `bias_direction`.

    `components`, float64 `(k, units)`, are the principal axes, orthogonal and of length 1.
    `explained_variance`, float64 `(k,)`, is the fraction of the variance along each axis. `angle`
    contains the median and the 95% quantile, in degrees, of the angle between the first axis and
    the first axis of resampled pairs. `pairs` lists the pairs used. `missing` lists the pairs with
    a word that has no vector.
    """

    components: np.ndarray
    explained_variance: np.ndarray
    angle: tuple[float, float]
    pairs: list[tuple[str, ...]]
    missing: list[tuple[str, ...]]

    @property
    def direction(self) -> np.ndarray:
        """First axis, float64 `(units,)`, which points toward the first words of the pairs."""
        return self.components[0]

    def __str__(self) -> str:
        median, most = self.angle
        return (
            f"{self.explained_variance[0]:.1%} of the variance of {len(self.pairs)} pairs; "
            f"resampling turns it by {median:.0f} degrees (median), {most:.0f} (95%); "
            f"{len(self.missing)} pairs are missing{': ' if self.missing else ''}"
            + ", ".join("/".join(pair) for pair in self.missing)
        )


def bias_direction(
    vectors: WordVectors, pairs: Sequence[Sequence[str]], seed: int = 0
) -> BiasDirection:
    """Finds the direction along which the words of each pair differ.

    Subtracts the mean of each pair from the unit vectors of its words, and computes the principal
    axes of all differences. These have mean 0 and need no further centering. Sets of more than two
    words also work.

    Args:
        vectors: `WordVectors`.
        pairs: list of pairs of words such as `("she", "he")`.
        seed: int. Seed for resampling the pairs, with replacement, for the angle.

    Returns:
        `BiasDirection`. Pairs with a word that has no vector are left out and listed in `missing`.

    Raises:
        ValueError: if fewer than two pairs have vectors, or the vectors of each pair are equal.

    Reference: Bolukbasi et al. 2016, arXiv:1607.06520, section 6, step 1; for resampling, Efron
    1979.
    """
    given = [tuple(pair) for pair in pairs]
    missing = [pair for pair in given if not all(word in vectors for word in pair)]
    used = [pair for pair in given if pair not in missing]
    if len(used) < 2:
        raise ValueError(
            "bias_direction: pairs must contain at least two pairs of words with vectors. "
            f"Received {len(used)} such pairs; pairs without vectors are {missing}. Use pairs of "
            "words from vectors.words, with the same spelling."
        )
    rows = [unit_rows(vectors.vectors[vectors.numbers(pair)]) for pair in used]
    centered = [block - block.mean(axis=0) for block in rows]
    axes, variance = _principal_axes(np.concatenate(centered))
    if not variance.sum() > 0:
        raise ValueError(
            "bias_direction: pairs must contain words with different vectors. Received equal "
            f"vectors in {used}. Use other pairs."
        )
    first_words = np.sum([block[0] for block in centered], axis=0)
    axes *= np.where(axes @ first_words < 0, -1.0, 1.0)[:, None]
    angle = _bootstrap_angle(centered, axes[0], np.random.default_rng(seed))
    return BiasDirection(axes, variance / variance.sum(), angle, used, missing)


def unit_rows(vectors: Tensor) -> np.ndarray:
    """Returns vectors scaled to length 1, as float64; a zero vector remains zero."""
    vectors = np.asarray(vectors, "float64")
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(lengths, lengths, 1)


def _principal_axes(centered):
    _, singular, axes = np.linalg.svd(centered, full_matrices=False)
    return axes, singular**2


def _bootstrap_angle(centered, direction, rng):
    """Returns median and 95% quantile in degrees, at most 90 because an axis has no sign."""
    angles = []
    for _ in range(_RESAMPLES):
        drawn = rng.integers(len(centered), size=len(centered))
        axes, _ = _principal_axes(np.concatenate([centered[number] for number in drawn]))
        angles.append(np.arccos(np.minimum(abs(axes[0] @ direction), 1)))
    median, most = np.degrees(np.quantile(angles, [0.5, 0.95]))
    return float(median), float(most)
