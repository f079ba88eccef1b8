"""Vectorized games: Atari, gymnasium and the built-in Catch."""

import difflib
import functools
import pathlib
import re
import types
from typing import Any, cast

from keras_dl.rl.replayable_vector_env import ReplayableVectorEnv

_FOR_TWO = ("combat", "joust", "maze_craze", "warlords")
_MOST_NO_OPS = 100
_EXTRA = "Run pip install 'keras_dl[atari]'"


def atari(
    game: str,
    num_envs: int,
    *,
    seed: int,
    sticky_actions: float = 0.0,
    no_ops: int = 30,
    life_loss: bool = False,
    frame_skip: int = 4,
    max_frames: int = 108_000,
    screen: bool = False,
) -> ReplayableVectorEnv:
    """Creates Atari 2600 games, which run in threads of the emulator.

    A frame is a gray image of 84 x 84 pixels, the maximum of the last two screens. Rewards are not
    clipped. FIRE is pressed once at the start of a game, and never automatically after that.

    Args:
        game: str. Name of the game, for instance "Pong" or "space_invaders"; see `atari_games`.
        num_envs: int. Number of parallel games.
        seed: int. See `ReplayableVectorEnv`.
        sticky_actions: float from 0 to 1. Probability that the emulator repeats the last action
            instead of the given one (Machado et al., 2018, use 0.25).
        no_ops: int. Maximum number of idle frames at the start of a game. With `life_loss`, it must
            be at most 100, which is shorter than any game. Otherwise the end of a game would look
            like the loss of a life.
        life_loss: bool. Whether the loss of a life sets `terminated` while the game continues. Use
            it only for training, not to measure scores.
        frame_skip: int. Number of frames per action.
        max_frames: int. Maximum length of an episode in frames, not steps; 108,000 frames are half
            an hour.
        screen: bool. Whether frames show the whole screen in color, for display. With the same seed
            and actions, the game is the same.

    Returns:
        `ReplayableVectorEnv` with uint8 frames `(num_envs, 1, 84, 84)`, or
        `(num_envs, 1, 210, 160, 3)` with `screen`.

    Raises:
        ImportError: if ale-py or gymnasium is not installed.
        ValueError: if there is no game of this name, or `no_ops` is too large.
    """
    name = atari_name(game)
    if life_loss and no_ops > _MOST_NO_OPS:
        raise ValueError(
            f"atari: no_ops must be at most {_MOST_NO_OPS} with life_loss. Received {no_ops}. Use "
            "30, for instance."
        )
    import_gymnasium()  # ale-py does not install it
    from ale_py.vector_env import AtariVectorEnv

    whole: dict[str, Any] = {"img_height": 210, "img_width": 160, "grayscale": False}
    vector_env = AtariVectorEnv(
        name,
        num_envs,
        stack_num=1,
        frameskip=frame_skip,
        noop_max=no_ops,
        repeat_action_probability=sticky_actions,
        life_loss_info=life_loss,
        reward_clipping=False,
        max_num_frames_per_episode=max_frames,
        **(whole if screen else {}),
    )
    return ReplayableVectorEnv(vector_env, seed, life_loss)


def atari_games() -> list[str]:
    """Returns the names of the games that ale-py can play, such as "ms_pacman".

    Four games for two players are left out, because they would terminate the process: Combat,
    Joust, Maze Craze and Warlords.

    Raises:
        ImportError: if ale-py is not installed.
    """
    try:
        from ale_py import roms
    except ImportError:
        raise ImportError(f"atari_games: the package ale-py must be installed. {_EXTRA}.") from None
    return sorted(name for name in roms.get_all_rom_ids() if _is_played(roms.get_rom_path(name)))


@functools.cache  # because the emulator reads the whole cartridge
def _is_played(path):
    from ale_py import ALEInterface

    return ALEInterface.isSupportedROM(path)


def atari_name(game: str) -> str:
    """Returns the emulator's name of a game, such as "space_invaders" for "SpaceInvaders".

    The names of gymnasium are names too, for instance "ALE/Pong-v5" and "PongNoFrameskip-v4". Only
    the game is taken from them.

    Raises:
        ImportError: if ale-py is not installed.
        ValueError: if there is no game of this name; the message suggests similar names.
    """
    names = atari_games()
    # gymnasium writes ALE/Pong-v5, PongNoFrameskip-v4 and Pong-ramDeterministic-v0.
    short = re.sub(r"^ALE/|(-ram)?(NoFrameskip|Deterministic)?(-v\d+)?$", "", game)
    plain = re.sub("[^a-z0-9]", "", short.lower())
    name = {each.replace("_", ""): each for each in (*names, *_FOR_TWO)}.get(plain)
    if name in _FOR_TWO:
        raise ValueError(
            f"atari_name: game must be an Atari game for one player. Received {game!r}, which is "
            "for two players. Choose one of keras_dl.rl.atari_games()."
        )
    if name is None:
        near = difflib.get_close_matches(plain, names, n=3, cutoff=0.6)
        other = "See keras_dl.rl.atari_games(), and keras_dl.rl.gymnasium_games for other games."
        raise ValueError(
            f"atari_name: game must be an Atari game. Received {game!r}. "
            + (f"Did you mean {' or '.join(near)}?" if near else other)
        )
    return name


def atari_actions(game: str) -> list[str]:
    """Returns the names of a game's actions in order, such as ["NOOP", "FIRE", "RIGHT"]."""
    name = atari_name(game)
    import ale_py

    ale_py.ALEInterface.setLoggerMode(ale_py.LoggerMode.Error)
    emulator = ale_py.ALEInterface()
    path = ale_py.roms.get_rom_path(name)
    emulator.loadROM(cast(pathlib.Path, path))  # not None: the emulator has the name
    return [action.name for action in emulator.getMinimalActionSet()]


def gymnasium_games(name: str, num_envs: int, *, seed: int) -> ReplayableVectorEnv:
    """Creates gymnasium games whose states are vectors or images, such as "CartPole-v1".

    Args:
        name: str. Name of the environment.
        num_envs: int. Number of parallel games.
        seed: int. See `ReplayableVectorEnv`.

    Raises:
        ImportError: if gymnasium, or a package that the environment needs, is not installed.
        ValueError: if gymnasium has no environment of this name, its actions are not discrete, or
            its states are not arrays.
    """
    gymnasium = import_gymnasium()
    try:
        vector_env = gymnasium.make_vec(name, num_envs, vectorization_mode="sync")
    except gymnasium.error.DependencyNotInstalled as error:
        raise ImportError(
            f"gymnasium_games: {name} needs a package that is not installed: {error}"
        ) from error
    except gymnasium.error.Error as error:
        raise ValueError(
            f"gymnasium_games: name must be a gymnasium environment. Received {name!r}: {error}"
        ) from error
    return ReplayableVectorEnv(vector_env, seed)


def catch(num_envs: int, *, seed: int) -> ReplayableVectorEnv:
    """Creates games of `Catch`, which need only gymnasium.

    Args:
        num_envs: int. Number of parallel games.
        seed: int. See `ReplayableVectorEnv`.
    """
    import_gymnasium()
    from keras_dl.rl.catch_game import Catch

    return ReplayableVectorEnv(Catch(num_envs), seed)


def import_gymnasium() -> types.ModuleType:
    """Imports and returns gymnasium.

    Raises:
        ImportError: if it is not installed; the message says how to install it.
    """
    try:
        import gymnasium
    except ImportError:
        raise ImportError(f"rl: the package gymnasium must be installed. {_EXTRA}.") from None
    return gymnasium
