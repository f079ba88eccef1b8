"""Maps of a world, with the value and the best actions of each cell."""

import numpy as np
from matplotlib.patheffects import withStroke

from apps.gridworld.world import ACTIONS, COLUMNS
from keras_dl import plots

LOCATIONS = {"R": (0, 0), "G": (0, 4), "Y": (4, 0), "B": (4, 3)}
WALLS = ((0, 1), (1, 1), (3, 0), (4, 0), (3, 2), (4, 2))  # on the right side of a cell
_TAXI_SHAPE = (5, 5, 5, 4)  # row, column, passenger (4: in the taxi), destination
_LABEL = "discounted return of the best action"
_RIM = {"path_effects": [withStroke(linewidth=2, foreground="white")]}  # readable on any color


def value_map(name, table, q):
    """Plots action values `(states, actions)` as a map of the world (eight maps for the taxi)."""
    shown = np.where(table.reachable[:, None], q, np.nan)
    return _taxi(shown) if name == "Taxi-v4" else _grid(name, table, shown)


def state_map(name, table, q, state):
    """Plots the map of a state, with the agent on it: of the taxi world, the map of its trip."""
    shown = np.where(table.reachable[:, None], q, np.nan)
    if name != "Taxi-v4":
        figure = _grid(name, table, shown)
        row, column = divmod(state, COLUMNS[name])
    else:
        row, column, passenger, goal = np.unravel_index(state, _TAXI_SHAPE)
        delivered = passenger == goal  # there is no other trip to this state
        figure = _trips(shown, [(4 if delivered else passenger, goal)])
    style = {"color": "tab:red", "markeredgecolor": "white", "markeredgewidth": 2}
    figure.axes[0].plot(column, row, "o", markersize=18, alpha=0.8, **style)
    return figure


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
    waiting = [((goal + 1) % 4, goal) for goal in range(4)]
    return _trips(q, waiting + [(4, goal) for goal in range(4)])


def _trips(q, trips):
    """Plots the taxi world for pairs of where the passenger is (4: in the taxi) and wants to go."""
    letters, maps = list(LOCATIONS), {}
    tables = q.reshape(*_TAXI_SHAPE, -1)
    for passenger, goal in trips:
        who = f"at {letters[passenger]}" if passenger < 4 else "in the taxi"
        maps[f"passenger {who}, to {letters[goal]}"] = tables[:, :, passenger, goal]
    figure = plots.value_maps(maps, ACTIONS["Taxi-v4"], _LABEL)
    for axes in figure.axes[: len(maps)]:
        for letter, (row, column) in LOCATIONS.items():
            axes.text(column - 0.44, row - 0.26, letter, fontsize=8, weight="bold", **_RIM)
        for row, column in WALLS:
            axes.plot([column + 0.5] * 2, [row - 0.5, row + 0.5], color="black", linewidth=3)
    return figure
