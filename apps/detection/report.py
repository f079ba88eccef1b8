"""How good a SavedModel is: figures and pictures of a part of the data."""

import time

import numpy as np
import tensorflow as tf

from apps.detection import answers, sources
from apps.detection.data import clean
from keras_dl import boxes, metrics, pipelines

_AT_ONCE = 8
_SHOWN = 6
_NAMES = {
    "ap": "mAP",
    "ap50": "mAP at IoU .5",
    "ap75": "mAP at IoU .75",
    "ap_small": "mAP of small boxes",
    "ap_medium": "mAP of medium boxes",
    "ap_large": "mAP of large boxes",
    "ar1": "recall, 1 box a picture",
    "ar10": "recall, 10 boxes a picture",
    "ar100": "recall, 100 boxes a picture",
    "ar_small": "recall of small boxes",
    "ar_medium": "recall of medium boxes",
    "ar_large": "recall of large boxes",
}


def detect(saved_model, part):
    """Returns what the SavedModel finds in the pictures of a part, a dict of arrays for each."""
    endpoint = saved_model.signatures["serving_default"]
    found = []
    for start in range(0, len(part.names), _AT_ONCE):
        places = range(start, min(start + _AT_ONCE, len(part.names)))
        answer = endpoint(image_bytes=tf.constant([part.bytes_of(place) for place in places]))
        answer = {name: value.numpy() for name, value in answer.items()}
        found += [
            {name: value[row] for name, value in answer.items()} for row in range(len(places))
        ]
    return found


def figures(saved_model, config):
    """Returns the figures of a part of the data as a dict from what is measured to its value."""
    part = clean(sources.read(config, config.split), config.split)
    found = detect(saved_model, part)
    _check_classes(found, part, config)
    report = {"pictures": len(part.names), "boxes": sum(map(len, part.labels))}
    report |= {_NAMES[name]: value for name, value in scores(part, found).items()}
    for label, name in enumerate(part.classes):
        one = scores(part, found, label)
        report[f"AP at IoU .5, {name}"] = one["ap50"]
    for label, name in enumerate(part.classes):
        true = np.array([np.sum(each == label) for each in part.labels])
        counted = np.array([_count(each, label, config.threshold) for each in found])
        report[f"count of {name} in a picture"] = float(true.mean())
        report[f"mean error of the count of {name}"] = float(np.abs(counted - true).mean())
        report[f"mean of count - true count of {name}"] = float((counted - true).mean())
    report["milliseconds for one picture"] = _milliseconds(saved_model, part)
    return report


def _check_classes(found, part, config):
    """Raises ValueError if the model calls a class by another name than the data."""
    for answer in found:
        for number, label in zip(answer["classes"], answer["labels"], strict=True):
            if number >= 0 and [label.decode()] != part.classes[number : number + 1]:
                raise ValueError(
                    "--data must have the classes that the model knows, in their order. Received "
                    f"{config.data} with {', '.join(part.classes)}; the model found "
                    f"{label.decode()!r} as number {number}. Name the data it was trained on."
                )


def scores(part, found, label=None):
    """Returns the twelve figures of COCO, of all classes or of one of them alone."""
    metric = metrics.MeanAveragePrecision(
        len(part.classes), capacity=sum(int(answer["valid"]) for answer in found) + 1
    )
    for place, answer in enumerate(found):
        shape = _shape(part, place)
        labels, own = part.labels[place], slice(0, answer["valid"])
        kept = labels == label if label is not None else slice(None)
        right = answer["classes"][own] == label if label is not None else slice(None)
        some = np.asarray(boxes.convert(part.boxes[place], "rel_yxyx", "yxyx", shape))
        metric.update_state(
            {
                "boxes": some[kept][None],
                "labels": labels[kept][None],
                "is_crowd": part.crowd[place][kept][None],
            },
            {name: answer[name][own][right][None] for name in ("boxes", "scores", "classes")},
        )
    return {name: float(value) for name, value in metric.result().items()}


def _count(answer, label, threshold):
    return int(np.sum((answer["classes"] == label) & (answer["scores"] >= threshold)))


def _shape(part, place):
    return pipelines.decode_picture(part.bytes_of(place)).shape[:2]


def _milliseconds(saved_model, part):
    """Returns the median time of one picture by itself, its decoding included."""
    endpoint = saved_model.signatures["serving_default"]
    taken = []
    for place in range(min(30, len(part.names))):
        encoded = tf.constant([part.bytes_of(place)])
        start = time.perf_counter()
        endpoint(image_bytes=encoded)["valid"].numpy()
        taken.append(time.perf_counter() - start)
    return 1000 * float(np.median(taken))


def pictures(saved_model, config):
    """Returns pictures by name: objects found, and precision against recall."""
    part = clean(sources.read(config, config.split), config.split)
    found = detect(saved_model, part)
    _check_classes(found, part, config)
    drawn = {}
    for place in range(min(_SHOWN, len(part.names))):
        picture = pipelines.decode_picture(part.bytes_of(place)).numpy()
        truth = boxes.convert(part.boxes[place], "rel_yxyx", "yxyx", picture.shape[:2])
        shown = answers.above(found[place], config.threshold)
        drawn[f"objects_{place}"] = answers.drawn(picture, shown, np.asarray(truth))
    return drawn
