"""Metrics and plots of a SavedModel, and the caption of one image."""

import re

import numpy as np

from apps.captions.data import read, tokenized
from keras_dl import export, metrics, pipelines, plots
from keras_dl.application import Metric, Report

_SHOWN = 3


def ask(served, images, endpoint="serving_default"):
    """Returns the outputs of the SavedModel for encoded images, a dict of arrays."""
    return export.call_in_batches(
        served.signatures[endpoint], {"image_bytes": images}, batch_size=64
    )


def describe(served, encoded):
    """Returns the caption of one encoded image and its confidence."""
    found = ask(served, [encoded])
    return {"caption": found["caption"][0].decode(), "confidence": float(found["confidence"][0])}


def attention_plot(served, encoded, title=""):
    """Plots where the model looks in an image for each word of its caption; None if it is empty."""
    found = ask(served, [encoded], "attention")
    words = [word.decode() for word in found["words"][0] if word]
    if not words:
        return None
    image = pipelines.decode_image(encoded).numpy()
    return plots.image_attention(image, found["weights"][0, : len(words)], words, title)


def measure(served, config):
    """Returns the report of a SavedModel on scenes, or on the test images of a directory."""
    seen = read(config, "test", config.num_test_examples)
    parts, notes = {"seen": seen}, []
    if seen.boxes:
        parts["unseen"] = read(config, "test", config.num_test_examples, unseen=True)
    values, drawn = [Metric("images", sum(len(part.images) for part in parts.values()))], {}
    for name, part in parts.items():
        encoded = [_png(image) for image in part.images]
        captions = [caption.decode() for caption in ask(served, encoded)["caption"]]
        label = {"seen": "test images", "unseen": "combinations never trained on"}[name]
        truth = [[_plain(text) for text in texts] for texts in part.captions]
        right = [caption in texts for caption, texts in zip(captions, truth, strict=True)]
        values.append(Metric(f"exact_match.{name}", np.mean(right), f"exact match, {label}"))
        if part.boxes:
            inside = _inside(ask(served, encoded, "attention"), part)
            label = f"digit words with attention in the digit, {label}"
            values.append(Metric(f"attention_inside.{name}", inside, label))
        else:
            scores = _bleu(captions, truth)
            values += [Metric(f"bleu_{n}", each.score, f"BLEU-{n}") for n, each in scores.items()]
            notes = [f"BLEU-{n} {each.signature}" for n, each in scores.items()]
        for number in range(min(_SHOWN, len(encoded))):
            drawn[f"attention_{name}_{number + 1}"] = attention_plot(
                served, encoded[number], f"{captions[number]}\n({truth[number][0]})"
            )
    drawn = {name: plot for name, plot in drawn.items() if plot}
    return Report(values, drawn, tuple(notes))


def _png(image):
    import tensorflow as tf

    return tf.io.encode_png(image).numpy()


def _plain(caption):
    """Returns a caption as the model would write it: its lower-case words."""
    return b" ".join(tokenized([caption])[0].numpy()).decode()


def _bleu(captions, truth):
    """Returns the `BLEUScore` of n-grams up to each length, with all captions as references."""
    return {
        order: metrics.corpus_bleu(captions, truth, max_order=order, tokenize="none")
        for order in range(1, 5)
    }


def _inside(found, part):
    """Returns how often the cell with the most attention is inside a digit that the word names."""
    right = []
    for words, weights, groups in zip(found["words"], found["weights"], part.boxes, strict=True):
        named = [index for index, word in enumerate(words) if re.fullmatch(rb"\ds?", word)]
        size = np.array(part.images.shape[1:3]) / weights.shape[1:]
        for index, boxes in zip(named, groups, strict=False):
            cell = np.unravel_index(weights[index].argmax(), weights.shape[1:])
            y, x = (np.array(cell) + 0.5) * size
            top, left, bottom, right_edge = boxes.T
            inside = (top <= y) & (y < bottom) & (left <= x) & (x < right_edge)
            right.append(inside.any())
    return np.mean(right) if right else 0.0
