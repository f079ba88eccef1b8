"""Computes metrics and draws plots for a SavedModel, and detects the objects in one image."""

import re
import time

import keras
import numpy as np
import tensorflow as tf

from apps.detection import sources
from apps.detection.data import clean, padded
from apps.detection.model import LEAST_SCORE
from keras_dl import boxes, export, metrics, pipelines, plots
from keras_dl.application import Metric, Report, UserError

_SHOWN = 6
_SMALLEST, _LARGEST = 256, 2048  # pixels of the longer side of a plotted image
_LABELS = {
    "ap": "mAP",
    "ap50": "mAP at IoU .5",
    "ap75": "mAP at IoU .75",
    "ap_small": "mAP of small boxes",
    "ap_medium": "mAP of medium boxes",
    "ap_large": "mAP of large boxes",
    "ar1": "recall, 1 box per image",
    "ar10": "recall, 10 boxes per image",
    "ar100": "recall, 100 boxes per image",
    "ar_small": "recall of small boxes",
    "ar_medium": "recall of medium boxes",
    "ar_large": "recall of large boxes",
    "precision": "precision at IoU .5 of the boxes above the threshold",
    "recall": "recall at IoU .5 of the boxes above the threshold",
}


def ask(served, images):
    """Returns the outputs of the SavedModel for images, a dict of arrays `(n, 100, ...)`."""
    inputs = {"image_bytes": images}
    return export.call_in_batches(served.signatures["serving_default"], inputs, batch_size=8)


def detect(served, encoded, threshold=None):
    """Returns the size of one image, and its objects with a score of at least the threshold.

    Without a threshold, it is the one of the model. If no object is left, a note says so.
    """
    outputs = ask(served, [encoded])
    threshold = _limit(outputs, threshold)
    found = _above(outputs, 0, threshold)
    columns = found["labels"], found["scores"], found["boxes"].round().astype(int)
    height, width = pipelines.image_shape(encoded).numpy().tolist()
    objects = [
        {"label": label.decode(), "score": float(score), "box": box.tolist()}
        for label, score, box in zip(*columns, strict=True)
    ]
    note = None
    if not objects:
        best = f"{outputs['scores'][0, 0]:.3f}" if outputs["valid"][0] else f"below {LEAST_SCORE}"
        note = f"no score is at least {threshold:g}, the best is {best}"
    return {"height": height, "width": width, "objects": objects, "note": note}


def first_found(served, encoded, count):
    """Returns the `count` best objects of one image as a dict of arrays `(count, ...)`."""
    return _first(ask(served, [encoded]), 0, count)


