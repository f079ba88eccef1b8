"""Computes precision-recall curves of many classes and IoU thresholds at once."""

from collections.abc import Sequence

import numpy as np
from keras import ops

from keras_dl.typing import Tensor


def counts_up_to(hits: Tensor, groups: Tensor, num_groups: int) -> Tensor:
    """Computes cumulative sums over the rows of each group.

    Args:
        hits: bool `(n, columns)`.
        groups: int `(n,)`, ascending, from 0.
        num_groups: int.

    Returns:
        int32 `(n, columns)`.
    """
    hits = ops.cast(hits, "int32")
    totals = ops.segment_sum(hits, groups, num_groups)
    before = ops.cumsum(totals, axis=0) - totals
    return ops.cumsum(hits, axis=0) - ops.take(before, groups, axis=0)


def best_at_recalls(
    precision: Tensor, recall: Tensor, groups: Tensor, num_groups: int, recalls: np.ndarray
) -> Tensor:
    """Returns the largest precision at or above each recall; 0 if no row reaches the recall.

    Args:
        precision: float `(n, columns)`.
        recall: float `(n, columns)`.
        groups: int `(n,)`. Each group has a separate curve in each column.
        num_groups: int.
        recalls: NumPy float `(points,)`, ascending from 0.

    Returns:
        float `(num_groups, columns, points)`.
    """
    columns, points = precision.shape[1], len(recalls)
    # Each row counts at the last point that its recall reaches, and at all earlier points.
    point = ops.searchsorted(
        ops.convert_to_tensor(recalls, recall.dtype), ops.reshape(recall, (-1,)), side="right"
    )
    curve = groups[:, None] * columns + np.arange(columns)
    best = ops.segment_max(
        ops.reshape(precision, (-1,)),
        ops.reshape(curve, (-1,)) * points + ops.cast(point, "int32") - 1,
        num_groups * columns * points,
    )
    curve = np.arange(num_groups * columns * points) // points
    best = best_from_here(ops.maximum(best, 0)[:, None], curve)
    return ops.reshape(best, (num_groups, columns, points))


def best_from_here(precision: Tensor, groups: Tensor) -> Tensor:
    """Returns, for each row, the largest precision in this and all later rows of its group.

    Args:
        precision: float `(n, columns)`, not negative.
        groups: int `(n,)`, ascending.

    Returns:
        float `(n, columns)`.
    """
    rows = precision.shape[0]
    groups = ops.convert_to_tensor(groups, "int32")

    def double(reach, best):  # best is the maximum over `reach` rows
        behind = ops.minimum(ops.arange(rows) + reach, rows - 1)
        same = (ops.take(groups, behind) == groups)[:, None]
        return reach * 2, ops.maximum(best, ops.where(same, ops.take(best, behind, axis=0), 0))

    return ops.while_loop(lambda reach, _: reach < rows, double, (1, precision))[1]


def coco_numbers(precision: Tensor, recalls: Sequence[Tensor], there: Tensor) -> dict[str, Tensor]:
    """Returns a dict of the 12 COCO metrics.

    Args:
        precision: float `(classes, areas * ious)`, for all, small, medium and large boxes.
        recalls: three float `(classes, areas * ious)`, with 1, 10 and 100 boxes per image.
        there: bool `(classes, areas * ious)`. False for entries to ignore.

    Returns:
        dict of scalars.
    """
    shape = there.shape[0], 4, -1
    precision, there = ops.reshape(precision, shape), ops.reshape(there, shape)
    recalls = [ops.reshape(recall, shape) for recall in recalls]
    return {
        "ap": mean_where(precision[:, 0], there[:, 0]),
        "ap50": mean_where(precision[:, 0, 0], there[:, 0, 0]),
        "ap75": mean_where(precision[:, 0, 5], there[:, 0, 5]),
        "ap_small": mean_where(precision[:, 1], there[:, 1]),
        "ap_medium": mean_where(precision[:, 2], there[:, 2]),
        "ap_large": mean_where(precision[:, 3], there[:, 3]),
        "ar1": mean_where(recalls[0][:, 0], there[:, 0]),
        "ar10": mean_where(recalls[1][:, 0], there[:, 0]),
        "ar100": mean_where(recalls[2][:, 0], there[:, 0]),
        "ar_small": mean_where(recalls[2][:, 1], there[:, 1]),
        "ar_medium": mean_where(recalls[2][:, 2], there[:, 2]),
        "ar_large": mean_where(recalls[2][:, 3], there[:, 3]),
    }


def mean_where(values: Tensor, there: Tensor) -> Tensor:
    """Returns the mean of the values where `there` is True; -1 if it is False everywhere."""
    number = ops.sum(ops.cast(there, values.dtype))
    mean = ops.sum(ops.where(there, values, 0)) / ops.maximum(number, 1)
    return ops.where(number > 0, mean, -1)
