"""Maps of a world with the value of each place and the best way on."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from apps.gridworld.data import ACTIONS, COLUMNS

_WAYS = {"left": (0, -1), "right": (0, 1), "up": (-1, 0), "down": (1, 0)}
_PLACES = {"R": (0, 0), "G": (0, 4), "Y": (4, 0), "B": (4, 3)}
_WALLS = ((0, 1), (1, 1), (3, 0), (4, 0), (3, 2), (4, 2))  # each at the right of a cell
_RIM = {"path_effects": [withStroke(linewidth=2, foreground="white")]}  # to be read on any colour
_NEAR = 1e-6  # values that differ by less are equal


def grid(world, q, name):
    """Draws a world whose states are the cells of a grid.

    Args:
        world: `TransitionTable`.
        q: float `(states, actions)`.
        name: str. Name in gymnasium.

    Returns:
        matplotlib Figure.
    """
    columns = COLUMNS[name]
    shape = (len(q) // columns, columns)
    figure = Figure(figsize=(0.8 * columns + 1.2, 0.8 * shape[0] + 0.6), layout="constrained")
    axes = figure.subplots()
    values = np.where(world.played, q.max(1), np.nan).reshape(shape)
    image = _heat(axes, values, ACTIONS[name], q.reshape(*shape, -1))
    best = np.where(world.terminated & (world.probabilities > 0), world.rewards, -np.inf)
    goals = set(world.next_states[(best == best.max()) & np.isfinite(best)].tolist())
    for state in np.flatnonzero(~world.played):
        row, column = divmod(int(state), columns)
        axes.text(column, row, "goal" if state in goals else "", ha="center", va="center")
    start = divmod(int(world.start.argmax()), columns)
    axes.text(start[1], start[0] + 0.42, "start", ha="center", va="bottom", fontsize=7, **_RIM)
    figure.colorbar(
        image, ax=axes, label="discounted return of the best action", fraction=0.05, shrink=0.9
    )
    axes.set_title(name)
    return figure


def taxi(world, q, name):
    """Draws the map of the taxi for passengers who wait, and for some who sit in it.

    Args:
        world: `TransitionTable`.
        q: float `(500, 6)`.
        name: str. Name in gymnasium.

    Returns:
        matplotlib Figure.
    """
    figure = Figure(figsize=(11, 5.4), layout="constrained")
    panels = figure.subplots(2, 4)
    tables = q.reshape(5, 5, 5, 4, 6)  # row, column, passenger (4: in the taxi), destination
    values = np.where(world.played, q.max(1), np.nan).reshape(5, 5, 5, 4)
    limits = np.nanmin(values), np.nanmax(values)
    letters = list(_PLACES)
    for place, axes in enumerate(panels.ravel()):
        goal = place % 4
        sits = place >= 4
        passenger = 4 if sits else (goal + 1) % 4
        image = _heat(
            axes,
            values[:, :, passenger, goal],
            ACTIONS[name],
            tables[:, :, passenger, goal],
            limits,
        )
        for letter, (row, column) in _PLACES.items():
            axes.text(column - 0.44, row - 0.26, letter, fontsize=8, weight="bold", **_RIM)
        for row, column in _WALLS:
            axes.plot([column + 0.5] * 2, [row - 0.5, row + 0.5], color="black", linewidth=3)
        who = "passenger in the taxi" if sits else f"passenger at {letters[passenger]}"
        axes.set_title(f"{who}, to {letters[goal]}", fontsize=10)
    figure.colorbar(image, ax=panels, label="discounted return of the best action", shrink=0.8)
    return figure


def _heat(axes, values, actions, q, limits=(None, None)):
    """Draws values `(rows, columns)` as colours, and the best actions in each cell."""
    axes.set_facecolor("0.85")
    image = axes.imshow(values, cmap="viridis", vmin=limits[0], vmax=limits[1])
    low, high = image.get_clim()
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            colour = "white" if value < (low + high) / 2 else "black"
            best = np.flatnonzero(q[row, column] >= q[row, column].max() - _NEAR)
            _mark(axes, row, column, [actions[action] for action in best], colour)
    axes.set_xticks([])
    axes.set_yticks([])
    return image


def _mark(axes, row, column, best, colour):
    """Draws an arrow for each best way, and the name of any other best action."""
    for action in best:
        if action not in _WAYS:
            axes.text(
                column,
                row,
                action.replace(" ", "\n"),
                color=colour,
                ha="center",
                va="center",
                fontsize=7,
            )
            continue
        down, right = _WAYS[action]
        axes.annotate(
            "",
            (column + 0.34 * right, row + 0.34 * down),
            (column - 0.1 * right, row - 0.1 * down),
            arrowprops={"arrowstyle": "->", "color": colour, "linewidth": 1.4},
        )
