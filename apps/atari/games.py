"""Names, steps and environments of the games."""

import difflib

from apps.atari.app import AtariConfig
from keras_dl import rl
from keras_dl.application import UserError, user_error

CATCH = "catch"
STATE_SHAPE = (84, 84, 4)
_STEPS = {"fast": 400_000, "nature": 12_500_000}
_CATCH_STEPS = 15_000
_CATCH_ACTIONS = ("STAY", "LEFT", "RIGHT")


def name_of(game):
    """Returns the canonical name of a game.

    Raises:
        ImportError: if ale-py is needed and not installed.
        UserError: if the game is unknown.
    """
    if game.lower() == CATCH:
        return CATCH
    if difflib.get_close_matches(game.lower(), [CATCH], cutoff=0.75):
        raise UserError(
            f"--game must be catch or an Atari game. Received {game!r}. Did you mean {CATCH}?"
        )
    with user_error("--game"):
        return rl.atari_name(game)


def steps_of(config):
    """Returns the number of training steps."""
    if config.steps:
        return config.steps
    small = name_of(config.game) == CATCH and config.preset == "fast"
    return _CATCH_STEPS if small else _STEPS[config.preset]


def environments(game, num_envs, *, seed, **options):
    """Returns parallel games. The options are passed to `rl.atari`.

    Raises:
        UserError: if Atari options are given for the game `catch`.
    """
    if game != CATCH:
        return rl.atari(game, num_envs, seed=seed, **options)
    for name, value in options.items():
        if value != getattr(AtariConfig, name):
            raise UserError(
                f"--{name.replace('_', '-')} must be omitted for catch. Received {value}. "
                "It applies only to Atari games."
            )
    return rl.catch(num_envs, seed=seed)


def actions_of(game):
    """Returns the names of a game's actions."""
    return _CATCH_ACTIONS if game == CATCH else tuple(rl.atari_actions(game))
