"""How good a SavedModel is: figures and pictures of a part of the data."""

import time

import numpy as np
import tensorflow as tf

from apps.sentiment import negation
from apps.sentiment import texts as sources
from apps.sentiment.coloured_text import coloured_text
from apps.sentiment.data import tokens
from keras_dl import metrics
from keras_dl import plots as drawing

_AT_ONCE = 64
_CHARACTERS_AT_ONCE = 500_000  # a few texts of a length that others have a hundredth of
_LENGTHS = (10, 20, 50, 100, 200, 400)  # words


def answer(saved_model, texts, endpoint="serving_default"):
    """Returns the SavedModel's answers to texts (bytes), a dict of arrays for each, in order."""
    serve = saved_model.signatures[endpoint]
    found = [None] * len(texts)
    for rows in _groups(texts):
        some = serve(text=tf.constant([texts[row] for row in rows]))
        some = {name: value.numpy() for name, value in some.items()}
        for place, row in enumerate(rows):
            found[row] = {name: value[place] for name, value in some.items()}
    return found


def probabilities(saved_model, texts):
    """Returns the probabilities of the classes of texts, float `(texts, classes)`."""
    return np.array([each["probabilities"] for each in answer(saved_model, texts)])


def figures(saved_model, config):
    """Returns the figures of a part of the data as a dict from what is measured to its value."""
    reviews = sources.read(config.data, config.split, config)
    answer(saved_model, reviews.texts[:_AT_ONCE])  # traces
    start = time.monotonic()
    found = probabilities(saved_model, reviews.texts)
    seconds = time.monotonic() - start
    labels = _labels(reviews, found, config)
    right = found.argmax(1) == labels
    report = {
        "reviews": len(labels),
        "share of the commonest class": float(np.bincount(labels).max() / len(labels)),
        "accuracy": float(right.mean()),
    }
    report |= _without_copies(reviews.texts, right, config)
    report |= _ordinal(labels, found)
    for name, rows in _groups_of(reviews.texts).items():
        if rows.any():
            report[f"accuracy, {name} ({rows.sum()})"] = float(right[rows].mean())
    for row, column in np.ndindex(found.shape[1], found.shape[1]):
        names = sources.label_names(found.shape[1])
        count = int(np.sum((labels == row) & (found.argmax(1) == column)))
        report[f"{names[row]}, answered {names[column]}"] = count
    if config.data != "made":  # which has none of the words of the pairs
        report |= pairs(saved_model)
    report["reviews a second"] = len(labels) / seconds
    return report


def pairs(saved_model):
    """Returns how often the better of two texts that differ by little has the higher score."""
    report = {}
    for name, some in (
        ("A and not A", negation.negated_pairs()),
        ("other order of words", negation.reordered_pairs()),
    ):
        texts = [text.encode() for pair in some for text in pair]
        found = probabilities(saved_model, texts)
        scores = (found @ np.arange(found.shape[1])).reshape(-1, 2)
        report[f"pairs ordered right, {name}"] = negation.ordered_right(*scores.T)
    return report


def pictures(saved_model, config):
    """Returns matplotlib figures by name."""
    reviews = sources.read(config.data, config.split, config)
    found = probabilities(saved_model, reviews.texts)
    labels = _labels(reviews, found, config)
    answers, names = found.argmax(1), sources.label_names(found.shape[1])
    counts = np.zeros((len(names), len(names)), "int64")
    np.add.at(counts, (labels, answers), 1)
    groups = _groups_of(reviews.texts)
    accuracy = {
        f"{name} ({rows.sum():,})": float((answers == labels)[rows].mean())
        for name, rows in groups.items()
        if rows.any()
    }
    short = sorted(range(len(labels)), key=lambda row: abs(len(reviews.texts[row]) - 150))[:6]
    shown = [reviews.texts[row] for row in short]
    return {
        "confusion": drawing.confusion_matrix(counts, names, "Reviews"),
        "accuracy_by_group": drawing.sorted_bars(accuracy, "Where it is right", "accuracy"),
        "words": _words_that_moved(saved_model, shown),
        "calibration": drawing.calibration(found.max(1), answers == labels, "Probability"),
    }


def _groups(texts):
    """Yields groups of rows of texts of like length, none of them too much for the memory."""
    rows = []
    for row in sorted(range(len(texts)), key=lambda row: len(texts[row])):
        if len(rows) == _AT_ONCE or (len(rows) + 1) * len(texts[row]) > _CHARACTERS_AT_ONCE:
            if rows:
                yield rows
            rows = []
        rows.append(row)
    if rows:
        yield rows


def _labels(reviews, found, config):
    labels = np.array(reviews.labels)
    classes = labels.max() + 1
    if classes < found.shape[1]:  # a small part of the data may lack a class that train has
        classes = max(sources.read(config.data, "train", config).labels) + 1
    if classes != found.shape[1]:
        raise ValueError(
            f"--model must answer the {classes} classes of --data. Received one that answers "
            f"{found.shape[1]}. Train one on these data."
        )
    return labels


def _without_copies(texts, right, config):
    if config.split != "test":
        return {}
    copies = sources.copies(config.data)
    rows = np.array([text not in copies for text in texts])
    return {
        "reviews that also stand in train or unlabelled": int((~rows).sum()),
        "accuracy without them": float(right[rows].mean()),
    }


def _ordinal(labels, found):
    if found.shape[1] < 3:
        return {}
    report = {}
    for name, metric in (
        ("mean absolute error", metrics.OrdinalMeanAbsoluteError()),
        ("quadratic weighted kappa", metrics.QuadraticWeightedKappa(found.shape[1])),
    ):
        metric.update_state(labels, found)
        report[name] = float(metric.result())
    return report


def _groups_of(texts):
    """Returns bool arrays: which texts have a negator, and which are how long."""
    words = [row for some in _chunks(texts) for row in tokens(some).to_list()]
    negated = negation.has_negator(words)
    groups = {"with a negator": negated, "without a negator": ~negated}
    length, lowest = np.array([len(row) for row in words]), 0
    for highest in (*_LENGTHS, None):
        rows = (length >= lowest) & (length < (highest or np.inf))
        last = f"to {highest - 1} words" if highest else "words and more"
        groups[f"{lowest} {last}"] = rows
        lowest = highest
    return groups


def _chunks(texts, at_once=2000):
    return (texts[start : start + at_once] for start in range(0, len(texts), at_once))


def _words_that_moved(saved_model, texts):
    drawn = []
    for each in answer(saved_model, texts, "influence"):
        length = int(np.sum(each["words"] != b""))
        words = [word.decode("utf-8", "replace") for word in each["words"][:length]]
        drawn.append((each["label"].decode(), words, each["influence"][:length]))
    return coloured_text(drawn, "Words that spoke for the answer (green) and against it (red)")
