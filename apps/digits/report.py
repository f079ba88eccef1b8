"""How good a SavedModel is: figures and pictures of a part of the data."""

import time

import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure

from apps.digits import canvases, data
from keras_dl import plots as drawing

_AT_ONCE = 500
_SHAPE = 112, 160  # of a canvas, pixels
_NAMES = [str(digit) for digit in range(10)]
_SHOWN = 60  # mistakes


def probabilities(saved_model, pictures):
    """Returns the probabilities of the digits of pictures, float `(n, 10)`, from their PNGs."""
    serve = saved_model.signatures["serving_default"]
    return np.concatenate(
        [
            serve(image_bytes=_encoded(pictures[start : start + _AT_ONCE]))["probabilities"]
            for start in range(0, len(pictures), _AT_ONCE)
        ]
    )


def figures(saved_model, config):
    """Returns the figures of a part of the data as a dict from what is measured to its value."""
    pictures, labels = data.read(config, config.split)
    probabilities(saved_model, pictures[:1])  # traces
    start = time.monotonic()
    answers = probabilities(saved_model, pictures).argmax(1)
    seconds = time.monotonic() - start
    wrong = answers != labels
    counts = _counts(labels, answers)
    report = {
        "digits": len(labels),
        "mistakes": int(wrong.sum()),
        "test error, per cent": float(100 * wrong.mean()),
        "digits a second, from PNGs": len(labels) / seconds,
    }
    rates = {digit: float(wrong[labels == digit].mean()) for digit in np.unique(labels)}
    for place, digit in enumerate(sorted(rates, key=rates.get, reverse=True)[:3]):
        report[f"worst digit, {('first', 'second', 'third')[place]}"] = int(digit)
        report[f"its error, per cent ({digit})"] = 100 * rates[digit]
    for digit, row in enumerate(counts):
        report[f"answers to {digit}, by digit from 0"] = " ".join(map(str, row))
    return report | _found_on_canvases(saved_model, pictures, labels, config)


def pictures(saved_model, config):
    """Returns matplotlib figures by name."""
    digits, labels = data.read(config, config.split)
    found = probabilities(saved_model, digits)
    answers = found.argmax(1)
    wrong = np.flatnonzero(answers != labels)
    # Where it was surest, it was worst.
    wrong = wrong[np.argsort(-found[wrong].max(1), kind="stable")][:_SHOWN]
    titles = [f"{labels[place]}: {answers[place]} ({found[place].max():.2f})" for place in wrong]
    random = np.random.default_rng(config.seed)
    canvas, _, _ = canvases.canvas(digits, labels, random, _SHAPE)
    some = _found(saved_model, canvas)
    large = np.repeat(np.repeat(canvas, 4, 0), 4, 1)
    return {
        "confusion": drawing.confusion_matrix(_counts(labels, answers), _NAMES, "Digits"),
        "mistakes": mistakes(digits[wrong], titles),
        "canvas": drawing.boxes_on_picture(
            np.repeat(large[..., None], 3, 2), 4 * some["boxes"], some["digits"], some["scores"]
        ),
    }


def mistakes(pictures, titles):
    """Draws pictures with a title each, ten in a row.

    Args:
        pictures: uint8 `(n, height, width)`.
        titles: n strings.

    Returns:
        matplotlib Figure.
    """
    rows = max(1, -(-len(pictures) // 10))
    figure = Figure(figsize=(10, 0.6 + 1.2 * rows), layout="tight")
    figure.suptitle("Truth: answer (its probability)" if titles else "No mistakes", fontsize=10)
    places = figure.subplots(rows, 10, squeeze=False).ravel()
    for axes in places:
        axes.axis("off")
    for axes, picture, title in zip(places, pictures, titles, strict=False):
        axes.imshow(picture, cmap="gray_r", vmin=0, vmax=255)
        axes.set_title(title, fontsize=8)
    return figure


def _counts(labels, answers):
    counts = np.zeros((10, 10), "int64")
    np.add.at(counts, (labels, answers), 1)
    return counts


def _encoded(pictures):
    return tf.constant([tf.io.encode_png(picture[..., None]).numpy() for picture in pictures])


def _found(saved_model, canvas):
    """Returns what a SavedModel finds on one canvas, without padding."""
    found = saved_model.signatures["find"](image_bytes=_encoded(canvas[None]))
    found = {name: value.numpy()[0] for name, value in found.items()}
    return {name: found[name][: found["valid"]] for name in ("boxes", "digits", "scores")}


def _found_on_canvases(saved_model, pictures, labels, config):
    """Returns how many digits are found on canvases that the same digits were put on."""
    random = np.random.default_rng(config.seed)
    there = found = right = 0
    seconds = 0.0
    for _ in range(config.canvases):
        canvas, frames, digits = canvases.canvas(pictures, labels, random, _SHAPE)
        start = time.monotonic()
        some = _found(saved_model, canvas)
        seconds += time.monotonic() - start
        there, found = there + len(digits), found + len(some["digits"])
        right += canvases.right(some["boxes"], some["digits"], frames, digits)
    return {
        f"digits on {config.canvases} canvases": there,
        "digits found there": found,
        "precision, class and place (IoU of .5)": right / max(found, 1),
        "recall": right / there,
        "F1": 2 * right / (there + found),
        "milliseconds a canvas of 112 x 160": 1000 * seconds / config.canvases,
    }
