"""Small environments of gymnasium, and the predictions of a SavedModel for them."""

import re

import numpy as np
import tensorflow as tf

from apps.gridworld.app import Assets
from keras_dl import export, rl
from keras_dl.rl.games import import_gymnasium

ACTIONS = {
    "FrozenLake-v1": ("left", "down", "right", "up"),
    "FrozenLake8x8-v1": ("left", "down", "right", "up"),
    "CliffWalking-v1": ("up", "right", "down", "left"),
    "Taxi-v4": ("down", "up", "right", "left", "pick up", "drop off"),
}
COLUMNS = {"FrozenLake-v1": 4, "FrozenLake8x8-v1": 8, "CliffWalking-v1": 12, "Taxi-v4": 0}
_LONGEST = 1000  # steps of a game if gymnasium sets no limit


def environment(name, slippery="default"):
    """Creates a gymnasium environment with a limit on the steps of a game.

    Args:
        name: str. Name in gymnasium.
        slippery: `"yes"`, `"no"`, or `"default"` for gymnasium's setting.

    Raises:
        ImportError: if gymnasium is not installed.
    """
    gymnasium = import_gymnasium()
    choice = {} if slippery == "default" else {"is_slippery": slippery == "yes"}
    env = gymnasium.make(name, **choice)
    limited = env.spec.max_episode_steps
    return env if limited else gymnasium.wrappers.TimeLimit(env, _LONGEST)


def transitions(name, slippery="default"):
    """Returns the `TransitionTable` of an environment."""
    return rl.TransitionTable.of(environment(name, slippery))


def start_value(table, q, discount):
    """Returns the expected discounted return of the greedy policy for `q` from the start."""
    return table.start @ rl.policy_values(table, rl.greedy_policy(q), discount)


def read(served):
    """Reads the `Assets` and the action values `(states, actions)` from a SavedModel."""
    (number,) = served.signatures["world"](state=tf.constant([0]))["states"].numpy()
    states = {"state": np.arange(number, dtype="int32")}
    about, found = (
        export.call_in_batches(served.signatures[name], states, batch_size=number)
        for name in ("world", "serving_default")
    )
    name, slippery = (about[key][0].decode() for key in ("environment", "slippery"))
    # Undoes the rounding of float32: the discount has at most six decimals.
    discount = round(float(about["discount"][0]), 6)
    status = tuple(each.decode() for each in about["status"])
    return Assets(name, slippery, discount, status), found["q"].astype("float64")


def predict(served, texts):
    """Yields the record of each state, given as an index (`12`) or as row and column (`1,4`)."""
    about, q = read(served)
    states, columns = len(q), COLUMNS[about.environment]
    grid = f", or row,column below {states // columns},{columns}" if columns else ""
    for text in texts:
        state = state_of(text, states, columns)
        if state is None:
            yield {"error": f"unknown state. Give an index from 0 to {states - 1}{grid}"}
        elif about.status[state] != "played":
            over = about.status[state] == "the end"
            yield {"error": "the game is over here" if over else "no game reaches this state"}
        else:
            actions = ACTIONS[about.environment]
            values = (np.round(q[state], 4) + 0.0).tolist()  # no -0
            yield {
                "action": actions[q[state].argmax()],
                "values": list(zip(actions, values, strict=True)),
            }


def state_of(text, states, columns):
    """Returns the index of a state, or None if the text is not a state."""
    found = re.fullmatch(r"\s*([0-9]{1,9})\s*(?:,\s*([0-9]{1,9})\s*)?", text)
    if not found or (found[2] and not columns):
        return None
    first, second = int(found[1]), int(found[2] or 0)
    if found[2] and second >= columns:
        return None
    state = first * columns + second if found[2] else first
    return state if state < states else None