def boxes_plot(encoded, found, truth=None):
    """Plots predicted and true boxes on an image, which is resized if very small or large."""
    longest = int(max(pipelines.image_shape(encoded)))
    step = -(-longest // _LARGEST)
    times = -(-_SMALLEST // longest)
    scale = times / step
    image = pipelines.decode_image(encoded, step).numpy()
    names = dict(zip(found["classes"], found["labels"], strict=True))
    return plots.boxes_on_image(
        image.repeat(times, 0).repeat(times, 1),
        found["boxes"] * scale,
        found["classes"],
        found["scores"],
        truth=None if truth is None else truth * scale,
        classes=[names.get(each, b"").decode() for each in range(max(names, default=-1) + 1)],
    )


def measure(served, config):
    """Returns the report of a SavedModel."""
    part, notes = clean(sources.read(config, config.split), config.split)
    found = ask(served, part)
    _check_classes(found, part, config)
    truth, threshold = _truth(part), _limit(found, config.threshold)
    whole, *of_classes = scores(found, truth, len(part.classes), threshold)
    values = [Metric("images", len(part)), Metric("boxes", sum(map(len, part.labels)))]
    values += [Metric(key, value, _LABELS[key]) for key, value in whole.items()]
    values.append(Metric("threshold", float(threshold), "threshold of scores"))
    for label, (name, of_class) in enumerate(zip(part.classes, of_classes, strict=True)):
        key = f"ap50.{_key(label, name)}"
        if "ap50" in of_class:
            values.append(Metric(key, of_class["ap50"], f"AP at IoU .5, {name}"))
    for label, name in enumerate(part.classes):
        true = np.sum(truth["labels"] == label, axis=1)
        above = (found["classes"] == label) & (found["scores"] >= threshold)
        error, key = above.sum(1) - true, _key(label, name)
        values += [
            Metric(f"count.{key}", true.mean(), f"true count of {name} per image"),
            Metric(f"count_error.{key}", abs(error).mean(), f"count of {name}, absolute error"),
            Metric(f"count_bias.{key}", error.mean(), f"count of {name}, mean error"),
        ]
    milliseconds = _milliseconds(served, part)
    values.append(Metric("milliseconds_per_image", milliseconds, "milliseconds for one image"))
    drawn = {}
    for index in range(min(_SHOWN, len(part))):
        shown = _above(found, index, threshold)
        true = truth["boxes"][index, : len(part.labels[index])]
        drawn[f"objects_{index}"] = boxes_plot(part[index], shown, true)
    return Report(values, drawn, tuple(notes))


def scores(found, truth, num_classes, threshold):
    """Returns dicts of metrics: for all classes, then for each class.

    They are the twelve COCO metrics, and precision and recall of the boxes with a score of at least
    the threshold. Undefined ones, such as those of large boxes if there are none, are left out.
    """
    metric = metrics.MeanAveragePrecision(num_classes, capacity=int(found["valid"].sum()) + 1)
    update = tf.function(metric.update_state)
    found = {name: found[name] for name in ("boxes", "scores", "classes", "valid")}
    both, values = (truth["labels"], found["classes"]), []
    for kept in (range(num_classes), *range(num_classes)):
        labels, classes = (tf.constant(np.where(np.isin(each, kept), each, -1)) for each in both)
        metric.reset_state()
        update(truth | {"labels": labels}, found | {"classes": classes})
        coco = {name: float(value) for name, value in metric.result().items()}
        defined = {name: value for name, value in coco.items() if value >= 0}
        values.append(defined | _precision_and_recall(metric, threshold))
    return values


def _precision_and_recall(metric, threshold):
    (right,), (wrong,), true = metric.counts_above([threshold])
    ratios = {"precision": (right, right + wrong), "recall": (right, true)}
    return {name: float(part / whole) for name, (part, whole) in ratios.items() if whole}


def _truth(part):
    """Returns boxes in pixels, labels and crowd flags for the metric."""
    fractions, labels = padded(part)
    shapes = np.array([pipelines.image_shape(encoded) for encoded in part])
    return {
        "boxes": np.asarray(boxes.convert(fractions, "rel_yxyx", "yxyx", shapes[:, None])),
        "labels": labels,
        "is_crowd": keras.utils.pad_sequences(part.crowd, dtype="bool", padding="post"),
    }


def _limit(found, threshold):
    """Returns the threshold, by default that of the model, as a float32 like the scores."""
    return found["threshold"] if threshold is None else np.float32(threshold)


def _above(found, index, threshold):
    count = np.sum(found["scores"][index, : found["valid"][index]] >= threshold)
    return _first(found, index, count)


def _first(found, index, count):
    names = ("boxes", "scores", "classes", "labels")
    return {name: found[name][index, :count] for name in names}


def _key(label, name):
    return f"class_{label}_{re.sub('[^A-Za-z0-9]+', '_', name)}"


def _check_classes(found, part, config):
    """Raises UserError if a class has different names in the model and in the data."""
    pairs = zip(found["classes"].ravel().tolist(), found["labels"].ravel(), strict=True)
    for number, label in sorted(set(pairs)):
        if number >= 0 and [label.decode()] != part.classes[number : number + 1]:
            raise UserError(
                "--data must have the same classes in the same order as the model. Received "
                f"{config.data} with {', '.join(part.classes)}; the model found "
                f"{label.decode()!r} as class {number}. Use the training data of the model."
            )


def _milliseconds(served, part):
    """Returns the median time of a batch of one image, including its decoding."""
    endpoint = served.signatures["serving_default"]
    seconds = []
    for index in range(min(30, len(part))):
        encoded = tf.constant([part[index]])
        start = time.perf_counter()
        endpoint(image_bytes=encoded)["valid"].numpy()
        seconds.append(time.perf_counter() - start)
    return 1000 * float(np.median(seconds))
