"""Computes metrics and plots for a SavedModel, and the influence of words."""

import itertools
import time

import numpy as np
from sklearn.metrics import confusion_matrix

from apps.sentiment import negation
from apps.sentiment import texts as sources
from apps.sentiment.data import ask, words_of
from keras_dl import metrics, plots
from keras_dl.application import Metric, Report, UserError, user_error

_LENGTHS = (0, 10, 20, 50, 100, 200, 400, None)  # words
_SHOWN_WORDS = 5


def predictions(served, texts, explain=False):
    """Yields the outputs of `predict` for each text."""
    found = ask(served, texts)
    moved = _influences(served, texts) if explain else [None] * len(texts)
    columns = (found["label"], found["probabilities"].max(1), moved)
    for label, probability, words in zip(*columns, strict=True):
        if words is not None:
            words = sorted(zip(*words[1:], strict=True), key=lambda pair: -abs(pair[1]))
            words = words[:_SHOWN_WORDS]
        yield {"label": label.decode(), "probability": probability, "influence": words}


def influence_plot(served, texts):
    """Plots texts with each word colored by its influence on the prediction."""
    title = "Words that speak for the prediction (green) and against it (red)"
    return plots.highlighted_text(_influences(served, texts), title)


def measure(served, config):
    """Returns the report of a SavedModel."""
    texts, labels = sources.read(config.data, config.split, config.seed)
    ask(served, texts[:64])  # traces
    start = time.monotonic()
    found = ask(served, texts)["probabilities"]
    seconds = time.monotonic() - start
    labels = _checked(np.array(labels), found, config)
    names = sources.label_names(found.shape[1])
    right = found.argmax(1) == labels
    counts = confusion_matrix(labels, found.argmax(1), labels=range(len(names)))
    groups = _accuracies(texts, right)
    report = [
        Metric("reviews", len(texts)),
        Metric("largest_class", counts.sum(1).max() / len(texts), "fraction of the largest class"),
        Metric("accuracy", right.mean()),
        *_without_copies(texts, right, config),
        *_ordinal(labels, found),
        *groups,
        *_confusions(counts, names),
    ]
    if config.data != "synthetic":  # the synthetic reviews have no word of the pairs
        report += pairs(served)
    report.append(Metric("reviews_per_second", len(texts) / seconds, "reviews per second"))
    by_group = {each.label.removeprefix("accuracy, "): each.value for each in groups}
    short = sorted(texts, key=lambda text: abs(len(text) - 150))[:6]
    drawn = {
        "confusion": plots.confusion_matrix(counts, names, "Reviews"),
        "accuracy_by_group": plots.sorted_bars(by_group, "Accuracy by group", "accuracy"),
        "words": influence_plot(served, short),
        "calibration": plots.calibration(found.max(1), right, "Probability"),
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


def _checked(labels, found, config):
    classes = labels.max() + 1
    if classes < found.shape[1]:  # a small split may lack a class of train
        classes = max(sources.read(config.data, "train", config.seed).labels) + 1
    if classes != found.shape[1]:
        raise UserError(
            f"--model must have the {classes} classes of --data. Received a model with "
            f"{found.shape[1]} classes. Use a model that was trained on these data."
        )
    return labels


def _without_copies(texts, right, config):
    if config.split != "test":
        return []
    with user_error("--data"):
        copies = sources.copies(config.data)
    new = np.array([text not in copies for text in texts])
    return [
        Metric("copies", int((~new).sum()), "reviews that are also in train or unlabeled"),
        Metric("accuracy_without_copies", right[new].mean(), "accuracy without these"),
    ]


def _ordinal(labels, found):
    if found.shape[1] < 3:
        return []
    error, kappa = (
        metrics.OrdinalMeanAbsoluteError(),
        metrics.QuadraticWeightedKappa(found.shape[1]),
    )
    for metric in (error, kappa):
        metric.update_state(labels, found)
    return [
        Metric("mean_absolute_error", float(error.result())),
        Metric("quadratic_weighted_kappa", float(kappa.result())),
    ]


def _accuracies(texts, right):
    """Returns the accuracy on texts with and without a negator, and by length."""
    words = list(words_of(texts))
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
