"""Anchor boxes from k-means clustering."""

from typing import cast

import numpy as np

from keras_dl.typing import Tensor

_MOST_ROUNDS = 300


def kmeans_anchors(
    sizes: Tensor, num_anchors: int, *, seed: int = 0, starts: int = 10
) -> tuple[np.ndarray, float]:
    """Computes anchor boxes by k-means clustering of box sizes, with the distance 1 - IoU.

    Boxes are compared with a common center, so only their sizes matter. The anchor of a cluster is
    the mean of its sizes. Each start uses k-means++, which samples initial anchors far from each
    other. The function returns the result with the highest mean IoU.

    Args:
        sizes: float `(n, 2)`. Height and width of each box, in any unit.
        num_anchors: int. Number of anchors.
        seed: int. Random seed of the starts.
        starts: int. Number of starts.

    Returns:
        pair of float64 `(num_anchors, 2)`, heights and widths in the unit of `sizes`, sorted by
        increasing area, and the mean IoU of a box with its best anchor, from 0 to 1.

    Raises:
        ValueError: if `sizes` is not `(n, 2)`, finite and positive, or has fewer different sizes
            than `num_anchors`.

    Example:
    >>> anchors, fit = kmeans_anchors([[10, 20], [10, 22], [40, 40]], 2)
    >>> anchors.tolist(), round(fit, 2)
    ([[10.0, 21.0], [40.0, 40.0]], 0.97)

    Reference: Redmon & Farhadi 2017, arXiv:1612.08242, section 2 (dimension clusters).
    """
    sizes = _checked(sizes, num_anchors)
    random = np.random.default_rng(seed)
    best, best_fit = None, -1.0
    for _ in range(starts):
        anchors = _kmeans(sizes, _spread_out(sizes, num_anchors, random))
        fit = float(shape_iou(sizes, anchors).max(1).mean())
        if fit > best_fit:
            best, best_fit = anchors, fit
    best = cast(np.ndarray, best)
    return best[np.argsort(best.prod(1), kind="stable")], best_fit


def shape_iou(sizes: Tensor, anchors: Tensor) -> np.ndarray:
    """Returns the IoU `(n, k)` of centered boxes with heights and widths `(n, 2)` and `(k, 2)`."""
    sizes, anchors = np.asarray(sizes, "float64")[:, None], np.asarray(anchors, "float64")[None]
    intersection = np.minimum(sizes, anchors).prod(-1)
    return intersection / (sizes.prod(-1) + anchors.prod(-1) - intersection)


def _checked(sizes, num_anchors):
    sizes = np.asarray(sizes, "float64")
    if sizes.ndim != 2 or sizes.shape[1] != 2:
        raise ValueError(
            f"kmeans_anchors: sizes must have shape (n, 2). Received shape {sizes.shape}. Pass one "
            "(height, width) pair per box."
        )
    wrong = np.flatnonzero(~(np.isfinite(sizes) & (sizes > 0)).all(1))
    if len(wrong):
        raise ValueError(
            "kmeans_anchors: sizes must be positive and finite. Received "
            f"{tuple(sizes[wrong[0]].tolist())} in row {wrong[0]}. Remove such boxes."
        )
    different = len(np.unique(sizes, axis=0))
    if not 1 <= num_anchors <= different:
        raise ValueError(
            f"kmeans_anchors: num_anchors must be from 1 to the number of different sizes, "
            f"{different}. Received num_anchors {num_anchors}. Pass a number in this range."
        )
    return sizes


def _spread_out(sizes, num_anchors, random):
    """Samples centers with probabilities that grow with the distance to earlier centers."""
    chosen = [random.integers(len(sizes))]
    while len(chosen) < num_anchors:
        distance = 1 - shape_iou(sizes, sizes[chosen]).max(1)
        distance = np.maximum(distance, 0) ** 2
        chosen.append(random.choice(len(sizes), p=distance / distance.sum()))
    return sizes[chosen]


def _kmeans(sizes, anchors):
    nearest = None
    for _ in range(_MOST_ROUNDS):  # limited, because the mean is not optimal and may cycle
        clusters = shape_iou(sizes, anchors).argmax(1)
        if nearest is not None and (clusters == nearest).all():
            break
        nearest = clusters
        # An empty cluster keeps its center.
        anchors = np.stack(
            [
                sizes[nearest == each].mean(0) if (nearest == each).any() else anchors[each]
                for each in range(len(anchors))
            ]
        )
    return anchors
