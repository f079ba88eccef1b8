"""Computes metrics and plots for a SavedModel, and reads the digits in one image."""

import time

import numpy as np
from sklearn.metrics import confusion_matrix

from apps.digits import data
from apps.digits.synthetic import canvases
from keras_dl import boxes, export, metrics, plots
from keras_dl.application import Metric, Report, read_image_bytes

_SHAPE = 112, 160  # of a canvas, pixels
_SHOWN = 60  # mistakes in the plot


def ask(served, images, signature="serving_default"):
    """Returns the outputs of the SavedModel for images, a dict of arrays `(n, ...)`."""
    inputs = {"image_bytes": images}
    return export.call_in_batches(served.signatures[signature], inputs, batch_size=500)


def find(served, encoded):
    """Returns the digits on one canvas, a dict of `boxes`, `digits` and `scores`, best first."""
    found = ask(served, [encoded], "find")
    return {name: found[name][0, : found["valid"][0]] for name in ("boxes", "digits", "scores")}


def read_digits(served, encoded):
    """Returns the record of one image: its single digit, or else all digits that are found."""
    (chance,) = ask(served, [encoded])["probabilities"]
    if chance.max() > 0.5:
        return {"digits": [int(chance.argmax())], "confidences": [chance.max()], "boxes": None}
    found = find(served, encoded)
    order = as_read(found["boxes"])
    digits, confidences = found["digits"][order].tolist(), found["scores"][order].tolist()
    frames = found["boxes"][order].round().astype(int).tolist()
    objects = [
        {"label": str(digit), "score": score, "box": frame}
        for digit, score, frame in zip(digits, confidences, frames, strict=True)
    ]
    return {"digits": digits, "confidences": confidences, "boxes": objects}


def as_read(frames):
    """Returns indices that sort boxes `(n, 4)` line by line, from left to right."""
    lines = []
    for index in np.argsort(frames[:, 0], kind="stable"):
        # A box belongs to a line if two fifths of its height are beside the line's first box.
        if not lines or frames[index, 0] > frames[lines[-1][0], [0, 2]] @ (0.4, 0.6):
            lines.append([])
        lines[-1].append(index)
    return [index for line in lines for index in sorted(line, key=lambda index: frames[index, 1])]


def measure(served, config):
    """Returns the report of a SavedModel."""
    images, labels = data.read(config, config.split)
    encoded = [read_image_bytes(image) for image in images]
    ask(served, encoded[:1])  # traces
    start = time.monotonic()
    probabilities = ask(served, encoded)["probabilities"]
    seconds = time.monotonic() - start
    predicted = probabilities.argmax(1)
    wrong = predicted != labels
    counts = confusion_matrix(labels, predicted, labels=range(10))
    values = [
        Metric("digits", len(labels)),
        Metric("mistakes", wrong.sum()),
        Metric("error", 100 * wrong.mean(), "test error", "percent"),
        Metric("digits_per_second", len(labels) / seconds, "digits per second, from PNGs"),
    ]
    rates = {digit: 100 * wrong[labels == digit].mean() for digit in np.unique(labels)}
    worst = sorted(rates, key=rates.get, reverse=True)
    for rank, digit in zip(("first", "second", "third"), worst, strict=False):
        values += [
            Metric(f"worst.{rank}.digit", digit, f"worst digit, {rank}"),
            Metric(f"worst.{rank}.error", rates[digit], f"its error ({digit})", "percent"),
        ]
    on_canvases, canvas_plot = _measure_canvases(served, images, labels, config)
    drawn = {
        "confusion": plots.confusion_matrix(counts, [*map(str, range(10))], "Digits"),
        "mistakes": _mistakes(images, labels, probabilities),
        "canvas": canvas_plot,
    }
    rows = [" ".join(map(str, row)) for row in counts]
    notes = [
        f"{f'predictions for {digit}, by digit from 0':44} {row}" for digit, row in enumerate(rows)
    ]
    return Report(values + on_canvases, drawn, tuple(notes))


def count_right(found, frames, digits):
    """Counts the true digits that were found with the right class and an IoU of at least .5."""
    overlap = np.array(boxes.iou(found["boxes"], np.float32(frames)))
    overlap[np.not_equal.outer(found["digits"], digits)] = 0
    return int(np.sum(metrics.greedy_matches(overlap) >= 0))


def _mistakes(images, labels, probabilities):
    """Plots the mistakes, highest confidence first."""
    predicted, chance = probabilities.argmax(1), probabilities.max(1)
    wrong = np.flatnonzero(predicted != labels)
    wrong = wrong[np.argsort(-chance[wrong], kind="stable")][:_SHOWN]
    titles = [f"{labels[row]}: {predicted[row]} ({chance[row]:.2f})" for row in wrong]
    title = "Truth: prediction (its probability)" if titles else "No mistakes"
    return plots.image_grid(255 - images[wrong], 10, title, titles or None)


def _measure_canvases(served, images, labels, config):
    """Returns detection metrics on canvases, and a plot of the first canvas."""
    random = np.random.default_rng(config.seed)
    present = found = right = seconds = 0
    for index in range(config.canvases):
        canvas, frames, digits = canvases.canvas(images, labels, random, _SHAPE)
        encoded = read_image_bytes(canvas)
        start = time.monotonic()
        hits = find(served, encoded)
        seconds += time.monotonic() - start
        present, found = present + len(digits), found + len(hits["digits"])
        right += count_right(hits, frames, digits)
        if not index:
            large = canvas.repeat(4, 0).repeat(4, 1)[..., None].repeat(3, 2)
            drawn = plots.boxes_on_image(large, 4 * hits["boxes"], hits["digits"], hits["scores"])
    label = "precision, class and position (IoU of .5)"
    values = [
        Metric("canvas.digits", present, f"digits on {config.canvases} canvases"),
        Metric("canvas.found", found, "digits found"),
        Metric("canvas.precision", right / max(found, 1), label),
        Metric("canvas.recall", right / present, "recall"),
        Metric("canvas.f1", 2 * right / (present + found), "F1"),
        Metric(
            "canvas.milliseconds",
            1000 * seconds / config.canvases,
            "milliseconds per canvas of {} x {}".format(*_SHAPE),
        ),
    ]
    return values, drawn
