"""Intersection over union."""

import keras
from keras import ops

from keras_dl.boxes.box_formats import check_box_format, convert
from keras_dl.typing import Tensor


def iou(boxes1: Tensor, boxes2: Tensor, box_format: str = "yxyx") -> Tensor:
    """Computes the intersection over union of each box in one set with each box in another.

    `area(intersection) / area(union)`, from 0 to 1. A zero-area box has an IoU of 0 with every
    box. Fractions of the image size give the same IoU as pixels, because they differ only by the
    scale of each axis.

    Args:
        boxes1: float `(..., n, 4)`.
        boxes2: float `(..., m, 4)`.
        box_format: str. Format of all boxes, see `convert`.

    Returns:
        float `(..., n, m)`.

    Raises:
        ValueError: if the format is unknown.

    Example:
    >>> iou([[0.0, 0.0, 2.0, 2.0]], [[0.0, 1.0, 2.0, 3.0]]).numpy().round(3)
    array([[0.333]], dtype=float32)
    """
    check_box_format("iou", "box_format", box_format)
    corners = "rel_yxyx" if box_format.startswith("rel_") else "yxyx"
    boxes1 = convert(boxes1, box_format, corners)
    boxes2 = convert(boxes2, box_format, corners)
    dtype = keras.backend.result_type(boxes1.dtype, boxes2.dtype)
    return corner_iou(
        ops.cast(boxes1, dtype)[..., :, None, :], ops.cast(boxes2, dtype)[..., None, :, :]
    )


def corner_iou(boxes1: Tensor, boxes2: Tensor) -> Tensor:
    """Returns the IoU of pairs of boxes (ymin, xmin, ymax, xmax): float `(...)`."""
    area1, area2 = _area(boxes1), _area(boxes2)
    height = ops.minimum(boxes1[..., 2], boxes2[..., 2]) - ops.maximum(
        boxes1[..., 0], boxes2[..., 0]
    )
    width = ops.minimum(boxes1[..., 3], boxes2[..., 3]) - ops.maximum(
        boxes1[..., 1], boxes2[..., 1]
    )
    intersection = ops.maximum(height, 0) * ops.maximum(width, 0)
    there = (area1 > 0) & (area2 > 0)
    union = ops.where(there, area1 + area2 - intersection, 1)
    return ops.where(there, intersection / union, 0)


def _area(boxes):
    """Returns the area, 0 for boxes with a negative height or width."""
    height, width = boxes[..., 2] - boxes[..., 0], boxes[..., 3] - boxes[..., 1]
    return ops.where(height > 0, height, 0) * ops.where(width > 0, width, 0)
