"""Grids of small images."""

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

_CELL = 0.75  # inches


def image_grid(
    images: np.ndarray, columns: int, title: str = "", titles: Sequence[str] | None = None
) -> Figure:
    """Plots images in a grid.

    Args:
        images: uint8 `(n, height, width)` or `(n, height, width, channels)`, with 1 or 3 channels.
        columns: int. Number of images in a row.
        title: str. Title of the plot.
        titles: list of n strings, or None. Title above each image.

    Raises:
        ValueError: if the images have the wrong shape or dtype, or there is not one title for each.
    """
    images = _checked("image_grid", images)
    rows = max(1, -(-len(images) // columns))
    if titles is None:
        figure = Figure(figsize=(columns * _CELL + 0.2, rows * _CELL + 0.5), layout="constrained")
        show_image(figure.subplots(), tiled(images, columns))
    elif len(titles) != len(images):
        raise ValueError(
            f"image_grid: titles must have one entry for each of {len(images)} images. Received "
            f"{len(titles)}. Pass None for images without titles."
        )
    else:
        figure = Figure(figsize=(columns, 0.6 + 1.2 * rows), layout="tight")
        cells = figure.subplots(rows, columns, squeeze=False).ravel()
        for axes in cells[len(images) :]:
            axes.remove()
        for axes, image, text in zip(cells, images, titles, strict=False):
            show_image(axes, image)
            axes.set_title(text, fontsize=8)
    figure.suptitle(title, fontsize=11)
    return figure


def image_rows(rows: Mapping[str, np.ndarray], title: str = "") -> Figure:
    """Plots a row of images for each name.

    Args:
        rows: dict from names to uint8 `(n, height, width)` or `(n, height, width, channels)`.
        title: str. Title of the plot.

    Raises:
        ValueError: if images have the wrong shape or dtype.
    """
    rows = {name: _checked("image_rows", images) for name, images in rows.items()}
    width = max(map(len, rows.values())) * _CELL + 1.6
    figure = Figure(figsize=(width, len(rows) * _CELL + 0.5), layout="constrained")
    engine = cast(ConstrainedLayoutEngine, figure.get_layout_engine())
    engine.set(w_pad=0.1)  # otherwise the edge cuts off the longest name
    figure.suptitle(title, fontsize=11)
    cells = figure.subplots(len(rows), squeeze=False)[:, 0]
    for axes, (name, images) in zip(cells, rows.items(), strict=True):
        show_image(axes, tiled(images, len(images)))
        axes.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=8)
    return figure


def tiled(images: np.ndarray, columns: int) -> np.ndarray:
    """Tiles images `(n, height, width, channels)` into one, with a white pixel between them."""
    count, height, width, channels = images.shape
    rows = max(1, -(-count // columns))
    filled = np.full((rows * columns, height + 1, width + 1, channels), 255, "uint8")
    filled[:count, :height, :width] = images
    filled = filled.reshape(rows, columns, height + 1, width + 1, channels)
    return filled.swapaxes(1, 2).reshape(rows * (height + 1), -1, channels)[:-1, :-1]


def show_image(axes: Axes, image: np.ndarray) -> None:
    """Draws an image `(height, width, channels)` without ticks or frame."""
    gray = image.shape[-1] == 1
    axes.imshow(image[..., 0] if gray else image, cmap="gray", vmin=0, vmax=255)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def _checked(function: str, images: np.ndarray) -> np.ndarray:
    images = np.asarray(images)
    shape = (*images.shape, 1) if images.ndim == 3 else images.shape
    if len(shape) != 4 or shape[-1] not in (1, 3) or images.dtype != np.uint8:
        raise ValueError(
            f"{function}: images must be uint8 (n, height, width) or (n, height, width, 1 or 3). "
            f"Received {images.dtype} {images.shape}. Convert them to 8-bit gray or RGB."
        )
    return images.reshape(shape)
