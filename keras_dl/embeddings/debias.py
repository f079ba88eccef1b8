"""Removes a bias from word vectors along its direction: hard or soft debiasing."""

from collections.abc import Iterable, Sequence

import numpy as np

from keras_dl.embeddings.bias_direction import unit_rows
from keras_dl.embeddings.word_vectors import WordVectors
from keras_dl.typing import Tensor

_NOTHING = 1e-6  # a shorter remainder of a unit vector is a rounding error
_MOST_STEPS = 10_000  # a millisecond each


def neutralize(vectors: WordVectors, direction: Tensor, words: Iterable[str]) -> WordVectors:
    """Removes the component along the bias direction from the given words.

    `w = (w - (w . g) g) / |w - (w . g) g|`, computed in float64, so that `w . g` of the float32
    result is 0 up to rounding.

    Args:
        vectors: `WordVectors`.
        direction: float `(units,)`, or `(k, units)` with orthogonal rows for a bias subspace.
        words: list of the words to neutralize.

    Returns:
        `WordVectors`, all of length 1. A vector that lies along the bias direction becomes zero.

    Raises:
        ValueError: if a word has no vector or `direction` is invalid.

    Reference: Bolukbasi et al. 2016, arXiv:1607.06520, section 6, step 2a.
    """
    basis = _basis("neutralize", vectors, direction)
    unit, rows = unit_rows(vectors.vectors), vectors.numbers(words)
    neutral = unit[rows] - unit[rows] @ basis.T @ basis
    neutral[np.linalg.norm(neutral, axis=1) < _NOTHING] = 0
    unit[rows] = unit_rows(neutral)
    return WordVectors(vectors.words, unit)


def equalize(vectors: WordVectors, direction: Tensor, sets: Sequence[Sequence[str]]) -> WordVectors:
    """Makes the words of each set differ only along the bias direction, and symmetrically.

    Let m be the mean of a set and n its component orthogonal to the bias. Each word w becomes
    `n + sqrt(1 - |n|^2) (w_B - m_B) / |w_B - m_B|`, where `_B` is the component along the bias. All
    words of a set then have length 1 and the same distance to each word that `neutralize` has
    neutralized before. A single direction has only two sides, so words on the same side become
    equal in a set of three. With a subspace, they remain different.

    Args:
        vectors: `WordVectors`.
        direction: float `(units,)`, or `(k, units)` with orthogonal rows for a bias subspace.
        sets: list of sets of words such as `("she", "he")`, each of at least two words.

    Returns:
        `WordVectors`, all of length 1.

    Raises:
        ValueError: if a word has no vector or is in two sets, the words of a set do not differ
            along the bias, or `direction` is invalid.

    Reference: Bolukbasi et al. 2016, arXiv:1607.06520, section 6, step 2a.
    """
    basis = _basis("equalize", vectors, direction)
    sets = list(dict.fromkeys(tuple(words) for words in sets))
    together = [word for words in sets for word in words]
    twice = sorted({word for word in together if together.count(word) > 1})
    if twice:
        raise ValueError(
            f"equalize: sets must not share a word. Received {twice} more than once. Merge the "
            "sets that share a word, or remove the word from one of them."
        )
    unit = unit_rows(vectors.vectors)
    for words in sets:
        rows = vectors.numbers(words)
        biased = unit[rows] @ basis.T @ basis
        neutral = np.mean(unit[rows] - biased, axis=0)
        away = biased - biased.mean(axis=0)
        if np.any(np.linalg.norm(away, axis=1) < _NOTHING):
            raise ValueError(
                "equalize: sets must contain words that differ along the bias. Received "
                f"{words}, with the components {np.round(unit[rows] @ basis.T, 3).tolist()} along "
                "the bias. Remove this set, or do not neutralize its words first."
            )
        unit[rows] = neutral + np.sqrt(1 - neutral @ neutral) * unit_rows(away)
    return WordVectors(vectors.words, unit)


def hard_debias(
    vectors: WordVectors, direction: Tensor, specific: Iterable[str], sets: Sequence[Sequence[str]]
) -> WordVectors:
    """Neutralizes every word that is not specific to a group, then equalizes the sets.

    Args:
        vectors: `WordVectors`.
        direction: float `(units,)`.
        specific: words that keep their bias, such as `"grandmother"`. Words without a vector are
            ignored. The words in `sets` also keep it, because a neutral word cannot be equalized.
        sets: list of sets of words that have vectors.

    Returns:
        `WordVectors`, all of length 1.
    """
    kept = set(specific).union(*sets)
    neutral = [word for word in vectors.words if word not in kept]
    return equalize(neutralize(vectors, direction, neutral), direction, sets)


