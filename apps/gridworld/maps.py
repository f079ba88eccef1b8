"""Maps of a world, with the value and the best actions of each cell."""

import numpy as np
from matplotlib.patheffects import withStroke

from apps.gridworld.world import ACTIONS, COLUMNS
from keras_dl import plots

LOCATIONS = {"R": (0, 0), "G": (0, 4), "Y": (4, 0), "B": (4, 3)}
WALLS = ((0, 1), (1, 1), (3, 0), (4, 0), (3, 2), (4, 2))  # on the right side of a cell
_LABEL = "discounted return of the best action"
_RIM = {"path_effects": [withStroke(linewidth=2, foreground="white")]}  # readable on any color


def value_map(name, table, q):
    """Plots action values `(states, actions)` as a map of the world (eight maps for the taxi)."""
    shown = np.where(table.reachable[:, None], q, np.nan)
    return _taxi(shown) if name == "Taxi-v4" else _grid(name, table, shown)


def _grid(name, table, q):
    columns = COLUMNS[name]
    figure = plots.value_maps({name: q.reshape(-1, columns, q.shape[1])}, ACTIONS[name], _LABEL)
    axes = figure.axes[0]
    ends = table.terminated & (table.probabilities > 0)
    best = ends & (table.rewards == table.rewards[ends].max())
    for state in np.unique(table.next_states[best]):
        row, column = divmod(state, columns)
        axes.text(column, row, "goal", ha="center", va="center")
    row, column = divmod(table.start.argmax(), columns)
    axes.text(column, row + 0.42, "start", ha="center", va="bottom", fontsize=7, **_RIM)
    return figure


def _taxi(q):
    """Plots the taxi world for four waiting passengers and four in the taxi."""
    letters, maps = list(LOCATIONS), {}
    tables = q.reshape(5, 5, 5, 4, -1)  # row, column, passenger (4: in the taxi), destination
    for index in range(8):
        goal = index % 4
        passenger = 4 if index >= 4 else (goal + 1) % 4
        who = f"at {letters[passenger]}" if passenger < 4 else "in the taxi"
        maps[f"passenger {who}, to {letters[goal]}"] = tables[:, :, passenger, goal]
    figure = plots.value_maps(maps, ACTIONS["Taxi-v4"], _LABEL)
    for axes in figure.axes[: len(maps)]:
        for letter, (row, column) in LOCATIONS.items():
            axes.text(column - 0.44, row - 0.26, letter, fontsize=8, weight="bold", **_RIM)
        for row, column in WALLS:
            axes.plot([column + 0.5] * 2, [row - 0.5, row + 0.5], color="black", linewidth=3)
    return figure
