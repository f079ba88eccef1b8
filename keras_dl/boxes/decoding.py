"""Decoding of detector outputs and targets into boxes."""

import keras
import numpy as np
from keras import ops

from keras_dl.boxes.box_formats import check_box_format, convert
from keras_dl.typing import Tensor


def decode(
    predictions: Tensor,
    *,
    box_format: str = "rel_yxyx",
    image_shape: tuple[int, int] | Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Decodes the output of a `YOLOHead` into boxes and scores.

    The score of a box for a class is Pc times the probability of the class given an object.

    Args:
        predictions: float `(batch, rows, columns, anchors, 5 + num_classes)`. The last axis
            contains the logit of Pc, x and y within the cell, h and w in cells, and the logits of
            the classes.
        box_format: str. Format of the boxes to return, see `convert`.
        image_shape: pair `(height, width)` or tensor `(batch, 1, 2)`, for formats in pixels.

    Returns:
        pair of float32 boxes `(batch, rows * columns * anchors, 4)` and scores
        `(batch, rows * columns * anchors, num_classes)`.

    Raises:
        ValueError: if `box_format` is unknown, or requires an `image_shape` that is not given.
    """
    check_box_format("decode", "box_format", box_format)
    predictions = ops.cast(predictions, "float32")
    scores = ops.sigmoid(predictions[..., :1]) * _softmax(predictions[..., 5:])
    boxes = decode_boxes(predictions)
    boxes = ops.reshape(boxes, (ops.shape(boxes)[0], -1, 4))
    scores = ops.reshape(scores, (ops.shape(boxes)[0], -1, predictions.shape[-1] - 5))
    if box_format == "rel_yxyx":
        return boxes, scores
    return convert(boxes, "rel_yxyx", box_format, image_shape), scores


def decode_targets(targets: Tensor) -> tuple[Tensor, Tensor]:
    """Decodes targets, or any array with the same layout, into boxes and labels.

    Args:
        targets: float `(batch, rows, columns, anchors, 5 + num_classes)`, from `encode_targets`.

    Returns:
        pair of boxes, float32 `(batch, slots, 4)` in the format `rel_yxyx`, and labels, int32
        `(batch, slots)`, -1 in slots without a box.
    """
    targets = ops.cast(targets, "float32")
    boxes = decode_boxes(targets)
    labels = ops.argmax(targets[..., 5:], axis=-1)
    labels = ops.where(targets[..., 0] > 0.5, ops.cast(labels, "int32"), -1)
    batch = ops.shape(boxes)[0]
    return ops.reshape(boxes, (batch, -1, 4)), ops.reshape(labels, (batch, -1))


def decode_boxes(cells: Tensor) -> Tensor:
    """Returns the `rel_yxyx` box of each anchor: float `(batch, rows, columns, anchors, 4)`."""
    rows, columns = cells.shape[1:3]
    y = (cells[..., 2] + np.arange(rows, dtype="float32")[:, None, None]) / rows
    x = (cells[..., 1] + np.arange(columns, dtype="float32")[:, None]) / columns
    half_height, half_width = cells[..., 3] / (2 * rows), cells[..., 4] / (2 * columns)
    return ops.stack([y - half_height, x - half_width, y + half_height, x + half_width], axis=-1)


def _softmax(logits):
    # Keras warns about a softmax over a single class.
    return ops.ones_like(logits) if logits.shape[-1] == 1 else keras.activations.softmax(logits)
