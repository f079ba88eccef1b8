"""How good a SavedModel is: figures and pictures of a part of the data."""

import time

import numpy as np
import tensorflow as tf

from apps.ner import page
from apps.ner.data import examples
from keras_dl import plots as drawing


def tag(saved_model, sentences, at_once=64):
    """Returns tags and confidences of tokenised sentences, a pair of lists for each, in order."""
    endpoint = saved_model.signatures["tokens"]
    by_length = sorted(range(len(sentences)), key=lambda row: len(sentences[row]))
    found = [None] * len(sentences)
    for start in range(0, len(sentences), at_once):
        rows = by_length[start : start + at_once]
        tokens = tf.ragged.constant([sentences[row] for row in rows], "string").to_tensor("")
        answer = {name: value.numpy() for name, value in endpoint(tokens=tokens).items()}
        for place, row in enumerate(rows):
            length = len(sentences[row])
            tags = [each.decode() for each in answer["tags"][place, :length]]
            found[row] = tags, answer["confidence"][place, :length]
    return found


def figures(saved_model, config):
    """Returns the figures of a part of the data as a dict from what is measured to its value."""
    test = examples(config, config.split)
    tag(saved_model, [each.tokens for each in test[:64]])  # traces
    start = time.monotonic()
    found = tag(saved_model, [each.tokens for each in test])
    seconds = time.monotonic() - start
    gold, tags = [each.tags for each in test], [tags for tags, _ in found]
    report = {"sentences": len(test), "entities": sum(len(page.spans(each)) for each in gold)}
    report |= {f"entity {name}": value for name, value in scores(gold, tags).items()}
    for kind in _kinds(gold):
        report[f"entity F1, {kind}"] = scores(gold, tags, kind)["F1"]
    report["accuracy of tags"] = float(np.mean(np.concatenate(_right(gold, tags))))
    report["sentences with tags against the scheme"] = sum(map(_breaks_scheme, tags))
    right, confidence = np.concatenate(_right(gold, tags)), np.concatenate([c for _, c in found])
    report["mean confidence of tags"] = float(confidence.mean())
    if not right.all():
        report["mean confidence of wrong tags"] = float(confidence[~right].mean())
    report["sentences a second"] = len(test) / seconds
    return report


def scores(gold, tags, kind=None):
    """Returns precision, recall and F1 of entities: an entity counts if all of it is right."""
    gold, found = (
        {
            (row, *span)
            for row, each in enumerate(sentences)
            for span in page.spans(each)
            if kind in (None, span[2])
        }
        for sentences in (gold, tags)
    )
    precision = len(gold & found) / max(len(found), 1)
    recall = len(gold & found) / max(len(gold), 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-300)
    return {"precision": precision, "recall": recall, "F1": f1}


def pictures(saved_model, config):
    """Returns matplotlib figures by name."""
    test = examples(config, config.split)
    found = tag(saved_model, [each.tokens for each in test])
    gold, tags = [each.tags for each in test], [tags for tags, _ in found]
    by_kind = {kind: scores(gold, tags, kind)["F1"] for kind in _kinds(gold)}
    right, confidence = np.concatenate(_right(gold, tags)), np.concatenate([c for _, c in found])
    return {
        "f1_by_type": drawing.sorted_bars(by_kind, "F1 of entities, by type", "F1"),
        "confusion": drawing.confusion_matrix(*_confusion(gold, tags), "Types of words"),
        "calibration": drawing.calibration(confidence, right, "Confidence of tags"),
    }


def _kinds(gold):
    return sorted({each[2:] for tags in gold for each in tags} - {""})


def _right(gold, tags):
    return [np.array(each) == np.array(other) for each, other in zip(gold, tags, strict=True)]


def _breaks_scheme(tags):
    before = ("O", *tags[:-1])
    return any(t.startswith("I-") and b[2:] != t[2:] for b, t in zip(before, tags, strict=True))


def _confusion(gold, tags):
    """Returns how often words of each type were taken for which, and the names of the types."""
    names = [*_kinds([*gold, *tags]), "none"]
    number = {kind: place for place, kind in enumerate(names)} | {"": len(names) - 1}
    counts = np.zeros((len(names), len(names)), "int64")
    for true, found in zip(gold, tags, strict=True):
        rows, columns = ([number[each[2:]] for each in some] for some in (true, found))
        np.add.at(counts, (rows, columns), 1)
    return counts, names
