"""Draws bounding boxes on an image."""

import colorsys
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from numpy.typing import ArrayLike

_DPI = 128  # a power of two, so that dividing pixels by it and multiplying is exact


def boxes_on_image(
    image: ArrayLike,
    boxes: ArrayLike,
    labels: ArrayLike,
    scores: Sequence[float] | np.ndarray | None = None,
    truth: ArrayLike | None = None,
    classes: Sequence[str] | None = None,
) -> Figure:
    """Draws boxes on an image, with a color for each class, and labels them with class and score.

    The figure contains only the image, without a frame: `savefig` writes a file with the pixel size
    of the image. Lines and text scale with the image; on very small images, the text is omitted.
    The box with the highest score is drawn last.

    Args:
        image: uint8 `(height, width, 3)`.
        boxes: float `(n, 4)`, `yxyx` in pixels.
        labels: int `(n,)`, class indices.
        scores: float `(n,)` or None. Scores to write after the class.
        truth: float `(m, 4)` or None, `yxyx` in pixels. True boxes, drawn as white dashed lines.
        classes: sequence of strings or None. Class names; if None, class indices are written.

    Returns:
        matplotlib Figure.

    Raises:
        ValueError: if the image has the wrong shape or dtype, if the other shapes do not match, or
            if a label is negative or not an index into `classes`.
    """
    image, labels = np.asarray(image), np.asarray(labels, "int64")
    boxes = _rows_of_four("boxes", boxes)
    truth = _rows_of_four("truth", [] if truth is None else truth)
    _check_image(image)
    _check_boxes(boxes, labels, scores, classes)
    texts = [str(label) if classes is None else classes[label] for label in labels]
    order: range | np.ndarray = range(len(boxes))
    if scores is not None:
        texts = [f"{text} {score:.2f}" for text, score in zip(texts, scores, strict=True)]
        order = np.argsort(scores, kind="stable")
    height, width = image.shape[:2]
    figure = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.imshow(image, extent=(0, width, height, 0), interpolation="nearest", aspect="auto")
    line = max(1.2, 0.004 * np.sqrt(height * width)) * 72 / _DPI
    for index in order:
        _outline(axes, boxes[index], edgecolor=class_color(labels[index]), linewidth=line)
    shade = [withStroke(linewidth=1.6 * line, foreground=(0, 0, 0, 0.5))]  # for bright images
    for box in truth:
        style = {"edgecolor": "white", "linestyle": (0, (4, 4)), "path_effects": shade}
        _outline(axes, box, linewidth=0.8 * line, **style)
    for index in order:
        _write(axes, boxes[index], texts[index], class_color(labels[index]), (height, width))
    return figure


def class_color(label: int) -> tuple[float, float, float]:
    """Returns the RGB color of a class index; every class has a different color."""
    # Steps of the golden ratio around the color wheel never repeat a hue.
    return colorsys.hsv_to_rgb(label * 0.618034 % 1, 0.85, 0.9)


def _outline(axes, box, **style):
    top, left, bottom, right = box
    axes.add_patch(Rectangle((left, top), right - left, bottom - top, fill=False, **style))


def _write(axes, box, text, color, shape):
    """Writes text on a colored patch, above the box or inside at its top, within the image."""
    height, width = shape
    dark = np.dot(color, (0.299, 0.587, 0.114)) < 0.55  # luma
    note = axes.text(
        x=0,
        y=0,
        s=text,
        parse_math=False,
        color="white" if dark else "black",
        va="top",
        bbox={"facecolor": color, "edgecolor": "none", "boxstyle": "square,pad=0.16", "alpha": 0.8},
    )
    pixels = max(9, 0.024 * np.sqrt(height * width))
    for _ in range(2):  # first at full size, then shrunk to fit the image
        note.set_fontsize(pixels * 72 / _DPI)
        room, margin = note.get_window_extent(), 0.16 * pixels
        high, wide = room.height + 2 * margin, room.width + 2 * margin
        pixels *= min(1, width / wide, height / high)
    if pixels < 4:  # too small to read
        note.remove()
        return
    top = box[0] - high if box[0] >= high else box[0]
    left = np.clip(box[1], 0, max(0, width - wide))
    note.set_position((left + margin, np.clip(top, 0, max(0, height - high)) + margin))


def _rows_of_four(name: str, boxes: ArrayLike) -> np.ndarray:
    boxes = np.asarray(boxes, "float64")
    if boxes.size and (boxes.ndim != 2 or boxes.shape[1] != 4):
        raise ValueError(
            f"boxes_on_image: {name} must have shape (n, 4). Received {boxes.shape}. Pass (ymin, "
            "xmin, ymax, xmax) for each box of one image."
        )
    return boxes.reshape(-1, 4)


def _check_image(image):
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ValueError(
            "boxes_on_image: image must be uint8 (height, width, 3). Received "
            f"{image.dtype} {image.shape}. Convert it to 8-bit RGB."
        )


def _check_boxes(boxes, labels, scores, classes):
    count = len(boxes) if scores is None else np.size(scores)
    if not (len(boxes),) == labels.shape == (count,):
        raise ValueError(
            "boxes_on_image: labels, and scores if given, must have one entry per box. Received "
            f"{len(boxes)} boxes, labels {labels.shape}, {count} scores. Remove the padding."
        )
    known = np.inf if classes is None else len(classes)
    wrong = labels[(labels < 0) | (labels >= known)]
    if len(wrong):
        raise ValueError(
            f"boxes_on_image: labels must be at least 0 and below the number of classes, {known}. "
            f"Received {wrong[0]}. Remove the padding."
        )
