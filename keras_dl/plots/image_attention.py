"""Attention weights of words over an image."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from keras_dl.plots.image_grid import show_image

_COLUMNS = 4


def image_attention(
    image: np.ndarray, weights: np.ndarray, words: Sequence[str], title: str = ""
) -> Figure:
    """Plots an image once per word, with the attention weights of the word over it.

    Args:
        image: uint8 `(height, width, channels)`, with 1 or 3 channels.
        weights: float `(time, rows, columns)`, the weight of each grid cell of the image for each
            word.
        words: sequence of `time` strings.
        title: str. Title of the plot.

    Returns:
        matplotlib Figure.

    Raises:
        ValueError: if there is not one grid of weights per word, or no word.
    """
    if weights.ndim != 3 or len(weights) != len(words) or not len(words):
        raise ValueError(
            "image_attention: weights must have shape (time, rows, columns), one grid per word. "
            f"Received shape {weights.shape} for {len(words)} words. Remove the padding."
        )
    rows = -(-len(words) // _COLUMNS)
    figure = Figure(figsize=(2 * _COLUMNS, 2.3 * rows + 0.4), layout="tight")
    grid = figure.subplots(rows, _COLUMNS, squeeze=False).flat
    height, width = image.shape[:2]
    for axes, word, cells in zip(grid, words, weights, strict=False):
        show_image(axes, image)
        axes.imshow(
            cells,
            cmap="inferno",
            alpha=0.6,
            vmin=0,
            vmax=max(float(weights.max()), 1e-6),
            extent=(-0.5, width - 0.5, height - 0.5, -0.5),
            interpolation="nearest",
        )
        axes.set_title(word)
    for axes in grid[len(words) :]:
        axes.set_axis_off()
    figure.suptitle(title)
    return figure
