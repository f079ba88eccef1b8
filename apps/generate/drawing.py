"""Many small pictures in one, and the map of codes."""

import numpy as np
from matplotlib.figure import Figure

_CELL = 0.75  # inches


def grid(pictures, columns, title):
    """Draws pictures one beside the other.

    Args:
        pictures: uint8 `(n, height, width, channels)`.
        columns: int.
        title: str.

    Returns:
        matplotlib Figure.
    """
    rows = -(-len(pictures) // columns)
    figure = Figure(figsize=(columns * _CELL + 0.2, rows * _CELL + 0.5), layout="constrained")
    figure.suptitle(title, fontsize=11)
    axes = figure.subplots()
    _show(axes, _tiled(pictures, columns))
    return figure


def rows(named, title):
    """Draws a row of pictures for each name.

    Args:
        named: dict from names to uint8 `(n, height, width, channels)`.
        title: str.

    Returns:
        matplotlib Figure.
    """
    width = max(map(len, named.values())) * _CELL + 1.6
    figure = Figure(figsize=(width, len(named) * _CELL + 0.5), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.1)  # else the edge cuts the longest name
    figure.suptitle(title, fontsize=11)
    for axes, (name, pictures) in zip(
        figure.subplots(len(named), squeeze=False)[:, 0], named.items(), strict=True
    ):
        _show(axes, _tiled(pictures, len(pictures)))
        axes.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=8)
    return figure


def latent_map(codes, labels, decode, steps):
    """Draws codes, by their first two principal axes, and what is made of points on that plane.

    Args:
        codes: float `(n, units)`.
        labels: int `(n,)` for colours, or None.
        decode: function from codes to pictures.
        steps: int. Points along each axis that are decoded.

    Returns:
        matplotlib Figure.
    """
    mean = codes.mean(0)
    axes_of_codes = np.eye(codes.shape[1])
    if codes.shape[1] > 2:
        axes_of_codes = np.linalg.eigh(np.cov(codes.T))[1][:, ::-1]
    plane = axes_of_codes[:, :2]
    points = (codes - mean) @ plane
    figure = Figure(figsize=(11, 5.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    options = {"s": 5 if len(points) > 1_000 else 16, "lw": 0, "alpha": 0.7}
    if labels is None or len(np.unique(labels)) > 20:
        left.scatter(*_xy(points), **options)
    else:
        for label in np.unique(labels):
            left.scatter(*_xy(points[labels == label]), label=str(label), **options)
        left.legend(loc="center left", bbox_to_anchor=(1, 0.5), markerscale=2, fontsize=8)
    name = "principal axis" if codes.shape[1] > 2 else "number of the code"
    left.set(xlabel=f"first {name}", ylabel=f"second {name}", title="Codes of pictures")
    reach = np.quantile(np.abs(points), 0.98, axis=0)
    ticks = [np.linspace(-each, each, steps) for each in reach] + [np.zeros(1)] * (2 - len(reach))
    across, up = np.meshgrid(ticks[0], ticks[1][::-1])
    chosen = np.stack([across.ravel(), up.ravel()], 1)[:, : plane.shape[1]]
    _show(right, _tiled(decode(mean + chosen @ plane.T), steps))
    right.set_title("What is made of codes on that plane")
    return figure


def _xy(points):
    return points[:, 0], points[:, 1] if points.shape[1] > 1 else np.zeros(len(points))


def _tiled(pictures, columns):
    """Puts pictures into one, with a pixel of white between them."""
    count, height, width, channels = pictures.shape
    rows = -(-count // columns)
    filled = np.full((rows * columns, height + 1, width + 1, channels), 255, "uint8")
    filled[:count, :height, :width] = pictures
    filled = filled.reshape(rows, columns, height + 1, width + 1, channels)
    return filled.swapaxes(1, 2).reshape(rows * (height + 1), -1, channels)[:-1, :-1]


def _show(axes, picture):
    grey = picture.shape[-1] == 1
    axes.imshow(picture[..., 0] if grey else picture, cmap="gray", vmin=0, vmax=255)
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set_visible(False)