def soft_debias(
    vectors: WordVectors, direction: Tensor, neutral_words: Iterable[str], strength: float
) -> WordVectors:
    """Applies a linear map that removes bias from neutral words and preserves similarities.

    Finds the matrix T that minimizes `|(TW)'(TW) - W'W|^2 + strength |(TN)'(Tg)|^2`, where the
    columns of W are all unit vectors and the columns of N the neutral ones. It then scales the
    vectors to length 1 again. The first term grows with the square of the number of words and the
    second with the number of neutral words, so more words need more strength.

    Both terms depend only on `X = T'T` and are convex in it. X is therefore found exactly, and T is
    its symmetric square root.

    Args:
        vectors: `WordVectors` that span all dimensions, with at least as many words as units.
        direction: float `(units,)`.
        neutral_words: list of words that should be neutral.
        strength: float, at least 0. With 0, the vectors are only scaled to length 1. As it grows,
            the bias of the neutral words approaches 0.

    Returns:
        `WordVectors`, all of length 1.

    Raises:
        ValueError: if a word has no vector, `direction` is invalid, the vectors do not span all
            dimensions, or `strength` is too large for the number of neutral words.

    Reference: Bolukbasi et al. 2016, arXiv:1607.06520, section 6, step 2b.
    """
    (direction,) = _basis("soft_debias", vectors, direction, most=1)
    if not 0 <= strength < np.inf:
        raise ValueError(
            f"soft_debias: strength must be finite and at least 0. Received {strength}. Use 0.2, "
            "or more if there are many words."
        )
    unit = unit_rows(vectors.vectors)
    neutral = unit[vectors.numbers(neutral_words)]
    gram = _debiased_gram(unit.T @ unit, neutral.T @ neutral, direction, strength)
    values, axes = np.linalg.eigh(gram)
    root = (axes * np.sqrt(np.maximum(values, 0))) @ axes.T
    return WordVectors(vectors.words, unit_rows(unit @ root))


def _debiased_gram(covariance, neutral, direction, strength):
    """Minimizes `tr(C(X - 1)C(X - 1)) + strength g'X S X g` over X = X' >= 0.

    C = WW' and S = NN' have shape `(units, units)`. With C = R R and Z = R X R, the first term is
    the squared distance of Z from C. The second term is `strength c'Z M Z c` with
    c = inverse(R) g and M = inverse(R) S inverse(R).
    """
    values, axes = np.linalg.eigh(covariance)
    if values[0] <= 1e-10 * values[-1]:
        raise ValueError(
            f"soft_debias: vectors must span all {len(values)} dimensions. Received vectors of "
            f"rank {int(np.sum(values > 1e-10 * values[-1]))}. Use more words, or shorter vectors."
        )
    inverse = (axes / np.sqrt(values)) @ axes.T
    c, m = inverse @ direction, inverse @ neutral @ inverse
    # A gradient of 0 gives Z = C - (u c' + c u') with u = strength / 2 M Z c. Multiplied by c, this
    # is a linear equation for z = Z c.
    matrix = np.eye(len(c)) + strength / 2 * (c @ c * m + np.outer(c, c @ m))
    u = strength / 2 * m @ np.linalg.solve(matrix, covariance @ c)
    gram = covariance - np.outer(u, c) - np.outer(c, u)
    spectrum = np.linalg.eigvalsh(gram)
    if spectrum[0] < -1e-12 * spectrum[-1]:
        gram = _projected_descent(gram, covariance, c, m, strength)
    return inverse @ gram @ inverse


def _projected_descent(gram, covariance, c, m, strength):
    """Continues from a minimum with negative eigenvalues to the minimum without them.

    Accelerated projected gradient descent. It converges linearly because the first term is strongly
    convex (Nesterov 2004, "Introductory lectures on convex optimization", scheme 2.2.9).
    """
    stiffest = 2 + 2 * strength * (c @ c) * np.linalg.eigvalsh(m)[-1]
    ratio = np.sqrt(2 / stiffest)
    steps = int(np.ceil(40 / ratio))  # reduces the error by a factor of e**-40
    if steps > _MOST_STEPS:
        most = strength / (steps / _MOST_STEPS) ** 2 / 2
        raise ValueError(
            "soft_debias: strength must be smaller for so few neutral words. Received "
            f"{strength:g}. Use at most {most:.0e}, or more neutral words."
        )
    momentum = (1 - ratio) / (1 + ratio)
    old = point = _without_negative(gram)
    for _ in range(steps):
        pull = strength * np.outer(m @ (point @ c), c)
        new = _without_negative(point - (2 * (point - covariance) + pull + pull.T) / stiffest)
        old, point = new, new + momentum * (new - old)
    return old


def _without_negative(matrix):
    values, axes = np.linalg.eigh(matrix)
    return (axes * np.maximum(values, 0)) @ axes.T


def _basis(name, vectors, direction, most=None):
    """Returns the direction as `(k, units)` with rows of unit norm, float64."""
    units = vectors.vectors.shape[1]
    basis = unit_rows(np.atleast_2d(direction))
    fits = basis.ndim == 2 and basis.shape[1] == units and len(basis) <= (most or units)
    if not fits or not np.allclose(basis @ basis.T, np.eye(len(basis)), atol=1e-6):
        raise ValueError(
            f"{name}: direction must be a nonzero vector of shape ({units},)"
            + (f", or orthogonal nonzero rows of shape (k, {units})" if most is None else "")
            + f". Received shape {np.shape(direction)}, rows of norm "
            f"{np.linalg.norm(np.atleast_2d(direction), axis=-1)}. Use the direction that "
            "bias_direction finds for the same vectors."
        )
    return basis
