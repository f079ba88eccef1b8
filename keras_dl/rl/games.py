"""Where games come from: Atari's, gymnasium's, and a small one of our own."""

import difflib
import functools
import pathlib
import re
import types
from typing import Any, cast

from keras_dl.rl.replayable_vector_env import ReplayableVectorEnv

_FOR_TWO = ("combat", "joust", "maze_craze", "warlords")
_MOST_NO_OPS = 100
_EXTRA = "Install it: pip install 'keras_dl[atari]'"


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
    """Makes games of an Atari 2600, played by the emulator's own threads.

    A frame is the greatest of the last two of the screen, gray, 84 x 84 pixels. Rewards are not
    clipped. FIRE is pressed once where a game begins, and never for the player after that.

    Args:
        game: str, "Pong" or "space_invaders" for instance; see `atari_games`.
        num_envs: int. Games side by side.
        seed: int, as for `ReplayableVectorEnv`.
        sticky_actions: float from 0 to 1. Probability that the emulator repeats the last action
            instead of the given one (Machado et al., 2018, use 0.25).
        no_ops: int. Each game begins with up to so many idle frames, with `life_loss` at most 100:
            less than a game lasts, or its end would be taken for that of a life.
        life_loss: bool. A lost life is told as `terminated`, and the game goes on. For training
            alone: it is not what scores are measured with.
        frame_skip: int. Frames that an action lasts.
        max_frames: int. Frames, not steps, after which an episode is cut off; 108,000 are half an
            hour.
        screen: bool. Frames are the whole screen in colors, for people: with the same seed and
            actions it is the same game.

    Returns:
        `ReplayableVectorEnv` with frames uint8 `[num_envs, 1, 84, 84]`, of screens
        `[num_envs, 1, 210, 160, 3]`.

    Raises:
        ImportError: if ale-py or gymnasium is not installed.
        ValueError: if there is no such game, or `no_ops` are too many.
    """
    name = atari_name(game)
    if life_loss and no_ops > _MOST_NO_OPS:
        raise ValueError(
            f"no_ops must be at most {_MOST_NO_OPS} with life_loss. Received {no_ops}. 30 is usual."
        )
    import_gymnasium()  # which ale-py does not bring along
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
    """Returns the names of the games that ale-py plays, such as "ms_pacman".

    Four of its cartridges are not among them, which are for two people and would end the process:
    Combat, Joust, Maze Craze and Warlords.

    Raises:
        ImportError: if ale-py is not installed.
    """
    try:
        from ale_py import roms
    except ImportError:
        raise ImportError(f"Atari games need ale-py, which is not there. {_EXTRA}.") from None
    return sorted(name for name in roms.get_all_rom_ids() if _is_played(roms.get_rom_path(name)))


@functools.cache  # as the emulator reads the whole cartridge
def _is_played(path):
    from ale_py import ALEInterface

    return ALEInterface.isSupportedROM(path)


def atari_name(game: str) -> str:
    """Returns the emulator's name of a game: "space_invaders" of "SpaceInvaders".

    Raises:
        ImportError: if ale-py is not installed.
        ValueError: if there is no such game; the message has the nearest.
    """
    names = atari_games()
    plain = re.sub("[^a-z0-9]", "", game.lower())
    name = {each.replace("_", ""): each for each in (*names, *_FOR_TWO)}.get(plain)
    if name in _FOR_TWO:
        raise ValueError(
            f"game must be one of Atari's for one player. Received {game!r}, which is for two "
            "people. See keras_dl.rl.atari_games()."
        )
    if name is None:
        near = difflib.get_close_matches(plain, names, n=3, cutoff=0.4)
        raise ValueError(
            f"game must be one of Atari's. Received {game!r}. "
            + (f"Did you mean {' or '.join(near)}?" if near else "See keras_dl.rl.atari_games().")
        )
    return name


def atari_actions(game: str) -> list[str]:
    """Returns the names of a game's actions, such as ["NOOP", "FIRE", "RIGHT"], in their order."""
    name = atari_name(game)
    import ale_py

    ale_py.ALEInterface.setLoggerMode(ale_py.LoggerMode.Error)
    emulator = ale_py.ALEInterface()
    path = ale_py.roms.get_rom_path(name)
    emulator.loadROM(cast(pathlib.Path, path))  # as the name is one of the emulator's
    return [action.name for action in emulator.getMinimalActionSet()]


def gymnasium_games(name: str, num_envs: int, *, seed: int) -> ReplayableVectorEnv:
    """Makes games of gymnasium whose state is a vector or an image, such as "CartPole-v1".

    Args:
        name: str. Name of the environment.
        num_envs: int. Games side by side.
        seed: int, as for `ReplayableVectorEnv`.

    Raises:
        ImportError: if gymnasium is not installed, or what the environment needs beside it.
        ValueError: if gymnasium has no such environment, its actions are not discrete, or its
            states no arrays.
    """
    gymnasium = import_gymnasium()
    try:
        vector_env = gymnasium.make_vec(name, num_envs, vectorization_mode="sync")
    except gymnasium.error.DependencyNotInstalled as error:
        raise ImportError(f"{name} needs a package that is not there: {error}") from error
    except gymnasium.error.Error as error:
        raise ValueError(f"name must be one of gymnasium's. Received {name!r}: {error}") from error
    return ReplayableVectorEnv(vector_env, seed)


def catch(num_envs: int, *, seed: int) -> ReplayableVectorEnv:
    """Makes games of `Catch`, which needs no more than gymnasium.

    Args:
        num_envs: int. Games side by side.
        seed: int, as for `ReplayableVectorEnv`.
    """
    import_gymnasium()
    from keras_dl.rl.catch_game import Catch

    return ReplayableVectorEnv(Catch(num_envs), seed)


def import_gymnasium() -> types.ModuleType:
    """Returns the package gymnasium.

    Raises:
        ImportError: if it is not installed; the message says how to.
    """
    try:
        import gymnasium
    except ImportError:
        raise ImportError(f"Games need gymnasium, which is not there. {_EXTRA}.") from None
    return gymnasium
