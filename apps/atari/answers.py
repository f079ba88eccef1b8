"""Games played for a user, and their videos."""

import itertools
import pathlib

import numpy as np

from apps.atari import data
from apps.atari.player import Player
from apps.terminal import visible
from keras_dl import plots, training

_SECONDS = 4 / 60  # that a step lasts on the machine
_MOST_FRAMES = 4000


def lines(saved_model, inputs, config):
    """Yields lists of a seed, the score and steps of its game, and its video, separated by tabs.

    A line that is no seed gets one that says so, and the others their games.
    """
    player = Player(saved_model)
    for seeds in inputs:
        yield [_line(player, seed, config) for seed in seeds]


def _line(player, given, config):
    text = visible(given).strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) < 2**31):
        return f"{text}\terror: a seed must be a whole number from 0 to 2147483647"
    seed = int(text)
    games = player.play(1, config, seed=seed)
    answer = f"{text}\tscore {games.scores[0]:g}\t{games.steps[0]} steps"
    if config.video:
        answer += f"\t{_video(player, games.actions[0], seed, config)}"
        if games.steps[0] >= _MOST_FRAMES:
            answer += f" (its first {_MOST_FRAMES:,} frames)"
    return answer


def _video(player, actions, seed, config):
    folder = pathlib.Path(config.video)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{player.game}_{seed}.gif"
    screen = {} if player.game == data.CATCH else {"screen": True}
    watched = player.watch(config, actions[: _MOST_FRAMES - 1], seed, **screen)
    pictures = (np.squeeze(frame) for frame, _ in watched)
    first = next(pictures)
    # One after the other into one array, since there may be half a gigabyte of them.
    frames = np.fromiter(itertools.chain([first], pictures), (first.dtype, first.shape))
    with training.write_atomically(path) as file:
        plots.write_gif(file, frames, _SECONDS)
    return path
