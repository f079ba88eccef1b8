"""Paints images with a SavedModel, and measures how near they are to style and content."""

import dataclasses
import itertools
import pathlib
import statistics
import time

import tensorflow as tf
from matplotlib.figure import Figure

from apps.style.app import PredictConfig
from keras_dl import plots
from keras_dl.application import Metric, Report, UserError, read_image_bytes

_STYLE_WEIGHTS = (0.1, 0.5, 2.0, 10.0, 50.0)
_CELL = 2.2  # inches


def read(flag, path):
    """Returns the bytes of the image that a flag names."""
    try:
        return read_image_bytes(pathlib.Path(path))
    except UserError as error:
        raise UserError(f"--{flag} {path}: {error}. Choose another image.") from error


def paint(served, encoded, style, config):
    """Returns the record of one image, from the bytes of the image and of the style image."""
    found = _outputs(served, encoded, style, config)
    return {name: found[name] for name in ("stylized", "style_loss", "content_cosine")}


def _outputs(served, encoded, style, config):
    found = served.signatures["serving_default"](
        image_bytes=tf.constant([encoded]),
        style_bytes=tf.constant([style]),
        steps=tf.constant(config.steps),
        size=tf.constant(config.size),
        style_weight=tf.constant(config.style_weight),
        preserve_colors=tf.constant(config.preserve_colors),
    )
    names = "style_loss", "style_loss_before", "content_cosine"
    stylized = tf.io.decode_png(found["png_bytes"][0]).numpy()
    return {"stylized": stylized, **{name: found[name].numpy()[0] for name in names}}


def measure(served, config):
    """Returns the report of a SavedModel: each content image in each style."""
    contents, styles = (
        _named_images(flag, getattr(config, flag)) for flag in ("contents", "styles")
    )
    settings = PredictConfig(size=config.size, steps=config.steps)
    first = next(iter(contents.values())), next(iter(styles.values()))
    swept = _sweep(served, *first, settings)
    found, seconds = {}, []
    for content, style in itertools.product(contents, styles):
        started = time.monotonic()
        found[content, style] = _outputs(served, contents[content], styles[style], settings)
        seconds.append(time.monotonic() - started)
    ratios = [float(each["style_loss"] / each["style_loss_before"]) for each in found.values()]
    cosines = [float(each["content_cosine"]) for each in found.values()]
    metrics = [
        Metric("images", len(found)),
        Metric("style_loss_ratio.mean", statistics.fmean(ratios), "style loss, after / before"),
        Metric("style_loss_ratio.largest", max(ratios), "style loss, after / before, the largest"),
        Metric("content_cosine.mean", statistics.fmean(cosines), "cosine of content features"),
        Metric("content_cosine.smallest", min(cosines), "cosine of content features, the smallest"),
        Metric("seconds", statistics.median(seconds), "seconds per image"),
    ]
    drawn = {"images": _table(found, list(contents), list(styles)), "style_weights": swept}
    return Report(metrics, drawn)


def _named_images(flag, paths):
    """Returns a dict from names to the bytes of images."""
    names = [pathlib.Path(path).stem for path in paths]
    if not names or len(set(names)) < len(names):
        raise UserError(
            f"--{flag} must be images with different names. Received {', '.join(paths) or 'none'}. "
            "Rename some images, or remove those that are given twice."
        )
    return {name: read(flag, path) for name, path in zip(names, paths, strict=True)}


def _sweep(served, content, style, settings):
    """Plots the losses of one pair of images for several weights of the style."""
    records = [
        paint(served, content, style, dataclasses.replace(settings, style_weight=weight))
        for weight in _STYLE_WEIGHTS
    ]
    figure = Figure(figsize=(_CELL * len(records), 2 * _CELL), layout="constrained")
    upper, lower = figure.subfigures(2, height_ratios=(3, 4))
    cells = upper.subplots(1, len(records), squeeze=False)[0]
    for axes, weight, record in zip(cells, _STYLE_WEIGHTS, records, strict=True):
        plots.show_image(axes, record["stylized"])
        axes.set_title(f"style weight {weight:g}", fontsize=9)
    axes = lower.subplots()
    for name, label in (("style_loss", "style loss"), ("content_cosine", "content cosine")):
        axes.plot(_STYLE_WEIGHTS, [record[name] for record in records], "o-", label=label)
    axes.set(xscale="log", ylim=(0, None), xlabel="style weight")
    axes.legend()
    return figure


def _table(found, contents, styles):
    """Plots each content image, in a row, in each style, in a column."""
    size = _CELL * len(styles) + 0.4, _CELL * len(contents) + 0.4
    figure = Figure(figsize=size, layout="constrained")
    cells = figure.subplots(len(contents), len(styles), squeeze=False)
    for axes, (content, style) in zip(
        cells.ravel(), itertools.product(contents, styles), strict=True
    ):
        plots.show_image(axes, found[content, style]["stylized"])
        if content == contents[0]:
            axes.set_title(style, fontsize=9)
        if style == styles[0]:
            axes.set_ylabel(content, fontsize=9)
    return figure
