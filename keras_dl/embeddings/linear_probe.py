"""Linear probe: how well a linear classifier separates two groups of word vectors."""

from collections.abc import Sequence

import numpy as np

_FOLDS = 5


def cross_validated(unit: np.ndarray, labels: np.ndarray, seed: int) -> float:
    """Returns the mean `probe_accuracy` of five-fold cross-validation.

    Args:
        unit: float `(n, units)`, rows of unit norm.
        labels: bool `(n,)`, the group of each row. Each group must have at least five rows.
        seed: int. Seed of the split into folds.

    Returns:
        float.
    """
    folds = parts(labels, [1 / _FOLDS] * _FOLDS, np.random.default_rng(seed))
    accuracies = []
    for test in folds:
        train = np.setdiff1d(np.arange(len(labels)), test)
        accuracies.append(probe_accuracy(unit[train], labels[train], unit[test], labels[test]))
    return float(np.mean(accuracies))


def probe_accuracy(
    train: np.ndarray, train_labels: np.ndarray, test: np.ndarray, test_labels: np.ndarray
) -> float:
    """Trains a linear support vector machine and returns its balanced accuracy on test words.

    Both groups have the same weight regardless of their size, so chance is 0.5.

    Args:
        train: float `(n, units)`, rows of unit norm.
        train_labels: bool `(n,)`.
        test: float `(m, units)`, rows of unit norm.
        test_labels: bool `(m,)`.

    Returns:
        float, the mean of the accuracies of the two groups.
    """
    from sklearn.svm import LinearSVC

    probe = LinearSVC(class_weight="balanced", dual=False).fit(train, train_labels)
    right = probe.predict(test) == test_labels
    return float((right[test_labels].mean() + right[~test_labels].mean()) / 2)


def parts(
    labels: np.ndarray, shares: Sequence[float], rng: np.random.Generator
) -> list[np.ndarray]:
    """Splits rows randomly so that each part has the given fraction of both groups.

    Args:
        labels: bool `(n,)`.
        shares: list of float. Fraction of the rows in each part; the fractions sum to 1.
        rng: NumPy random generator.

    Returns:
        list of int arrays of rows.
    """
    ends = np.cumsum(shares)[:-1]
    groups = [rng.permutation(np.flatnonzero(labels == group)) for group in (False, True)]
    cut = [np.split(rows, np.rint(ends * len(rows)).astype(int)) for rows in groups]
    return [np.concatenate(both) for both in zip(*cut, strict=True)]
