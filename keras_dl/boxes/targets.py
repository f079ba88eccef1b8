"""Targets of a detector with anchor boxes."""

import numpy as np
from keras import ops

from keras_dl.boxes.box_formats import check_box_format, convert
from keras_dl.typing import Tensor


def encode_targets(
    boxes: Tensor,
    labels: Tensor,
    anchors: Tensor,
    grid_shape: tuple[int, int],
    num_classes: int,
    *,
    box_format: str = "rel_yxyx",
    ignore_iou: float | None = None,
) -> tuple[Tensor, Tensor]:
    """Encodes boxes as targets y = [Pc, x, y, h, w, classes] for each cell and anchor.

    - A box is assigned to the cell that contains its center. A center on the right or lower edge
      of the image belongs to the last cell.
    - In that cell, the box is assigned to the anchor with the highest IoU when both are placed at a
      common center.
    - In this slot (cell and anchor), Pc is 1, x and y are the position of the center in the cell,
      from 0 to 1, h and w are the size in cells, and the classes are one-hot. All other slots are
      0.
    - If several boxes have the same slot, only the first one is encoded, and the others are
      counted.
    - Zero-area boxes are ignored.

    With `ignore_iou`, Pc is -1 in empty slots that could predict a box well, and losses ignore
    them. These are the slots that meet both of the following conditions for a true box:

    - The cell contains the center of the box or is one of the eight cells around it, and a box of
      the same size with its center in the cell can have an IoU of at least `ignore_iou` with it.
    - The anchor is the best anchor for the box, or the IoU of their sizes is at least `ignore_iou`.

    Without this, an object near the edge of a cell would train the next cell to predict no object.

    Args:
        boxes: float `(batch, n, 4)`.
        labels: int `(batch, n)`. Class of each box, -1 for padding.
        anchors: float `(k, 2)`. Height and width of each anchor, in grid cells.
        grid_shape: pair `(rows, columns)` of ints.
        num_classes: int. Number of classes.
        box_format: str. One of the formats with the prefix `rel_`, see `convert`.
        ignore_iou: float in (0, 1], or None. With None, Pc is 0 in all empty slots, as in the
            course.

    Returns:
        pair of the targets, float32 `(batch, rows, columns, k, 5 + num_classes)`, and the number of
        boxes in each image that were not encoded because their slot was taken, int32 `(batch,)`.

    Raises:
        ValueError: if `anchors` is not of shape `(k, 2)` with positive values, or `box_format` is
            in pixels.

    Reference: Redmon & Farhadi 2017, arXiv:1612.08242, section 2. x, y, h and w are in cells, as in
    Andrew Ng's course, whereas darknet uses logarithms.
    """
    anchors = checked_anchors("encode_targets", anchors)
    _check_relative("encode_targets", box_format)
    rows, columns = grid_shape
    slots = rows * columns * len(anchors)
    boxes = convert(ops.cast(boxes, "float32"), box_format, "rel_center_yxhw")
    boxes = boxes * np.array([rows, columns, rows, columns], "float32")
    labels = ops.cast(labels, "int32")
    center, size = boxes[..., :2], boxes[..., 2:]
    cell = ops.clip(ops.floor(center), 0, np.array([rows - 1, columns - 1], "float32"))
    within = ops.clip(center - cell, 0, 1)
    size_overlap = _shape_iou(size, anchors)
    anchor = ops.argmax(size_overlap, axis=-1)
    position = ops.cast(cell[..., 0] * columns + cell[..., 1], "int32")
    slot = position * len(anchors) + ops.cast(anchor, "int32")
    there = (labels >= 0) & (labels < num_classes) & ops.all(size > 0, axis=-1)
    first = there & ~_repeated(slot, there)
    values = ops.concatenate(
        [
            ops.ones_like(within[..., :1]),
            within[..., 1:],
            within[..., :1],
            size,
            ops.one_hot(labels, num_classes, dtype="float32"),
        ],
        axis=-1,
    )
    values = ops.where(first[..., None], values, 0)
    batch = ops.shape(boxes)[0]
    targets = _put(values, ops.where(first, slot, 0), batch, slots)
    if ignore_iou is not None:
        could = size_overlap >= ignore_iou
        could = could | (ops.arange(len(anchors)) == ops.cast(anchor, "int32")[..., None])
        near, positions = _cells_around(cell, within, size, grid_shape, ignore_iou)
        near = near[..., None] & could[:, :, None] & there[:, :, None, None]
        positions = positions[..., None] * len(anchors) + ops.arange(len(anchors), dtype="int32")
        ignored = _put(
            ops.cast(near, "float32")[..., None], ops.where(near, positions, 0), batch, slots
        )
        free = (targets[..., :1] == 0) & (ignored > 0)
        targets = ops.concatenate([ops.where(free, -1.0, targets[..., :1]), targets[..., 1:]], -1)
    targets = ops.reshape(targets, (-1, rows, columns, len(anchors), 5 + num_classes))
    return targets, ops.sum(ops.cast(there & ~first, "int32"), axis=-1)


