"""Mean average precision of a detector with anchor boxes, for training."""

from typing import Any, Literal

import keras

from keras_dl.boxes.decoding import decode, decode_targets
from keras_dl.boxes.non_max_suppression import non_max_suppression
from keras_dl.metrics.mean_average_precision import MeanAveragePrecision
from keras_dl.typing import Config, Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class YOLOMeanAveragePrecision(MeanAveragePrecision):
    """Mean average precision of the output of a `YOLOHead`, for `compile`.

    The true boxes are decoded from the targets, so true boxes that `encode_targets` could not
    encode are missing. Non-maximum suppression is applied to the predicted boxes of each class. It
    runs in every training step, so for long training runs, use `MeanAveragePrecision` after
    training instead.

    Args:
        num_classes: int. Number of classes.
        image_shape: pair `(height, width)` in pixels, to compute the areas of boxes.
        score_threshold: float. Minimum score of a box.
        iou_threshold: float. A box is dropped if its IoU with a better box of its class is larger
            than this.
        max_boxes: int. Maximum number of boxes per image.
        capacity: int, see `MeanAveragePrecision`.
        mode: str, see `MeanAveragePrecision`.

    Call arguments (of `update_state`):
        y_true: float `(batch, rows, columns, anchors, 5 + num_classes)`, from `encode_targets`.
        y_pred: float of the same shape, from a `YOLOHead`.

    Raises:
        ValueError: if an argument is out of range.
    """

    def __init__(
        self,
        num_classes: int,
        image_shape: tuple[int, int],
        *,
        score_threshold: float = 0.01,
        iou_threshold: float = 0.5,
        max_boxes: int = 100,
        capacity: int = 10_000,
        mode: Literal["coco", "voc2007", "voc2010"] = "coco",
        name: str = "yolo_mean_average_precision",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            num_classes, capacity, "rel_yxyx", image_shape, mode=mode, name=name, **kwargs
        )
        self.suppression: Config = {
            "score_threshold": score_threshold,
            "iou_threshold": iou_threshold,
            "max_boxes": max_boxes,
        }

    def update_state(
        self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None
    ) -> None:
        """Decodes, suppresses and matches the boxes of one batch; `sample_weight` is ignored."""
        boxes, labels = decode_targets(y_true)
        found = non_max_suppression(*decode(y_pred), box_format="rel_yxyx", **self.suppression)
        super().update_state({"boxes": boxes, "labels": labels}, found)

    def get_config(self) -> Config:
        """Returns the constructor arguments."""
        config = super().get_config()
        del config["box_format"]
        return {**config, **self.suppression}
