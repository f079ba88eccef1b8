"""Non-maximum suppression of boxes."""

from keras import ops

from keras_dl.boxes.box_formats import check_box_format, convert
from keras_dl.boxes.iou import corner_iou
from keras_dl.typing import Tensor


def non_max_suppression(
    boxes: Tensor,
    scores: Tensor,
    *,
    box_format: str = "yxyx",
    score_threshold: float = 0.6,
    iou_threshold: float = 0.5,
    max_boxes: int = 100,
    class_agnostic: bool = False,
) -> dict[str, Tensor]:
    """Non-maximum suppression: keeps the best box, drops boxes that overlap it, and repeats.

    Boxes with a score below `score_threshold` are discarded first. Each class is processed
    separately: a box suppresses only boxes of the same class. Of boxes with equal scores, the first
    one is kept. All images and classes select their next box in the same step, so the number of
    steps is the largest number of boxes kept in one class.

    Args:
        boxes: float `(batch, n, 4)`.
        scores: float `(batch, n, num_classes)`. A box may have a score for several classes.
        box_format: str, see `convert`.
        score_threshold: float. Minimum score of a box.
        iou_threshold: float. A box is dropped if its IoU with a better box is larger than this.
        max_boxes: int. Maximum number of boxes per image.
        class_agnostic: bool. Whether a box also suppresses boxes of other classes. Each box then
            has only its best class.

    Returns:
        dict of `boxes` `(batch, max_boxes, 4)` in `box_format`, `scores` `(batch, max_boxes)`,
        `classes` int32 `(batch, max_boxes)` and `valid` int32 `(batch,)`, the number of boxes kept.
        The best box is first. After the last box, boxes and scores are 0 and classes are -1.

    Raises:
        ValueError: if a shape or the format is wrong, or a threshold is not in [0, 1].
    """
    _check(boxes, scores, box_format, score_threshold, iou_threshold, max_boxes)
    corners = "rel_yxyx" if box_format.startswith("rel_") else "yxyx"
    # Pad with a dummy box, so that argmax is defined if there are no boxes.
    boxes = ops.pad(ops.cast(boxes, "float32"), ((0, 0), (0, 1), (0, 0)))
    scores = ops.pad(ops.cast(scores, "float32"), ((0, 0), (0, 1), (0, 0)), constant_values=-1.0)
    if class_agnostic:
        best = ops.argmax(scores, axis=-1)
        rows = ops.max(scores, axis=-1)[:, None]
    else:
        rows = ops.transpose(scores, (0, 2, 1))
    picked, picked_scores = _greedy(
        convert(boxes, box_format, corners), rows, score_threshold, iou_threshold, max_boxes
    )
    # Merges (batch, classes, max_boxes) over the classes; equal scores keep the order of classes.
    batch = ops.shape(boxes)[0]
    flat = ops.reshape(picked_scores, (batch, -1))
    top, position = ops.top_k(flat, max_boxes)
    index = ops.take_along_axis(ops.reshape(picked, (batch, -1)), position, axis=1)
    valid = top > -1
    if class_agnostic:
        classes = ops.take_along_axis(ops.cast(best, "int32"), index, axis=1)
    else:
        classes = ops.cast(position // max_boxes, "int32")
    selected = ops.take_along_axis(boxes, index[..., None], axis=1)
    return {
        "boxes": ops.where(valid[..., None], selected, 0),
        "scores": ops.where(valid, top, 0),
        "classes": ops.where(valid, classes, -1),
        "valid": ops.sum(ops.cast(valid, "int32"), axis=1),
    }


def _greedy(corners, scores, score_threshold, iou_threshold, max_boxes):
    """Picks boxes for each row of scores `(batch, rows, n)`: indices and scores, -1 for none."""
    left = ops.where(scores >= score_threshold, scores, -1.0)
    batch, rows = ops.shape(scores)[0], scores.shape[1]
    picked = ops.zeros((batch, rows, max_boxes), "int32")
    picked_scores = ops.full((batch, rows, max_boxes), -1.0)
    steps = ops.arange(max_boxes)

    def some_left(step, left, picked, picked_scores):
        return (step < max_boxes) & (ops.max(left, initial=-1.0) > -1)

    def take_best(step, left, picked, picked_scores):
        best = ops.argmax(left, axis=-1)
        score = ops.max(left, axis=-1)
        box = ops.take_along_axis(corners, best[..., None], axis=1)
        overlap = corner_iou(box[:, :, None], corners[:, None])
        itself = ops.arange(ops.shape(left)[-1]) == ops.cast(best, "int32")[..., None]
        left = ops.where((overlap > iou_threshold) | itself, -1.0, left)
        now = steps == step
        picked = ops.where(now, ops.cast(best, "int32")[..., None], picked)
        picked_scores = ops.where(now, score[..., None], picked_scores)
        return step + 1, left, picked, picked_scores

    _, _, picked, picked_scores = ops.while_loop(
        some_left, take_best, (ops.convert_to_tensor(0), left, picked, picked_scores)
    )
    return picked, picked_scores


def _check(boxes, scores, box_format, score_threshold, iou_threshold, max_boxes):
    check_box_format("non_max_suppression", "box_format", box_format)
    shapes = tuple(ops.shape(boxes)), tuple(ops.shape(scores))
    static = tuple(boxes.shape), tuple(scores.shape)
    if len(shapes[0]) != 3 or static[0][2] != 4 or len(shapes[1]) != 3 or static[1][2] is None:
        raise ValueError(
            "non_max_suppression: boxes must be (batch, n, 4) and scores (batch, n, num_classes). "
            f"Received shapes {static[0]}, {static[1]}. Add the missing axis."
        )
    if None not in (static[0][1], static[1][1]) and static[0][1] != static[1][1]:
        raise ValueError(
            "non_max_suppression: scores must have one row per box. Received shapes "
            f"{static[0]}, {static[1]}. Pass one row of scores for each box."
        )
    for name, value in (("score_threshold", score_threshold), ("iou_threshold", iou_threshold)):
        if not 0 <= value <= 1:
            raise ValueError(
                f"non_max_suppression: {name} must be from 0 to 1. Received {value}. Pass a "
                "value in this range."
            )
    if max_boxes < 1:
        raise ValueError(
            "non_max_suppression: max_boxes must be positive. Received max_boxes "
            f"{max_boxes}. Pass 1 or more."
        )