def checked_anchors(function: str, anchors: Tensor) -> np.ndarray:
    """Returns anchors as a float32 array `(k, 2)`, or raises ValueError."""
    anchors = np.asarray(anchors, "float32")
    if anchors.ndim != 2 or anchors.shape[1] != 2 or not len(anchors):
        raise ValueError(
            f"{function}: anchors must have shape (k, 2), in grid cells. Received shape "
            f"{anchors.shape}. Pass one (height, width) pair per anchor."
        )
    if not (np.isfinite(anchors) & (anchors > 0)).all():
        raise ValueError(
            f"{function}: anchors must be positive and finite. Received {anchors.tolist()}. Pass "
            "heights and widths in grid cells."
        )
    return anchors


def _check_relative(function, box_format):
    check_box_format(function, "box_format", box_format)
    if not box_format.startswith("rel_"):
        raise ValueError(
            f"{function}: box_format must be relative to the image. Received box_format "
            f"{box_format!r}. Use boxes.convert to convert the boxes to rel_{box_format}."
        )


def _shape_iou(size, anchors):
    size = size[..., None, :]
    intersection = ops.prod(ops.minimum(size, anchors), axis=-1)
    union = ops.prod(size, axis=-1) + anchors.prod(-1) - intersection
    return ops.divide_no_nan(intersection, union)


def _put(values, slot, batch, slots):
    """Adds the values of each image to its slots: `(batch, ..., d)` to `(batch, slots, d)`."""
    depth = values.shape[-1]
    values = ops.reshape(values, (batch, -1, depth))
    index = ops.reshape(slot, (batch, -1)) + ops.arange(batch, dtype="int32")[:, None] * slots
    flat = ops.segment_sum(
        ops.reshape(values, (-1, depth)), ops.reshape(index, (-1,)), batch * slots
    )
    return ops.reshape(flat, (batch, slots, depth))


def _cells_around(cell, within, size, grid_shape, ignore_iou):
    """Finds the cells in which a box of the true size can have `ignore_iou` with the true box.

    Returns:
        pair of bool `(batch, n, 9)` and the indices of the cells, int32 `(batch, n, 9)`.
    """
    steps = np.array([[y, x] for y in (-1, 0, 1) for x in (-1, 0, 1)], "float32")
    around = cell[:, :, None] + steps
    inside = ops.all((around >= 0) & (around < np.array(grid_shape, "float32")), axis=-1)
    # Distance from the true center to the nearest edge of the other cell.
    within = within[:, :, None]
    shift = ops.where(steps > 0, 1 - within, ops.where(steps < 0, within, 0.0))
    size = size[:, :, None]
    shared = ops.prod(ops.maximum(size - shift, 0.0), axis=-1)
    overlap = ops.divide_no_nan(shared, 2 * ops.prod(size, axis=-1) - shared)
    positions = ops.cast(around[..., 0] * grid_shape[1] + around[..., 1], "int32")
    return inside & (overlap >= ignore_iou), positions


def _repeated(slot, there):
    """Returns which boxes of an image have the same slot as an earlier box."""
    same = (slot[:, :, None] == slot[:, None, :]) & there[:, None, :]
    order = ops.arange(ops.shape(slot)[1])
    earlier = order[None, :] < order[:, None]
    return ops.any(same & earlier, axis=-1)
