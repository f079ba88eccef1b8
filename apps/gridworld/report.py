"""Compares a learned table with value iteration, by its values and its games."""

import math

import numpy as np

from apps.gridworld import maps, world
from keras_dl import rl
from keras_dl.application import Metric, Report


def measure(served, config):
    """Returns the report of a SavedModel."""
    about, q = world.read(served)
    table = world.transitions(about.environment, about.slippery)
    optimum = rl.value_iteration(table, about.discount)
    errors = 1000 * np.abs(q - optimum)[table.reachable]
    unit = "thousandths"
    metrics = [
        Metric("states", int(table.reachable.sum()), "reachable states, each with all actions"),
        Metric("value_error.largest", errors.max(), "largest error of a value", unit),
        Metric("value_error.mean", errors.mean(), "mean error of a value", unit),
        Metric("value_error.std", errors.std(), "standard deviation of the errors", unit),
    ]
    env = world.environment(about.environment, about.slippery)
    for who, values in (("model", q), ("optimum", optimum)):
        start = world.start_value(table, values, about.discount)
        returns = play(env, values.argmax(1).tolist(), config.games, config.seed)
        error = returns.std() / math.sqrt(config.games)
        metrics += [
            Metric(f"{who}.start_value", start, f"{who}: discounted return from the start"),
            Metric(f"{who}.return", returns.mean(), f"{who}: mean return of {config.games} games"),
            Metric(f"{who}.return_error", error, f"{who}: its standard error"),
        ]
    note = f"{about.environment}, slippery: {about.slippery}, discount {about.discount:g}"
    return Report(metrics, {"values": maps.value_map(about.environment, table, q)}, (note,))


def play(env, actions, games, seed):
    """Plays `games` episodes and returns their total rewards, float64 `(games,)`.

    `seed` seeds the environment before the first episode.
    """
    returns = np.zeros(games)
    for game in range(games):
        state, _ = env.reset(seed=seed if game == 0 else None)
        over = False
        while not over:
            state, reward, terminated, truncated, _ = env.step(actions[state])
            returns[game] += reward
            over = terminated or truncated
    return returns
