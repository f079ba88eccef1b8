"""Plots the training scores of several runs."""

import pathlib

import numpy as np

from apps.atari import games
from apps.atari.app import AtariConfig
from keras_dl import plots
from keras_dl.application import UserError
from keras_dl.application.runs import differing
from keras_dl.application.typed import from_json, read_json


def curves(config):
    """Returns one plot per game: scores of all runs in a directory against training steps.

    Runs that differ only in their seed are plotted as their mean, with the spread.
    """
    alike = {}
    for path in sorted(pathlib.Path(config.run_dir).glob("*/run.json")):
        record, history = read_json(path), path.with_name("history.json")
        if isinstance(record, dict) and record.get("application") == "atari" and history.exists():
            settings = from_json(AtariConfig, record.get("configuration"), path)
            runs = alike.setdefault(games.name_of(settings.game), {})
            runs.setdefault(_named(settings), []).append(read_json(history))
    if not alike:
        raise UserError(
            f"--run-dir must contain runs of atari. Received {config.run_dir}. Train one first."
        )
    return {
        f"{game}_curves": plots.curves_with_spread(
            {game: dict(_curve(*each) for each in runs.items())},
            "step",
            "score, mean of 20 training games",
        )
        for game, runs in alike.items()
    }


def _named(settings):
    """Returns the settings of a run that differ from the defaults, as text."""
    names = [name for name in differing(settings, AtariConfig()) if name not in ("game", "seed")]
    return ", ".join(f"{name.replace('_', ' ')} {getattr(settings, name)}" for name in names)


def _curve(settings, histories):
    """Returns the name of a curve, and its steps and scores `(runs, steps)`."""
    steps = np.array(min((history["steps"] for history in histories), key=max))
    name = f"mean of {len(histories)} runs" if len(histories) > 1 else "1 run"
    scores = [_scores_at(steps, history) for history in histories]
    return f"{name}, {settings}" if settings else name, (steps, scores)


def _scores_at(steps, history):
    """Interpolates the scores of a run at `steps`; NaN before the first score."""
    rows = [row for row in zip(history["steps"], history["score"], strict=True) if None not in row]
    known = np.transpose(rows) if rows else ([0], [np.nan])
    return np.interp(steps, *known, left=np.nan)
