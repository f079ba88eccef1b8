"""Exploration versus exploitation: learning curves for several exploration rates."""

import numpy as np

from apps.gridworld import world
from keras_dl import plots, rl

EPSILONS = (0.0, 0.01, 0.1, 0.3, 1.0)
_AGENTS, _STEPS, _POINTS = 100, 4000, 40
_RATE = 0.1


def learn(table, discount, epsilon, seed):
    """Trains a table; returns mean rewards and greedy returns, float64 `(points, 2)`."""
    agent = rl.QLearning(
        *table.shape, discount=discount, epsilon=epsilon, learning_rate=_RATE, seed=seed
    )
    steps = _STEPS // _POINTS
    course = []
    for _ in range(_POINTS):
        reward, _ = agent.learn_population(table, steps, num_agents=_AGENTS)
        course.append((reward / (steps * _AGENTS), world.start_value(table, agent.table, discount)))
    return np.array(course)


def curves(config):
    """Plots the rewards and the return of the learned policy for each exploration rate."""
    table = world.transitions(config.environment, config.slippery)
    seeds = range(config.seed, config.seed + config.seeds)
    steps = np.arange(1, _POINTS + 1) * _STEPS * _AGENTS / _POINTS / 1000
    earned, learned = {}, {}
    for epsilon in EPSILONS:
        runs = np.array([learn(table, config.discount, epsilon, seed) for seed in seeds])
        name = f"{epsilon:.0%} random actions"
        earned[name], learned[name] = ((steps, runs[..., column]) for column in range(2))
    optimum = rl.value_iteration(table, config.discount)
    best = world.start_value(table, optimum, config.discount)
    learned["optimum"] = steps, np.full((1, _POINTS), best)
    return plots.curves_with_spread(
        {
            f"reward per step while learning ({config.environment})": earned,
            "return of the learned policy, from the start": learned,
        },
        f"thousand steps of {_AGENTS} agents in total",
        band="std",
    )
