"""The worlds of gymnasium that are small enough for a table."""

from keras_dl.rl.games import import_gymnasium
from keras_dl.rl.transition_table import TransitionTable

ACTIONS = {
    "FrozenLake-v1": ("left", "down", "right", "up"),
    "FrozenLake8x8-v1": ("left", "down", "right", "up"),
    "CliffWalking-v1": ("up", "right", "down", "left"),
    "Taxi-v4": ("down", "up", "right", "left", "pick up", "drop off"),
}
COLUMNS = {"FrozenLake-v1": 4, "FrozenLake8x8-v1": 8, "CliffWalking-v1": 12, "Taxi-v4": 0}
_LONGEST = 1000  # steps of a game where gymnasium sets no limit


def environment(name, slippery="own"):
    """Returns an environment.

    Args:
        name: str. Name in gymnasium.
        slippery: `"yes"`, `"no"`, or `"own"` for what gymnasium has.

    Raises:
        ImportError: if gymnasium is not installed.
    """
    gymnasium = import_gymnasium()
    choice = {} if slippery == "own" else {"is_slippery": slippery == "yes"}
    env = gymnasium.make(name, **choice)
    limited = env.spec.max_episode_steps
    return env if limited else gymnasium.wrappers.TimeLimit(env, _LONGEST)


def transitions(name, slippery="own"):
    """Returns the dynamics of an environment, a `TransitionTable`."""
    return TransitionTable.of(environment(name, slippery))
