"""YOLO loss of detectors with anchor boxes."""

import math
from typing import Any, Literal

import keras
from keras import ops

from keras_dl.typing import Config, Tensor

_BOX_LOSSES = ("squared_error", "ciou")
_PROBABILITY_LOSSES = ("squared_error", "crossentropy")


@keras.saving.register_keras_serializable(package="keras_dl")
class YOLOLoss(keras.losses.Loss):
    """YOLO loss: errors of all values in slots with an object, and only of Pc in other slots.

    With y = [Pc, x, y, h, w, classes], the loss of an image is the sum over slots (cells and
    anchors) of

        Pc = 1:   object_weight (p - 1)^2 + box_weight |b - true b|^2 + class_weight |c - true c|^2
        Pc = 0:   no_object_weight p^2

    where b is [x, y, h, w], p the predicted probability of an object and c the class probabilities.
    If all weights are 1, this is the squared error in Andrew Ng's course. In slots without an
    object, all values but Pc have a gradient of exactly zero. Slots with a true Pc of -1 are
    ignored.

    Args:
        box: `"squared_error"` of x, y, h, w, in cells, or `"ciou"`: 1 - complete IoU, which does
            not depend on the scale of the boxes.
        probability: `"squared_error"` of p and c, or `"crossentropy"`.
        object_weight: float. Weight of the error of Pc in slots with an object.
        no_object_weight: float. Weight of the error of Pc in other slots. The first YOLO paper uses
            0.5, and 5 for `box_weight`.
        box_weight: float. Weight of the box error.
        class_weight: float. Weight of the class error.
        rescore: bool. Whether the target of Pc is the IoU of the predicted and the true box instead
            of 1, so that better boxes have better scores. No gradient flows through this target.

    Call arguments:
        y_true: float `(batch, rows, columns, anchors, 5 + num_classes)`, from
            `boxes.encode_targets`.
        y_pred: float of the same shape, from a `YOLOHead`.

    Returns:
        float32: the mean over the images.

    Raises:
        ValueError: if a loss is unknown, a weight is negative or infinite, or shapes differ.

    Reference: Redmon et al. 2016, arXiv:1506.02640, equation 3, without its square roots; Zheng et
    al. 2020, arXiv:1911.08287 (CIoU).
    """

    def __init__(
        self,
        box: Literal["squared_error", "ciou"] = "squared_error",
        probability: Literal["squared_error", "crossentropy"] = "squared_error",
        *,
        object_weight: float = 1.0,
        no_object_weight: float = 1.0,
        box_weight: float = 1.0,
        class_weight: float = 1.0,
        rescore: bool = False,
        name: str = "yolo_loss",
        reduction: str | None = "sum_over_batch_size",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, reduction=reduction, **kwargs)
        for argument, value, allowed in (
            ("box", box, _BOX_LOSSES),
            ("probability", probability, _PROBABILITY_LOSSES),
        ):
            if value not in allowed:
                raise ValueError(
                    f"YOLOLoss: {argument} must be one of {', '.join(allowed)}. Received "
                    f"{argument} {value!r}. Choose one of them."
                )
        self.weights = {
            "object_weight": object_weight,
            "no_object_weight": no_object_weight,
            "box_weight": box_weight,
            "class_weight": class_weight,
        }
        for argument, weight in self.weights.items():
            if not 0 <= weight < math.inf:
                raise ValueError(
                    f"YOLOLoss: {argument} must be at least 0 and finite. Received {argument} "
                    f"{weight}. Pass 0 to leave out this term of the loss."
                )
        self.box = box
        self.probability = probability
        self.rescore = rescore

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Returns the loss of each image: float32 `(batch,)`."""
        y_true, y_pred = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
        _check_shapes(y_true.shape, y_pred.shape)
        true_object = y_true[..., 0]
        there, absent = true_object > 0, true_object == 0
        # Without an object, both sides are set to the same value, to keep the loss finite.
        true_box = ops.where(there[..., None], y_true[..., 1:5], 1.0)
        box = ops.where(there[..., None], y_pred[..., 1:5], 1.0)
        overlap = (
            _complete_iou(true_box, box) if self.box == "ciou" or self.rescore else (None, None)
        )
        aim = ops.cast(there, "float32")
        if self.rescore:
            aim = aim * ops.stop_gradient(ops.clip(overlap[0], 0.0, 1.0))
        objectness = _binary(self.probability, aim, y_pred[..., 0])
        weights = self.weights
        loss = ops.where(
            there,
            weights["object_weight"] * objectness
            + weights["box_weight"] * self._box(true_box, box, overlap)
            + weights["class_weight"] * self._classes(there, y_true[..., 5:], y_pred[..., 5:]),
            ops.where(absent, weights["no_object_weight"] * objectness, 0.0),
        )
        return ops.sum(loss, axis=(1, 2, 3))

    def get_config(self) -> Config:
        """Returns the constructor arguments."""
        return {
            **super().get_config(),
            "box": self.box,
            "probability": self.probability,
            **self.weights,
            "rescore": self.rescore,
        }

    def _box(self, true_box, box, overlap):
        if self.box == "ciou":
            return 1 - overlap[1]
        return ops.sum(ops.square(box - true_box), axis=-1)

    def _classes(self, there, classes, logits):
        logits = ops.where(there[..., None], logits, 0.0)
        if self.probability == "crossentropy":
            return -ops.sum(classes * ops.log_softmax(logits, axis=-1), axis=-1)
        return ops.sum(ops.square(ops.softmax(logits, axis=-1) - classes), axis=-1)


def _binary(kind, aim, logit):
    if kind == "squared_error":
        return ops.square(ops.sigmoid(logit) - aim)
    # Cross-entropy from logits, because probabilities are rounded.
    return ops.maximum(logit, 0.0) - logit * aim + ops.log1p(ops.exp(-ops.abs(logit)))


def _complete_iou(true_box, box):
    """Returns IoU and complete IoU of boxes x, y, h, w of the same cell, each `(...)`."""
    x, y, h, w = (box[..., index] for index in range(4))
    true_x, true_y, true_h, true_w = (true_box[..., index] for index in range(4))
    height = ops.minimum(y + h / 2, true_y + true_h / 2) - ops.maximum(
        y - h / 2, true_y - true_h / 2
    )
    width = ops.minimum(x + w / 2, true_x + true_w / 2) - ops.maximum(
        x - w / 2, true_x - true_w / 2
    )
    intersection = ops.maximum(height, 0.0) * ops.maximum(width, 0.0)
    iou = intersection / (h * w + true_h * true_w - intersection)
    # The enclosing box, and the distance of the centers relative to its diagonal.
    outer_height = ops.maximum(y + h / 2, true_y + true_h / 2) - ops.minimum(
        y - h / 2, true_y - true_h / 2
    )
    outer_width = ops.maximum(x + w / 2, true_x + true_w / 2) - ops.minimum(
        x - w / 2, true_x - true_w / 2
    )
    distance = ops.square(x - true_x) + ops.square(y - true_y)
    distance = distance / (ops.square(outer_height) + ops.square(outer_width))
    shape = ops.square(ops.arctan2(true_w, true_h) - ops.arctan2(w, h)) * (4 / math.pi**2)
    share = ops.stop_gradient(shape / (1 - iou + shape + 1e-7))
    return iou, iou - distance - share * shape


def _check_shapes(true_shape, pred_shape):
    if len(true_shape) != 5 or len(pred_shape) != 5 or true_shape[-1] != pred_shape[-1]:
        raise ValueError(
            "YOLOLoss: y_true and y_pred must have shape (batch, rows, columns, anchors, 5 + "
            f"num_classes). Received shapes {tuple(true_shape)}, {tuple(pred_shape)}. Encode the "
            "targets with boxes.encode_targets and the anchors of the loss."
        )
