"""Matching of detections with true boxes, as in COCO and VOC."""

from collections.abc import Sequence

import numpy as np
from keras import ops

from keras_dl.typing import Tensor

IGNORED, RIGHT, WRONG = 0, 1, 2


def crowd_iou(detections: Tensor, truths: Tensor, is_crowd: Tensor) -> Tensor:
    """Computes the IoU of each detection with each true box.

    For a crowd box, the value is the fraction of the detection's area inside the crowd box. The
    operations and their order are the same as in pycocotools, so that rounding is the same, too.

    Args:
        detections: float `(batch, m, 4)`, boxes left, top, width, height.
        truths: float `(batch, n, 4)`, in the same format.
        is_crowd: bool `(batch, n)`.

    Returns:
        float `(batch, m, n)`, 0 for zero-area boxes.
    """
    left, top, width, height = ops.unstack(detections[:, :, None], num=4, axis=-1)
    true_left, true_top, true_width, true_height = ops.unstack(truths[:, None], num=4, axis=-1)
    across = ops.minimum(left + width, true_left + true_width) - ops.maximum(left, true_left)
    down = ops.minimum(top + height, true_top + true_height) - ops.maximum(top, true_top)
    intersection = ops.maximum(across, 0) * ops.maximum(down, 0)
    area = width * height
    union = ops.where(is_crowd[:, None], area, area + true_width * true_height - intersection)
    overlap = intersection > 0
    return ops.where(overlap, intersection / ops.where(overlap, union, 1), 0)


def match_boxes(
    iou: Tensor,
    ignored: Tensor,
    is_crowd: Tensor,
    outside: Tensor,
    thresholds: Tensor,
    *,
    first_come: bool,
) -> Tensor:
    """Matches detections with true boxes, one detection after the other.

    COCO's algorithm (`first_come=False`):

    1. A detection is matched with the unmatched true box with the highest IoU; in a tie, the last.
    2. It is matched with an ignored true box only if it matches no other true box.
    3. A crowd box can be matched any number of times.

    VOC's algorithm (`first_come=True`):

    1. A detection is matched with the true box with the highest IoU; in a tie, the first.
    2. If that true box is already matched, the detection is wrong.

    Args:
        iou: float `(batch, m, n)`. The detections of an image are sorted by decreasing score; -1
            for pairs that cannot match, such as boxes of different classes.
        ignored: bool `(batch, n, areas)`. True boxes that need not be detected. A detection matched
            with one is neither right nor wrong.
        is_crowd: bool `(batch, n)`.
        outside: bool `(batch, m, areas)`. Detections that are ignored if they match no true box.
        thresholds: float `(thresholds,)`. Minimum IoU of a match.
        first_come: bool. Whether to use VOC's algorithm.

    Returns:
        int8 `(batch, m, areas, thresholds)`: `IGNORED`, `RIGHT` or `WRONG`.
    """
    # Adds a truth that matches nothing, because there may be no truths.
    iou = ops.transpose(ops.pad(iou, ((0, 0), (0, 0), (0, 1)), constant_values=-1), (1, 0, 2))
    ignored = ops.transpose(ops.pad(ignored, ((0, 0), (0, 1), (0, 0))), (0, 2, 1))[:, :, None]
    reusable = ops.pad(is_crowd, ((0, 0), (0, 1)))[:, None, None]
    outside = ops.transpose(outside, (1, 0, 2))
    detections, batch, truths = ops.shape(iou)
    thresholds = ops.cast(thresholds, iou.dtype)[:, None]
    columns = (batch, ignored.shape[1], thresholds.shape[0])
    take = _take_first_come if first_come else _take_best_left

    def match(step, state):
        taken, outcomes = state
        row = ops.take(iou, step, axis=0)[:, None, None]
        taken, outcome = take(row, row >= thresholds, taken, ignored, reusable)
        unmatched = ops.where(ops.take(outside, step, axis=0)[:, :, None], IGNORED, WRONG)
        outcome = ops.cast(ops.where(outcome < 0, unmatched, outcome), "int8")
        return taken, ops.slice_update(outcomes, (step, 0, 0, 0), outcome[None])

    taken = ops.zeros((*columns, truths), "bool")
    outcomes = ops.zeros((detections, *columns), "int8")
    _, outcomes = ops.fori_loop(0, detections, match, (taken, outcomes))
    return ops.transpose(outcomes, (1, 0, 2, 3))


