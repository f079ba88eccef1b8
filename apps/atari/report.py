"""How well a player plays, in numbers and pictures."""

import dataclasses
import pathlib

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from apps.atari import data
from apps.atari.app import Config
from apps.atari.player import Player
from apps.commands import read_json
from keras_dl.rl import FrameStacks

_SHOWN = 6  # moments of a game
_NOT_OF_LEARNING = {"game", "seed", "run", "resume", "model", "games", "epsilon", "video"}


def figures(saved_model, config):
    """Returns the scores of games that were not trained on, beside those of random play."""
    player = Player(saved_model)
    games = player.play(config.games, config)
    chance = player.play(config.games, config, player.random, epsilon=1.0)
    return {
        "game": player.game,
        "games": config.games,
        "share of random actions": config.epsilon,
        "no-ops, at most": config.no_ops,
        "sticky actions": config.sticky_actions,
        "score, mean": float(games.scores.mean()),
        "score, median": float(np.median(games.scores)),
        "score, standard deviation": float(games.scores.std(ddof=1)) if config.games > 1 else 0.0,
        "score, lowest": float(games.scores.min()),
        "score, highest": float(games.scores.max()),
        "steps of a game, mean": float(games.steps.mean()),
        "score of random play, mean": float(chance.scores.mean()),
    }


def pictures(saved_model, config):
    """Returns pictures of the scores, of a game's course and of moments in it."""
    player = Player(saved_model)
    games = player.play(config.games, config)
    chance = player.play(config.games, config, player.random, epsilon=1.0)
    played = player.play(1, config)
    frames, rewards = zip(*player.watch(config, played.actions[0], config.seed), strict=True)
    states = _states(frames)
    values = np.concatenate(
        [player.values(states[at : at + 64]) for at in range(0, len(states), 64)]
    )
    return {
        "scores": _scores(player.game, games.scores, chance.scores),
        "course": _course(values, np.array(rewards)),
        "moments": _moments(states, values, player.actions),
    }


def curves(config):
    """Returns a picture to each game: scores over steps of the runs in a folder.

    Runs that differ in their seed alone are taken together, with their spread.
    """
    folder = pathlib.Path(config.run or "runs/atari")
    histories = {}
    for path in sorted(folder.glob("*/run.json")):
        run, history = read_json(path), path.with_name("history.json")
        if run.get("application") == "atari" and history.exists():
            game = data.name_of(run["configuration"]["game"])
            alike = histories.setdefault(game, {}).setdefault(_settings(run["configuration"]), [])
            alike.append(read_json(history))
    if not histories:
        raise FileNotFoundError(
            f"{folder} has no runs of atari. Name the folder that they are in by --run."
        )
    return {f"{game}_curves": _curves(game, some) for game, some in histories.items()}


def _settings(configuration):
    """Returns what a run learnt with, where it is not the default, to be read."""
    names = [each.name for each in dataclasses.fields(Config) if each.name in configuration]
    return ", ".join(
        f"{name.replace('_', ' ')} {configuration[name]}"
        for name in names
        if name not in _NOT_OF_LEARNING and configuration[name] != getattr(Config, name)
    )


def _states(frames):
    stacks = FrameStacks(frames[0][None], data.STATE_SHAPE[-1], data.STATE_SHAPE)
    states = [stacks.states[0]]
    for frame in frames[1:]:
        stacks.push(frame[None], np.array([False]))
        states.append(stacks.states[0])
    return np.array(states)


def _scores(game, scores, chance):
    figure = Figure(figsize=(6, 3.6), layout="tight")
    axes = figure.subplots()
    edges = np.histogram_bin_edges(np.concatenate([scores, chance]), 30)
    for values, name in ((chance, "random play"), (scores, "trained")):
        axes.hist(values, edges, alpha=0.7, label=f"{name}, mean {values.mean():.1f}")
    axes.set(xlabel="score of a game", ylabel="games", title=f"{len(scores)} games of {game}")
    axes.legend()
    return figure


def _course(values, rewards):
    figure = Figure(figsize=(8, 3.8), layout="constrained")
    axes = figure.subplots()
    best = values.max(1)
    axes.plot(best, lw=0.8, label="value of the best action")
    for sign, colour, name in ((1, "tab:green", "reward above 0"), (-1, "tab:red", "below 0")):
        (steps,) = np.nonzero(np.sign(rewards) == sign)
        if len(steps):
            axes.plot(steps, best[steps], "o", ms=4, color=colour, label=name)
    axes.set(xlabel="step", ylabel="discounted, clipped reward to come", title="One game")
    axes.grid(alpha=0.3)
    figure.legend(loc="outside lower center", ncols=3)
    return figure


def _moments(states, values, actions):
    """Draws evenly spaced moments: the newest frame, and below it what each action is worth."""
    moments = np.linspace(0, len(states) - 1, _SHOWN + 2).astype(int)[1:-1]
    figure = Figure(figsize=(2.1 * _SHOWN, 4.6), layout="constrained")
    rows = figure.subplots(2, _SHOWN, height_ratios=(1, 0.8))
    for column, step in enumerate(moments):
        above, below = rows[0, column], rows[1, column]
        above.imshow(states[step][..., -1], cmap="gray", vmin=0, vmax=255)
        above.set(title=f"step {step}", xticks=[], yticks=[])
        best = values[step].argmax()
        colours = ["tab:orange" if action == best else "tab:blue" for action in range(len(actions))]
        below.barh(actions, values[step] - values[step].min(), color=colours)
        below.invert_yaxis()
        below.tick_params(labelsize=7)
        below.xaxis.set_major_locator(MaxNLocator(3))
        if column:
            below.set_yticks([])
    rows[1, 0].set_xlabel("value above the least", fontsize=8)
    return figure


def _curves(game, histories):
    """Draws the runs of each setting: thin lines, their mean, and from the least to the greatest.

    Args:
        game: str, the title.
        histories: dict from settings, to be read, to the histories of the runs.
    """
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for number, (settings, alike) in enumerate(histories.items()):
        colour = f"C{number}"
        steps = np.array(min((history["steps"] for history in alike), key=max))
        scores = np.array([_scores_at(steps, history) for history in alike])
        for row in scores:
            axes.plot(steps, row, color=colour, lw=0.7, alpha=0.6)
        told = f"mean of {len(scores)} runs" if len(scores) > 1 else "1 run"
        label = f"{told}, {settings}" if settings else told
        axes.plot(steps, scores.mean(0), color=colour, lw=2, label=label)
        axes.fill_between(steps, scores.min(0), scores.max(0), color=colour, alpha=0.15, lw=0)
    axes.set(xlabel="step", ylabel="score, mean of 20 games of training", title=game)
    axes.grid(alpha=0.3)
    figure.legend(loc="outside lower center", fontsize=8)
    return figure


def _scores_at(steps, history):
    """Returns the scores of a run at some steps, of which its rows need not be; at first NaN."""
    rows = [
        (step, score)
        for step, score in zip(history["steps"], history["score"], strict=True)
        if score is not None
    ]
    return (
        np.interp(steps, *np.transpose(rows), left=np.nan) if rows else np.full(len(steps), np.nan)
    )
