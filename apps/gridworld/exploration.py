"""Exploring against exploiting: learning with several shares of random actions."""

import numpy as np
from matplotlib.figure import Figure

from apps.gridworld import policies
from keras_dl.rl.q_learning import QLearning
from keras_dl.rl.value_iteration import value_iteration

EPSILONS = (0.0, 0.01, 0.1, 0.3, 1.0)
_AGENTS, _STEPS, _POINTS = 100, 4000, 40
_RATE = 0.1


def learn(world, discount, epsilon, seed):
    """Returns the course of one learning, float64 `(points, 2)`.

    The first column is the mean reward of a step since the point before, the second one what the
    best actions of the table are worth from the start (discounted return).
    """
    agent = QLearning(
        *world.shape, discount=discount, epsilon=epsilon, learning_rate=_RATE, seed=seed
    )
    steps = _STEPS // _POINTS
    course = []
    for _ in range(_POINTS):
        reward, _ = agent.learn_many(world, steps, agents=_AGENTS)
        learnt = policies.start_value(world, policies.greedy(agent.table), discount)
        course.append((reward / (steps * _AGENTS), learnt))
    return np.array(course)


def curves(world, discount, config, name):
    """Draws what agents earn while they learn, and what they have learnt, as they explore more."""
    optimum = policies.start_value(
        world, policies.greedy(value_iteration(world, discount)), discount
    )
    figure = Figure(figsize=(11, 4), layout="tight")
    axes = figure.subplots(1, 2)
    thousands = np.arange(1, _POINTS + 1) * _STEPS * _AGENTS / _POINTS / 1000
    for epsilon in EPSILONS:
        seeds = range(config.seed, config.seed + config.seeds)
        runs = np.array([learn(world, discount, epsilon, seed) for seed in seeds])
        mean, spread = runs.mean(0), runs.std(0)
        for column in range(2):
            line, spreads = mean[:, column], spread[:, column]
            axes[column].plot(thousands, line, label=f"{epsilon:g}")
            axes[column].fill_between(thousands, line - spreads, line + spreads, alpha=0.2)
    axes[1].axhline(optimum, color="black", linestyle=":", label="optimum")
    axes[0].set_title(f"reward of a step while learning ({name})")
    axes[1].set_title("return of what was learnt, from the start")
    for each in axes:
        each.set_xlabel(f"thousand steps of {_AGENTS} agents together")
        each.grid(alpha=0.3)
        each.spines[["top", "right"]].set_visible(False)
    axes[1].legend(title="random actions", loc="center left", bbox_to_anchor=(1, 0.5))
    return figure
