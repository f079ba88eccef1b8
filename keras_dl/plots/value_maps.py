"""Plots action values of a grid world, with the best actions in each cell."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

_MOVES = {"left": (0, -1), "right": (0, 1), "up": (-1, 0), "down": (1, 0)}
_PANELS_IN_A_ROW = 4
_TOLERANCE = 1e-6  # values that differ by less are equal


def value_maps(panels: Mapping[str, np.ndarray], actions: Sequence[str], label: str = "") -> Figure:
    """Plots the value of the best action in each cell as a color, and overlays the best actions.

    Actions called left, right, up and down are drawn as arrows, other actions as their names. If
    several actions are best, all are drawn. Panels share one color scale. To add walls and goals,
    draw on `figure.axes[i]`, the axes of panel i. Cell (row, column) is at x = column, y = row.

    Args:
        panels: dict from the title of a panel to action values, float `(rows, columns, actions)`.
            Cells whose values are NaN stay empty.
        actions: names of the actions.
        label: str. Label of the color bar.

    Raises:
        ValueError: if there is no panel or no value, or the shapes do not match.
    """
    panels = {title: np.asarray(q, "float64") for title, q in panels.items()}
    _check(panels, len(actions))
    values = np.concatenate([q.max(-1).ravel() for q in panels.values()])
    limits = np.nanmin(values), np.nanmax(values)
    across = min(len(panels), _PANELS_IN_A_ROW)
    down = -(-len(panels) // across)
    cell = 0.8 if len(panels) == 1 else 0.5  # inches
    rows, columns, _ = np.max([q.shape for q in panels.values()], axis=0)
    size = (cell * columns * across + 1.2, (cell * rows + 0.6) * down)
    figure = Figure(figsize=size, layout="constrained")
    cells = figure.subplots(down, across, squeeze=False).ravel()
    for axes in cells[len(panels) :]:
        axes.remove()
    for axes, (title, q) in zip(cells, panels.items(), strict=False):
        axes.set_title(title, fontsize=10)
        image = _draw(axes, q, actions, limits)
    figure.colorbar(image, ax=cells[: len(panels)], label=label, fraction=0.05, shrink=0.9)
    return figure


def _draw(axes, q, actions, limits):
    best = q.max(-1)
    axes.set(facecolor="0.85", xticks=[], yticks=[])
    image = axes.imshow(best, cmap="viridis", vmin=limits[0], vmax=limits[1])
    for (row, column), value in np.ndenumerate(best):
        if np.isfinite(value):
            chosen = np.flatnonzero(q[row, column] >= value - _TOLERANCE)
            color = "white" if value < sum(limits) / 2 else "black"
            _mark(axes, row, column, [actions[action] for action in chosen], color)
    return image


def _mark(axes, row, column, names, color):
    """Draws an arrow for each best move, and the name of any other best action."""
    for name in names:
        if name not in _MOVES:
            style = {"color": color, "ha": "center", "va": "center", "fontsize": 7}
            axes.text(column, row, name.replace(" ", "\n"), **style)
            continue
        down, right = _MOVES[name]
        axes.annotate(
            "",
            (column + 0.34 * right, row + 0.34 * down),
            (column - 0.1 * right, row - 0.1 * down),
            arrowprops={"arrowstyle": "->", "color": color, "linewidth": 1.4},
        )


def _check(panels, num_actions):
    wrong = any(q.ndim != 3 or q.shape[2] != num_actions for q in panels.values())
    if wrong or not any(np.isfinite(q).any() for q in panels.values()):
        raise ValueError(
            f"value_maps: panels must have shape (rows, columns, {num_actions}), and not all be "
            f"NaN. Received shapes {[q.shape for q in panels.values()]}. Pass a value for each "
            "action in each cell."
        )