def _take_best_left(iou, near, taken, ignored, reusable):
    """Returns the updated matched truths and the outcome, -1 where nothing matches."""
    near = near & (reusable | ~taken)
    wanted = near & ~ignored
    matches = ops.any(wanted, axis=-1, keepdims=True)
    chosen = _last(_largest(iou, ops.where(matches, wanted, near)))
    outcome = ops.where(
        matches, RIGHT, ops.where(ops.any(near, axis=-1, keepdims=True), IGNORED, -1)
    )
    return taken | chosen, outcome[..., 0]


def _take_first_come(iou, near, taken, ignored, reusable):
    """Returns the updated matched truths and the outcome, -1 where nothing matches."""
    del reusable  # ignored truths can match any number of detections
    chosen = ops.flip(_last(ops.flip(_largest(iou, near), axis=-1)), axis=-1)
    outcome = ops.where(taken, WRONG, RIGHT)
    outcome = ops.where(chosen, ops.where(ignored, IGNORED, outcome), -1)
    return taken | chosen, ops.max(outcome, axis=-1)


def _largest(iou, candidates):
    iou = ops.where(candidates, iou, -1)
    return candidates & (iou == ops.max(iou, axis=-1, keepdims=True))


def _last(candidates):
    indices = ops.where(candidates, ops.arange(ops.shape(candidates)[-1]), -1)
    return candidates & (indices == ops.max(indices, axis=-1, keepdims=True))


def greedy_matches(iou: Tensor, min_iou: float = 0.5) -> np.ndarray:
    """Matches the columns of a matrix with its rows greedily, one row after the other.

    A row is matched with the remaining column with the largest value; in a tie, with the first one.
    COCO matches detections in this way, with detections as rows in the order of decreasing score.

    Args:
        iou: float `(m, n)`; 0 for pairs that cannot match, such as boxes of different classes.
        min_iou: float above 0. Minimum value of a match.

    Returns:
        int64 `(m,)`, the column matched with each row, or -1 if there is none.

    Example:
    >>> greedy_matches([[0.6, 0.9], [0.5, 0.8], [0.0, 0.8]]).tolist()
    [1, 0, -1]
    """
    left = np.array(iou, "float64")
    matches = np.full(len(left), -1)
    if left.size:
        for row, values in enumerate(left):
            column = values.argmax()
            if values[column] >= min_iou:
                matches[row] = column
                left[:, column] = 0
    return matches


def check_box_dict(
    name: str, boxes: dict[str, Tensor], needed: Sequence[str], optional: Sequence[str]
) -> None:
    """Raises ValueError if a dict lacks a key, or an array has the wrong shape."""
    keys = ("boxes", *needed)
    if not isinstance(boxes, dict) or not set(keys) <= set(boxes) <= {*keys, *optional}:
        received = sorted(boxes) if isinstance(boxes, dict) else type(boxes).__name__
        raise ValueError(
            f"MeanAveragePrecision: {name} must be a dict of {', '.join(keys)} and, optionally, "
            f"{', '.join(optional)}. Received {received}. Pass an array for each key."
        )
    shapes = {key: tuple(ops.convert_to_tensor(value).shape) for key, value in boxes.items()}
    ranks = {key: {"boxes": 3, "valid": 1}.get(key, 2) for key in shapes}
    wrong = any(len(shape) != ranks[key] for key, shape in shapes.items())
    of_rows = [shape[:2] for key, shape in shapes.items() if key != "valid"]
    sizes = [
        {length for length in axis if length is not None} for axis in zip(*of_rows, strict=True)
    ]
    if wrong or shapes["boxes"][2] != 4 or max(map(len, sizes)) > 1:
        raise ValueError(
            f"MeanAveragePrecision: {name} must have boxes (batch, n, 4) and {', '.join(needed)} "
            f"(batch, n). Received shapes {shapes}. Use class -1 to pad images with fewer boxes."
        )
