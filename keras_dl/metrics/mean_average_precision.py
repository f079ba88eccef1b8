"""Mean average precision of detected boxes, as in `pycocotools` and the VOC challenges."""

from typing import Any, Literal

import keras
import numpy as np
from keras import ops

from keras_dl.boxes.box_formats import check_box_format, convert
from keras_dl.metrics.box_matching import RIGHT, WRONG, check_box_dict, crowd_iou, match_boxes
from keras_dl.metrics.float64_ratio import as_exact_float
from keras_dl.metrics.precision_recall import (
    best_at_recalls,
    best_from_here,
    coco_numbers,
    counts_up_to,
    mean_where,
)
from keras_dl.typing import Config, Tensor

_COCO_IOUS = np.linspace(0.5, 0.95, 10)
_COCO_RECALLS = np.linspace(0, 1, 101)
_COCO_AREAS = np.array([(0, 1e10), (0, 32**2), (32**2, 96**2), (96**2, 1e10)])
_COCO_LIMITS = (1, 10, 100)


@keras.saving.register_keras_serializable(package="keras_dl")
class MeanAveragePrecision(keras.metrics.Metric):
    """Mean average precision: area under the precision-recall curve, averaged over the classes.

    A detection is correct if it has the class of a true box and its IoU with this box is at least a
    threshold. Each true box is matched only once; detections with higher scores are matched first.
    With `mode="coco"`, `result()` returns the 12 metrics of `pycocotools.cocoeval.COCOeval` (for
    boxes, where the area of a true box is width times height):

    - `ap`: the best precision at or above a recall, averaged over the recalls 0, .01 ... 1 and the
      IoU thresholds .5, .55 ... .95; `ap50` and `ap75`: the same with a single threshold;
      `ap_small`, `ap_medium`, `ap_large`: `ap` for boxes up to 32^2, from 32^2 to 96^2, and above
      96^2 pixels;
    - `ar1`, `ar10`, `ar100`: the recall with up to 1, 10 or 100 detections per image and class,
      averaged over the IoU thresholds; `ar_small`, `ar_medium`, `ar_large`: `ar100` for boxes of
      these areas.

    With `mode="voc2007"`, it returns `ap50`, the best precision at or above a recall, averaged over
    the recalls 0, .1 ... 1. With `mode="voc2010"`, `ap50` is the area under the curve of these best
    precisions.

    Classes without a true box are ignored; if there are no true boxes, metrics are -1. All
    detections are stored until `reset_state()`. If there are more than `capacity`, all metrics are
    NaN: a compiled step cannot raise an error, and metrics of only part of the detections would be
    wrong. Include detections with low scores, because recall is limited without them.

    Args:
        num_classes: int. Number of classes. Detections and true boxes of other classes are ignored.
        capacity: int. Maximum number of detections between two calls of `reset_state`. In `fit`,
            this is one epoch. A larger capacity makes compiled steps slower.
        box_format: str, see `keras_dl.boxes.convert`.
        image_shape: pair `(height, width)` in pixels, to compute areas. Required if the boxes are
            given as fractions of the image.
        mode: `"coco"`, `"voc2007"` or `"voc2010"`.

    Call arguments (of `update_state`):
        y_true: dict of `boxes` float `(batch, n, 4)`, `labels` int `(batch, n)`, negative for
            padding, and optionally `is_crowd` bool `(batch, n)`: True for boxes that need not be
            detected and that any number of detections may match (difficult boxes in VOC).
        y_pred: dict of `boxes` float `(batch, m, 4)`, `scores` float `(batch, m)`, `classes` int
            `(batch, m)`, negative for padding, and optionally `valid` int `(batch,)`, the number of
            valid boxes. `keras_dl.boxes.non_max_suppression` returns this format.

    Raises:
        ValueError: if an argument is out of range, a dict lacks a key or shapes do not match.

    Example:
    >>> metric = MeanAveragePrecision(num_classes=2, mode="voc2007")
    >>> truth = {"boxes": [[[0, 0, 9, 9], [0, 9, 9, 30]]], "labels": [[0, 1]]}
    >>> found = {"boxes": [[[0, 1, 9, 9]]], "scores": [[0.8]], "classes": [[0]]}
    >>> metric.update_state(truth, found)
    >>> {name: float(value) for name, value in metric.result().items()}
    {'ap50': 0.5}

    Reference: Lin et al. 2014, arXiv:1405.0312; Everingham et al. 2010, "The PASCAL Visual Object
    Classes (VOC) Challenge", section 4.2. The computation is in float64, but in float32 on JAX,
    where an IoU close to a threshold may be rounded to the other side. Unlike in the code of VOC, a
    box from 3 to 5 is 2 pixels wide, not 3.
    """

    def __init__(
        self,
        num_classes: int,
        capacity: int = 10_000,
        box_format: str = "yxyx",
        image_shape: tuple[int, int] | None = None,
        mode: Literal["coco", "voc2007", "voc2010"] = "coco",
        name: str = "mean_average_precision",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        _check_arguments(num_classes, capacity, box_format, image_shape, mode)
        self.num_classes, self.capacity, self.mode = num_classes, capacity, mode
        self.box_format, self.image_shape = box_format, image_shape
        coco = mode == "coco"
        self._ious = np.minimum(_COCO_IOUS, 1 - 1e-10) if coco else np.array([0.5])
        self._areas = _COCO_AREAS if coco else np.array([(-np.inf, np.inf)])
        columns = len(self._areas), len(self._ious)
        exact = keras.backend.standardize_dtype(as_exact_float(0).dtype)
        # The last row takes discarded detections; an outcome of 0 is ignored.
        rows = capacity + 1
        self.scores = self._zeros("scores", (rows,), exact)
        self.classes = self._zeros("classes", (rows,), "int32")
        self.ranks = self._zeros("ranks", (rows,), "int32")
        self.outcomes = self._zeros("outcomes", (rows, *columns), "int8")
        self.seen = self._zeros("seen", (), "int32")
        self.actual = self._zeros("actual", (num_classes, columns[0]), "int32")

    def _zeros(self, name, shape, dtype):
        return self.add_variable(shape, initializer="zeros", dtype=dtype, name=name)

    def update_state(self, y_true: dict[str, Tensor], y_pred: dict[str, Tensor]) -> None:
        """Matches the boxes of one batch of images and stores the outcomes."""
        truth, predicted = self._read(y_true, y_pred)
        outcomes = self._match(truth, predicted)
        labels = ops.one_hot(truth["labels"], self.num_classes, dtype="int32")
        wanted = ops.cast(~truth["ignored"], "int32")
        self.actual.assign_add(ops.sum(labels[..., None] * wanted[:, :, None], axis=(0, 1)))
        members = ops.one_hot(predicted["classes"], self.num_classes, dtype="int32")
        ranks = ops.sum((ops.cumsum(members, axis=1) - 1) * members, axis=-1)
        kept = (predicted["classes"] >= 0) & ((ranks < _COCO_LIMITS[-1]) | (self.mode != "coco"))
        self._keep(kept, predicted["scores"], predicted["classes"], ranks, outcomes)

    def _read(self, y_true, y_pred):
        """Returns both with `xywh` boxes in pixels, and `y_pred` sorted by decreasing score."""
        check_box_dict("y_true", y_true, ("labels",), ("is_crowd",))
        check_box_dict("y_pred", y_pred, ("scores", "classes"), ("valid",))
        boxes, labels = self._to_pixels(y_true["boxes"]), self._known(y_true["labels"])
        crowd = y_true.get("is_crowd")
        crowd = ops.zeros_like(labels, "bool") if crowd is None else ops.cast(crowd, "bool")
        truth = {"boxes": boxes, "labels": labels, "is_crowd": crowd}
        truth["ignored"] = crowd[..., None] | self._outside(boxes)

        scores, classes = as_exact_float(y_pred["scores"]), self._known(y_pred["classes"])
        if y_pred.get("valid") is not None:
            valid = ops.cast(y_pred["valid"], "int32")[:, None]
            classes = ops.where(ops.arange(ops.shape(classes)[1]) < valid, classes, -1)
        scores = ops.where(classes >= 0, scores, -np.inf)
        order = ops.argsort(-scores, axis=1)  # equal scores keep their order
        boxes = ops.take_along_axis(self._to_pixels(y_pred["boxes"]), order[..., None], axis=1)
        scores, classes = (ops.take_along_axis(x, order, axis=1) for x in (scores, classes))
        return truth, {"boxes": boxes, "scores": scores, "classes": classes}

    def _match(self, truth, found):
        iou = crowd_iou(found["boxes"], truth["boxes"], truth["is_crowd"] & (self.mode == "coco"))
        labels, classes = truth["labels"][:, None], found["classes"][..., None]
        return match_boxes(
            ops.where((labels == classes) & (labels >= 0), iou, -1),
            truth["ignored"],
            truth["is_crowd"],
            self._outside(found["boxes"]),
            self._ious,
            first_come=self.mode != "coco",
        )

    def _to_pixels(self, boxes):
        return convert(as_exact_float(boxes), self.box_format, "xywh", self.image_shape)

    def _known(self, labels):
        labels = ops.cast(labels, "int32")
        return ops.where(labels < self.num_classes, ops.maximum(labels, -1), -1)

    def _outside(self, boxes):
        """Returns which boxes are outside each range of areas: bool `(batch, n, areas)`."""
        area = (boxes[..., 2] * boxes[..., 3])[..., None]
        least, most = (ops.cast(limit, area.dtype) for limit in self._areas.T)
        return (area < least) | (area > most)

    def _keep(self, kept, scores, classes, ranks, outcomes):
        kept = ops.reshape(ops.cast(kept, "int32"), (-1,))
        rows = self.seen + ops.cumsum(kept) - 1
        rows = ops.where((kept > 0) & (rows < self.capacity), rows, self.capacity)[:, None]
        pairs = (self.scores, scores), (self.classes, classes), (self.ranks, ranks)
        for variable, values in (*pairs, (self.outcomes, outcomes)):
            values = ops.reshape(values, (-1, *variable.shape[1:]))
            variable.assign(ops.scatter_update(variable, rows, values))
        self.seen.assign_add(ops.sum(kept))

    def result(self) -> dict[str, Tensor]:
        """Returns a dict of scalar metrics, float64 (float32 on JAX)."""
        order = ops.argsort(-self.scores[:-1])  # equal scores keep their order
        order = ops.take(order, ops.argsort(ops.take(self.classes[:-1], order)))
        classes, ranks = ops.take(self.classes, order), ops.take(self.ranks, order)
        shape = (self.capacity, len(self._areas) * len(self._ious))
        outcomes = ops.reshape(ops.take(self.outcomes, order, axis=0), shape)
        actual = ops.repeat(self.actual, len(self._ious), axis=1)

        right = counts_up_to(outcomes == RIGHT, classes, self.num_classes)
        wrong = counts_up_to(outcomes == WRONG, classes, self.num_classes)
        right, wrong = as_exact_float(right), as_exact_float(wrong)
        precision = ops.divide_no_nan(right, right + wrong)
        divisor = ops.maximum(as_exact_float(actual), 1)
        recall = right / ops.take(divisor, classes, axis=0)
        present = actual > 0
        if self.mode == "voc2010":
            steps = ops.where(outcomes == RIGHT, best_from_here(precision, classes), 0)
            areas = ops.segment_sum(steps, classes, self.num_classes) / divisor
        else:
            recalls = _COCO_RECALLS if self.mode == "coco" else np.arange(11) / 10
            best = best_at_recalls(precision, recall, classes, self.num_classes, recalls)
            areas = ops.mean(best, axis=-1)
        if self.mode != "coco":
            return self._unless_full({"ap50": mean_where(areas, present)})
        recalls_at_limits = [
            ops.segment_sum(
                as_exact_float((outcomes == RIGHT) & (ranks < limit)[:, None]),
                classes,
                self.num_classes,
            )
            / divisor
            for limit in _COCO_LIMITS
        ]
        return self._unless_full(coco_numbers(areas, recalls_at_limits, present))

    def counts_above(self, thresholds: Tensor) -> tuple[np.ndarray, np.ndarray, int]:
        """Counts detections with a score of at least each threshold, at the smallest IoU (.5).

        Precision is correct / (correct + wrong), recall is correct / true, and F1 is
        2 correct / (correct + wrong + true).

        Args:
            thresholds: float `(n,)`.

        Returns:
            tuple of the number of correct and of wrong detections, int64 `(n,)` each, and the
            number of true boxes. Detections of difficult boxes or crowds are not counted.

        Raises:
            ValueError: if there were more detections than `capacity`.
        """
        seen = int(self.seen)
        if seen > self.capacity:
            raise ValueError(
                "MeanAveragePrecision: there must be at most capacity detections. Received "
                f"capacity {self.capacity} and {seen} detections. Increase capacity."
            )
        scores, outcomes = (
            ops.convert_to_numpy(each)[:seen] for each in (self.scores, self.outcomes)
        )
        kinds = outcomes[:, 0, 0], scores >= np.asarray(thresholds, scores.dtype)[:, None]
        right, wrong = (np.sum((kinds[0] == kind) & kinds[1], axis=1) for kind in (RIGHT, WRONG))
        return right, wrong, int(ops.convert_to_numpy(self.actual)[:, 0].sum())

    def _unless_full(self, numbers):
        full = self.seen > self.capacity
        return {name: ops.where(full, np.nan, value) for name, value in numbers.items()}

    def get_config(self) -> Config:
        """Returns the constructor arguments."""
        return {
            **super().get_config(),
            "num_classes": self.num_classes,
            "capacity": self.capacity,
            "box_format": self.box_format,
            "image_shape": self.image_shape,
            "mode": self.mode,
        }


def _check_arguments(num_classes, capacity, box_format, image_shape, mode):
    for name, value in (("num_classes", num_classes), ("capacity", capacity)):
        if not isinstance(value, int) or value < 1:
            raise ValueError(
                f"MeanAveragePrecision: {name} must be a positive integer. Received {name} "
                f"{value!r}. Pass the number of classes, and of detections in all images."
            )
    if mode not in ("coco", "voc2007", "voc2010"):
        raise ValueError(
            f"MeanAveragePrecision: mode must be coco, voc2007 or voc2010. Received mode {mode!r}. "
            "Choose the benchmark to compare with."
        )
    check_box_format("MeanAveragePrecision", "box_format", box_format)
    if box_format.startswith("rel_") and image_shape is None:
        raise ValueError(
            "MeanAveragePrecision: image_shape must be given for boxes in fractions of the image. "
            f"Received box_format {box_format!r}, image_shape None. Pass (height, width)."
        )
