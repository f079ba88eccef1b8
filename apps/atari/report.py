"""Metrics and plots of a trained player."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from apps.atari.games import STATE_SHAPE
from apps.atari.player import Player
from keras_dl import plots, rl
from keras_dl.application import Metric, Report

_SHOWN = 6  # moments of a game


def measure(served, config):
    """Returns the report, which compares the scores of the model and of random play."""
    player = Player(served)
    games = player.play(config.games, config, config.seed)
    chance = player.play_randomly(config.games, config, config.seed)
    scores = games.scores
    metrics = [
        Metric("score.mean", scores.mean(), "score, mean"),
        Metric("score.median", np.median(scores), "score, median"),
        Metric(
            "score.std",
            scores.std(ddof=1) if config.games > 1 else 0.0,
            "score, standard deviation",
        ),
        Metric("score.lowest", scores.min(), "score, lowest"),
        Metric("score.highest", scores.max(), "score, highest"),
        Metric("steps.mean", games.steps.mean(), "steps of a game, mean"),
        Metric("random_play.score", chance.scores.mean(), "score of random play, mean"),
        Metric("random_play.highest", chance.scores.max(), "score of random play, highest"),
    ]
    note = (
        f"{config.games:,} games of {player.game}: {config.epsilon:g} random actions, at most "
        f"{config.no_ops} no-ops, {config.sticky_actions:g} sticky actions"
    )
    watched = player.watch(config, games.actions[0], config.seed)  # the first of these games
    frames, rewards = map(np.array, zip(*watched, strict=True))
    states = _states(frames)
    values = player.values(states)
    named = (("random play", chance.scores), ("trained", scores))
    histograms = plots.histograms(
        {f"{name}, mean {group.mean():.1f}": group for name, group in named},
        "score of a game",
        "games",
        f"{config.games:,} games of {player.game}",
    )
    drawn = {
        "scores": histograms,
        "course": _course(values, rewards),
        "moments": _moments(states, values, player.actions),
    }
    return Report(metrics, drawn, (note,))


def _states(frames):
    stacks = rl.FrameStacks(frames[:1], STATE_SHAPE[-1], STATE_SHAPE)
    states = [stacks.states[0]]
    for frame in frames[1:]:
        stacks.push(frame[None], np.array([False]))
        states.append(stacks.states[0])
    return np.array(states)


def _course(values, rewards):
    """Plots the value of the best action in a game, and its rewards."""
    figure = Figure(figsize=(8, 3.8), layout="constrained")
    axes = figure.subplots()
    best = values.max(1)
    axes.plot(best, lw=0.8, label="value of the best action")
    for sign, color, name in ((1, "tab:green", "reward above 0"), (-1, "tab:red", "below 0")):
        (steps,) = np.nonzero(np.sign(rewards) == sign)
        if len(steps):
            axes.plot(steps, best[steps], "o", ms=4, color=color, label=name)
    axes.set(xlabel="step", ylabel="discounted, clipped return", title="One game")
    axes.grid(alpha=0.3)
    figure.legend(loc="outside lower center", ncols=3)
    return figure


def _moments(states, values, actions):
    """Plots evenly spaced steps: the newest frame and the values of the actions below it."""
    moments = np.linspace(0, len(states) - 1, _SHOWN + 2).astype(int)[1:-1]
    figure = Figure(figsize=(2.1 * _SHOWN, 4.6), layout="constrained")
    rows = figure.subplots(2, _SHOWN, height_ratios=(1, 0.8))
    for step, above, below in zip(moments, *rows, strict=True):
        above.imshow(states[step][..., -1], cmap="gray", vmin=0, vmax=255)
        above.set(title=f"step {step}", xticks=[], yticks=[])
        best = values[step].argmax()
        colors = ["tab:orange" if action == best else "tab:blue" for action in range(len(actions))]
        below.barh(actions, values[step] - values[step].min(), color=colors)
        below.invert_yaxis()
        below.tick_params(labelsize=7)
        below.xaxis.set_major_locator(MaxNLocator(3))
        if step != moments[0]:
            below.set_yticks([])
    rows[1, 0].set_xlabel("value above the lowest", fontsize=8)
    return figure
