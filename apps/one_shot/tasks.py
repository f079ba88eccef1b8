"""Draws one-shot tasks, pairs and galleries from labeled images."""

import numpy as np


def one_of_each(labels, classes, random):
    """Returns the index of a random image of each class, int64 `(classes,)`."""
    return np.array([random.choice(np.flatnonzero(labels == each)) for each in classes])


def one_shot_tasks(labels, groups, ways, runs, random, *, within):
    """Draws tasks: one image of each of some classes to know, and another one of each to recognize.

    Args:
        labels: int `(n,)`. Classes, each with at least two images.
        groups: int `(n,)`. Group of each class.
        ways: int. Number of classes; fewer if a group has fewer.
        runs: int. Number of tasks.
        random: NumPy generator.
        within: bool. Whether all classes of a task belong to the same group.

    Returns:
        pair of int64 `(runs, ways)`: indices of the known images, and of the images to recognize.
    """
    classes, first, counts = np.unique(labels, return_index=True, return_counts=True)
    by_class = np.split(np.argsort(labels, kind="stable"), np.cumsum(counts)[:-1])
    members = [np.flatnonzero(groups[first] == each) for each in np.unique(groups)]
    if not within:
        members = [np.arange(len(classes))]
    members = [each for each in members if len(each) >= min(ways, max(map(len, members)))]
    ways = min(ways, min(map(len, members)))
    drawn = []
    for run in range(runs):
        chosen = random.permutation(members[run % len(members)])[:ways]
        drawn.append([random.choice(by_class[each], 2, replace=False) for each in chosen])
    return np.moveaxis(np.array(drawn), 2, 0)


def accuracies(known, queries, similarity):
    """Returns the share of the queries of each task whose own class is the most similar one.

    If several classes are equally similar, each is a guess.

    Args:
        known: int `(runs, ways)`.
        queries: int `(runs, ways)`.
        similarity: function of two int arrays of indices, `(ways,)` each, that returns float
            `(ways, ways)`: one row for each query.

    Returns:
        float `(runs,)`.
    """
    right = []
    for known_rows, query_rows in zip(known, queries, strict=True):
        scores = similarity(query_rows, known_rows)
        best = scores == scores.max(1, keepdims=True)
        right.append(np.mean(best.diagonal() / best.sum(1)))
    return np.array(right)


def same_pairs(labels, count, random):
    """Returns indices of pairs of different images of the same class; classes count equally."""
    _, counts = np.unique(labels, return_counts=True)
    by_class = np.argsort(labels, kind="stable")
    starts = np.cumsum(counts) - counts
    several = np.flatnonzero(counts > 1)
    chosen = several[random.integers(0, len(several), count)]
    first = random.integers(0, counts[chosen])
    second = (first + random.integers(1, counts[chosen])) % counts[chosen]
    return by_class[starts[chosen] + first], by_class[starts[chosen] + second]


def different_pairs(labels, count, random):
    """Returns indices of pairs of images of different classes."""
    first, second = random.integers(0, len(labels), (2, 2 * count + 100))
    rows = np.flatnonzero(labels[first] != labels[second])[:count]
    return first[rows], second[rows]


def critical_pairs(vectors, labels, count, sharpness, random):
    """Returns indices of pairs of images of different classes, similar ones more often.

    A pair is drawn with a probability proportional to `exp(sharpness * similarity)`.
    """
    some = np.sort(random.permutation(len(labels))[:2000])
    similarity = vectors[some] @ vectors[some].T
    weights = np.exp(sharpness * similarity) * (labels[some][:, None] != labels[some][None])
    total = np.cumsum(weights)
    drawn = np.searchsorted(total, random.uniform(0, total[-1], count))
    first, second = np.unravel_index(np.minimum(drawn, total.size - 1), weights.shape)
    return some[first], some[second]
