"""Computes metrics and plots for a SavedModel, and finds the entities in texts."""

import re
import time
import zlib

import numpy as np
import tensorflow as tf
from sklearn.metrics import confusion_matrix

from apps.ner.data import read
from keras_dl import export, pipelines, plots
from keras_dl.application import Metric, Report, UserError

# Of a batch: characters of a text or tokens. A batch takes about 25 KB per token.
_MAX_TOTAL = {"serving_default": 40_000, "tokens": 8_000}


def entities_in(served, texts):
    """Yields the outputs of `predict` for each text."""
    found = _ask(served, "serving_default", "text", texts)
    columns = (found[name] for name in ("tokens", "tags", "confidence"))
    for text, tokens, tags, confidence in zip(texts, *columns, strict=True):
        tokens = [token.decode() for token in tokens if token]
        tags = [tag.decode() for tag in tags if tag]
        yield {"entities": pipelines.entities(text, tokens, tags, confidence[: len(tokens)])}


def measure(served, config):
    """Returns the report of a SavedModel."""
    test = read(config, config.split)
    tokens, gold = ([each[index] for each in test] for index in (0, 1))
    notes = _type_notes(served, {tag[2:] for tags in gold for tag in tags} - {""}, config)
    tag(served, tokens[:64])  # traces
    start = time.monotonic()
    tags, confidence = tag(served, tokens)
    seconds = time.monotonic() - start
    true, predicted = np.concatenate(gold), np.concatenate(tags)
    right, confidence = true == predicted, np.concatenate(confidence)
    report = [
        Metric("sentences", len(test)),
        Metric("entities", sum(len(pipelines.entity_spans(each)) for each in gold)),
        *_score_metrics(scores(gold, tags)),
    ]
    types = sorted({tag[2:] for tag in true} - {""})
    by_type = {kind: scores(gold, tags, kind) for kind in types}
    for kind, found in by_type.items():
        report += _score_metrics(found, kind)
    against = sum("IOB1" in pipelines.scheme_evidence(each) for each in tags)
    report += [
        Metric("tag_accuracy", right.mean(), "accuracy of tags"),
        Metric("scheme_violations", against, "sentences that violate the tag scheme"),
        Metric("confidence", confidence.mean(), "mean confidence of tags"),
    ]
    if not right.all():
        wrong = confidence[~right].mean()
        report.append(Metric("confidence_of_wrong_tags", wrong, "mean confidence of wrong tags"))
    report.append(Metric("sentences_per_second", len(test) / seconds, "sentences per second"))
    drawn = {
        "confusion": _confusion_plot(true, predicted),
        "calibration": plots.calibration(confidence, right, "Confidence of tags"),
    }
    if by_type:
        f1 = {kind: found["F1"] for kind, found in by_type.items()}
        drawn["f1_by_type"] = plots.sorted_bars(f1, "F1 of entities, by type", "F1")
    return Report(report, drawn, notes)


def _type_notes(served, found, config):
    """Returns lines about entity types that only the data or only the model has.

    Raises:
        UserError: if data and model have no type in common.
    """
    tokens = tf.constant([["x"]])
    known = {each.decode() for each in served.signatures["tokens"](tokens=tokens)["types"].numpy()}
    if found and not found & known:
        raise UserError(
            f"--data must have entity types of the model, {', '.join(sorted(known))}. Received "
            f"{config.data} with the types {', '.join(sorted(found))}. Add --types four if these "
            "are names for person, place, organization and others, or use another model."
        )
    notes = []
    if missing := sorted(found - known):
        notes.append(f"Types that the model does not have: {', '.join(missing)}.")
    if missing := sorted(known - found):
        notes.append(f"Types that the data do not have: {', '.join(missing)}.")
    return notes


def tag(served, sentences):
    """Returns a list of the tags and a list of the confidences of tokenized sentences."""
    found = _ask(served, "tokens", "tokens", sentences)
    tags = [[each.decode() for each in row if each] for row in found["tags"]]
    return tags, [row[: len(each)] for row, each in zip(found["confidence"], tags, strict=True)]


def scores(gold, tags, kind=None):
    """Returns strict precision, recall and F1 of entities.

    Args:
        gold: true IOB2 tags of each sentence.
        tags: predicted tags of each sentence.
        kind: entity type to count. If None, all types are counted.
    """
    gold, found = (
        {
            (row, *span)
            for row, each in enumerate(sentences)
            for span in pipelines.entity_spans(each)
            if kind in (None, span[2])
        }
        for sentences in (gold, tags)
    )
    precision = len(gold & found) / max(len(found), 1)
    recall = len(gold & found) / max(len(gold), 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-300)
    return {"precision": precision, "recall": recall, "F1": f1}


def _ask(served, endpoint, name, rows):
    return export.call_in_batches(
        served.signatures[endpoint],
        {name: rows},
        batch_size=64,
        sizes=[len(row) for row in rows],
        max_batch_total=_MAX_TOTAL[endpoint],
    )


def _score_metrics(found, kind=""):
    slug = re.sub(r"[^\w-]", "_", kind, flags=re.ASCII)
    slug = slug if slug == kind else f"{slug}_{zlib.crc32(kind.encode()):x}"
    group = f".type_{slug}" if kind else ""
    return [
        Metric(f"entity_{name.lower()}{group}", value, f"entity {name}{kind and ', '}{kind}")
        for name, value in found.items()
    ]


def _confusion_plot(true, predicted):
    """Returns the confusion matrix of the entity types of words."""
    types = [[tag[2:] for tag in tags] for tags in (true, predicted)]
    names = [*sorted({*types[0], *types[1]} - {""}), ""]
    counts = confusion_matrix(*types, labels=names)
    return plots.confusion_matrix(counts, [*names[:-1], "none"], "Types of words")
