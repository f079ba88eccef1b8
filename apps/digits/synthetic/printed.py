"""Printed digits of many fonts with random affine transforms and noise."""

import functools

import numpy as np
import tensorflow as tf
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from apps.digits import views

_FONTS = [
    (family, weight, style)
    for family in ("DejaVu Sans", "DejaVu Serif", "DejaVu Sans Mono", "STIXGeneral")
    for weight in ("normal", "bold")
    for style in ("normal", "italic")
]
_LARGE = 112  # pixels, four times a digit's
_SIDE = 28
_INK = 20


def digits(count, seed):
    """Returns `count` images, uint8 `(count, 28, 28)`, light ink on black, and their labels."""
    random = np.random.default_rng([seed, count])
    labels = random.integers(0, 10, count)
    fonts = random.integers(0, len(_FONTS), count)
    images = np.concatenate(
        [
            _moved(_printed()[fonts[rows], labels[rows]], random)
            for rows in np.array_split(np.arange(count), -(-count // 1000))
        ]
    )
    images = images * random.uniform(0.6, 1.0, (count, 1, 1))
    images += random.normal(0, 10, images.shape)
    return np.clip(images, 0, 255).astype("uint8"), labels


def _moved(large, random):
    n = len(large)
    sizes = _LARGE / _SIDE / random.uniform(0.85, 1.15, (n, 2)) / random.uniform(0.85, 1.1, (n, 1))
    transforms = views.transforms(
        turns=random.uniform(-0.25, 0.25, n),
        shears=random.uniform(-0.3, 0.3, n),
        scales=sizes,
        shifts=random.uniform(-1, 1, (n, 2)),
    )
    return views.moved(tf.constant(large), transforms, _SIDE).numpy()


@functools.cache
def _printed():
    """Returns the digits of all fonts, float32 `(fonts, 10, 112, 112)`, 0 to 255."""
    rows = [[_one(str(digit), font) for digit in range(10)] for font in _FONTS]
    return np.array(rows, "float32")


def _one(text, font):
    """Draws one digit with 80 pixels of ink height and its center of mass in the middle."""
    family, weight, style = font
    figure = Figure(figsize=(3, 3), dpi=64)
    canvas = FigureCanvasAgg(figure)
    figure.text(0.2, 0.25, text, family=family, weight=weight, style=style, size=100)
    canvas.draw()
    ink = 255.0 - np.asarray(canvas.buffer_rgba())[..., 0]
    rows, columns = (np.flatnonzero(ink.max(axis)) for axis in (1, 0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    factor = _INK * _LARGE / _SIDE / max(ink.shape)
    size = [max(1, round(side * factor)) for side in ink.shape]
    ink = tf.image.resize(ink[..., None], size, antialias=True).numpy()[..., 0]
    placed = np.zeros((_LARGE, _LARGE))
    top, left = (_start(ink.sum(1 - axis), _LARGE) for axis in (0, 1))
    placed[top : top + size[0], left : left + size[1]] = ink
    # Anti-aliasing: four pixels become one.
    return tf.nn.avg_pool2d(placed[None, ..., None], 3, 1, "SAME").numpy()[0, ..., 0]


def _start(profile, side):
    centre = np.average(np.arange(len(profile)) + 0.5, weights=profile)
    return int(np.clip(round(side / 2 - centre), 0, side - len(profile)))
