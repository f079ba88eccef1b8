"""Computes metrics and plots for a SavedModel, and the influence of words."""

import itertools
import time

import numpy as np
from sklearn.metrics import confusion_matrix

from apps.sentiment import negation
from apps.sentiment import texts as sources
from apps.sentiment.data import ask
from apps.sentiment.tokens import tokens_of
from keras_dl import metrics, plots
from keras_dl.application import Metric, Report, UserError, user_error

_LENGTHS = (0, 10, 20, 50, 100, 200, 400, None)  # words
_SHOWN_WORDS = 5


def predictions(served, texts, explain=False):
    """Yields the outputs of `predict` for each text."""
    found = ask(served, texts)
    moved = _influences(served, texts) if explain else [None] * len(texts)
    columns = (found["label"], found["probabilities"].max(1), found["unknown"], moved)
    for label, probability, unknown, words in zip(*columns, strict=True):
        if words is not None:
            words = sorted(zip(*words[1:], strict=True), key=lambda pair: -abs(pair[1]))
            words = words[:_SHOWN_WORDS]
        yield {
            "label": label.decode(),
            "probability": probability,
            "unknown": unknown,
            "influence": words,
        }


def influence_plot(served, texts):
    """Plots texts with each word colored by its influence on the prediction."""
    title = "Words that speak for the prediction (green) and against it (red)"
    return plots.highlighted_text(_influences(served, texts), title)


def measure(served, config):
    """Returns the report of a SavedModel."""
    texts, labels = sources.read(config, config.split)
    names = _names(served, labels, config)
    ask(served, texts[:64])  # traces
    start = time.monotonic()
    found = ask(served, texts)
    seconds = time.monotonic() - start
    predicted = np.array([names.index(label.decode()) for label in found["label"]])
    labels = np.array([names.index(label) for label in labels])
    right = predicted == labels
    if max(labels.max(), predicted.max()) < len(names) - 1:  # no text is unknown
        names = names[:-1]
    counts = confusion_matrix(labels, predicted, labels=range(len(names)))
    groups = _accuracies(texts, right)
    report = [
        Metric("reviews", len(texts)),
        Metric("largest_class", counts.sum(1).max() / len(texts), "fraction of the largest class"),
        Metric("accuracy", right.mean()),
        Metric("abstained", (found["label"] == b"unknown").mean(), "fraction labeled unknown"),
        *_without_copies(texts, right, config),
        *_ordinal(labels, names, found["probabilities"]),
        *groups,
        *_confusions(counts, names),
    ]
    # The synthetic reviews have no word of the pairs.
    if config.data != "synthetic" and sources.is_scale(names[:2]):
        report += pairs(served)
    report.append(Metric("reviews_per_second", len(texts) / seconds, "reviews per second"))
    by_group = {each.label.removeprefix("accuracy, "): each.value for each in groups}
    short = sorted(texts, key=lambda text: abs(len(text) - 150))[:6]
    drawn = {
        "confusion": plots.confusion_matrix(counts, names, "Reviews"),
        "accuracy_by_group": plots.sorted_bars(by_group, "Accuracy by group", "accuracy"),
        "words": influence_plot(served, short),
        "calibration": plots.calibration(found["probabilities"].max(1), right, "Probability"),
    }
    return Report(report, drawn)


def pairs(served):
    """Returns metrics: the fractions of pairs whose better text has the higher score."""
    found = []
    for key, label, group in (
        ("negated", "A and not A", negation.negated_pairs()),
        ("reordered", "other order of words", negation.reordered_pairs()),
    ):
        chances = ask(served, [text for pair in group for text in pair])["probabilities"]
        scores = (chances @ np.arange(chances.shape[1])).reshape(-1, 2)
        share = negation.ordered_right(*scores.T)
        found.append(Metric(f"pairs.{key}", share, f"pairs ordered right, {label}"))
    return found


def _influences(served, texts):
    """Returns label, words and their influence for each text."""
    found = ask(served, texts, "influence")
    columns = (found["label"], found["words"], found["influence"])
    return [
        (label.decode(), [word.decode() for word in words if word], influence[words != b""])
        for label, words, influence in zip(*columns, strict=True)
    ]


def _names(served, labels, config):
    """Returns the names of the classes of a model, and unknown."""
    names = [each.decode() for each in served.signatures["classes"](text=[""])["labels"].numpy()]
    found = set(labels) - {sources.UNKNOWN}
    if found < set(names):  # a small split may lack a class of train
        found |= set(sources.read(config, "train").labels) - {sources.UNKNOWN}
    if found != set(names):
        raise UserError(
            f"--model must have the classes of --data, {', '.join(sources.ordered(found)[:9])}. "
            f"Received a model of {', '.join(names[:9])}. Use a model that was trained on such "
            "data, or rename the labels."
        )
    return [*names, sources.UNKNOWN]


def _without_copies(texts, right, config):
    if config.split != "test":
        return []
    with user_error("--data"):
        copies = sources.copies(config)
    new = np.array([text not in copies for text in texts])
    return [
        Metric("copies", int((~new).sum()), "reviews that are also in train or unlabeled"),
        Metric("accuracy_without_copies", right[new].mean(), "accuracy without these"),
    ]


def _ordinal(labels, names, probabilities):
    names = names[: probabilities.shape[1]]
    if len(names) < 3 or labels.max() >= len(names) or not sources.is_scale(names):
        return []
    error, kappa = (
        metrics.OrdinalMeanAbsoluteError(),
        metrics.QuadraticWeightedKappa(len(names)),
    )
    for metric in (error, kappa):
        metric.update_state(labels, probabilities)
    return [
        Metric("mean_absolute_error", float(error.result())),
        Metric("quadratic_weighted_kappa", float(kappa.result())),
    ]


def _accuracies(texts, right):
    """Returns the accuracy on texts with and without a negator, and by length."""
    words = list(tokens_of(texts))
    negated, length = negation.has_negator(words), np.array([len(row) for row in words])
    groups = [
        ("with_negator", "with a negator", negated),
        ("without_negator", "without a negator", ~negated),
    ]
    for least, below in itertools.pairwise(_LENGTHS):
        last = f"to {below - 1} words" if below else "words and more"
        rows = (length >= least) & (length < (below or np.inf))
        groups.append((f"from_{least}_words", f"{least} {last}", rows))
    return [
        Metric(f"accuracy_by_group.{key}", right[rows].mean(), f"accuracy, {name} ({rows.sum():,})")
        for key, name, rows in groups
        if rows.any()
    ]


def _confusions(counts, names):
    found = []
    for (row, column), count in np.ndenumerate(counts):
        true, predicted = names[row], names[column]
        key = f"confusion.true_{true}.predicted_{predicted}".replace(" ", "_")
        found.append(Metric(key, count, f"{true}, predicted {predicted}"))
    return found
