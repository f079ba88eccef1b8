"""Measures tabular Q-learning: steps per second against a plain loop, and errors of the tables.

    python benchmarks/tabular_q_learning.py [--num-agents 4096] [--rounds 7] [--seeds 5]

The plain loop is the usual course implementation: gymnasium's `step`, an epsilon-greedy choice and
the Bellman update with a constant learning rate. `QLearning.learn` is the version of this package,
and `QLearning.learn_population` lets many agents share the table. All alternate; the first round is
not timed. Prints medians and quartiles of agent steps per second, and of the ratios.

Then `apps/gridworld` learns each world with its default settings, for several seeds. Prints the
largest error of a value relative to value iteration, over the reachable states, and the return on
the 8 x 8 lake with several fractions of random actions.
"""

import argparse
import json
import os
import pathlib
import platform
import sys
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

import gymnasium
import numpy as np

from apps.gridworld import exploration, world
from apps.gridworld.app import Gridworld, GridworldConfig
from benchmarks.taking_turns import measure, spread
from keras_dl.application import commands
from keras_dl.rl import QLearning, TransitionTable

_DISCOUNT, _EPSILON, _RATE = 0.99, 0.1, 0.1
_PLAIN_STEPS, _STEPS = 20_000, 500


def plain_loop(env, steps, seed=0):
    """Learns with the usual course implementation; returns the table."""
    random = np.random.default_rng(seed)
    table = np.zeros((env.observation_space.n, env.action_space.n))
    actions = table.shape[1]
    state, _ = env.reset(seed=seed)
    for _ in range(steps):
        if random.random() < _EPSILON:
            action = int(random.integers(actions))
        else:
            action = int(table[state].argmax())
        following, reward, terminated, truncated, _ = env.step(action)
        target = reward + (0 if terminated else _DISCOUNT * table[following].max())
        table[state, action] += _RATE * (target - table[state, action])
        state = following
        if terminated or truncated:
            state, _ = env.reset()
    return table


def rates(name, agents, rounds):
    """Returns the steps per second of the three methods, arrays by name."""
    env = gymnasium.make(name)
    table = TransitionTable.of(env)
    settings = {"discount": _DISCOUNT, "epsilon": _EPSILON, "learning_rate": _RATE}
    one, many = QLearning(*table.shape, **settings), QLearning(*table.shape, **settings)
    ways = {
        "plain loop": (lambda: plain_loop(env, _PLAIN_STEPS), _PLAIN_STEPS),
        "learn": (lambda: one.learn(env, _PLAIN_STEPS), _PLAIN_STEPS),
        "learn_population": (
            lambda: many.learn_population(table, _STEPS, num_agents=agents),
            _STEPS * agents,
        ),
    }
    times = measure({way: function for way, (function, _) in ways.items()}, rounds)
    return {way: 1e3 * ways[way][1] / np.array(own) for way, own in times.items()}


def main():
    """Runs both comparisons."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--num-agents", type=int, default=4096)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    print(f"gymnasium {gymnasium.__version__}, numpy {np.__version__}, {platform.machine()}")
    print(f"agent steps per second, {arguments.num_agents} agents in learn_population")
    for name in world.ACTIONS:
        found = rates(name, arguments.num_agents, arguments.rounds)
        for way, own in found.items():
            ratio = spread(own / found["plain loop"], "{:.1f}")
            print(f"{name:18} {way:12} {spread(own, '{:,.0f}'):42} x {ratio}", flush=True)
    default = GridworldConfig()
    print(
        f"largest error of a value, {default.num_agents:,} agents with {default.steps:,} steps each"
    )
    for name in world.ACTIONS:
        start = time.perf_counter()
        errors = [_largest_error(name, seed) for seed in range(arguments.seeds)]
        seconds = (time.perf_counter() - start) / arguments.seeds
        worst = f"mean {np.mean(errors):.2e}, sd {np.std(errors):.1e}, worst {max(errors):.2e}"
        print(f"{name:18} {worst}; {seconds:.1f} s per seed", flush=True)
    lake = world.transitions(default.environment, default.slippery)
    print(f"return of the learned policy from the start, {default.environment}")
    for epsilon in exploration.EPSILONS:
        courses = [
            exploration.learn(lake, default.discount, epsilon, seed)
            for seed in range(arguments.seeds)
        ]
        returns = [course[-1, 1] for course in courses]
        print(f"random actions {epsilon:<5g} {np.mean(returns):.3f}, sd {np.std(returns):.3f}")


def _largest_error(name, seed):
    with tempfile.TemporaryDirectory() as directory:
        config = GridworldConfig(environment=name, seed=seed)
        run = commands.train(Gridworld(), config, run_dir=f"{directory}/run")
        history = json.loads((run / "history.json").read_text("utf-8"))
    return 10 ** history["log10_largest_error"][-1]


if __name__ == "__main__":
    main()
