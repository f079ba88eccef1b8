"""Compares the speed of the DQN on Pong with Stable-Baselines3, and of an update with PyTorch.

    python3 -m venv /tmp/peer
    /tmp/peer/bin/pip install stable-baselines3 gymnasium ale-py opencv-python-headless
    python benchmarks/dqn_against_sb3.py --peer /tmp/peer/bin/python

All do the same work: batches of 32, an update every four steps, one-step targets with a target
network, Adam, few random actions. Each agent runs in its own process (PyTorch and TensorFlow crash
in one process). They alternate in windows of steps, so that other work on the machine affects all
of them. Ratios are medians over the rounds. CleanRL is not on the package registry: its column is
the ratio to Stable-Baselines3 that was measured on another day, 160 steps per second against 153.
"""

import argparse
import json
import pathlib
import subprocess
import sys

import numpy as np
from taking_turns import spread

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

CLEANRL = 160 / 153
PEER = "Stable-Baselines3, PyTorch"
STARTS = 2_000


def main():
    """Runs the rounds and prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", help="Python of an environment with stable-baselines3")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--steps", type=int, default=400, help="steps per window")
    parser.add_argument("--updates", type=int, default=20, help="updates per window")
    parser.add_argument("--precisions", nargs="+", default=["float32", "mixed_bfloat16"])
    parser.add_argument("--serve", help="precision of a worker process; for internal use")
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve)
        return
    if not arguments.peer:
        parser.error("--peer must name the Python of an environment with stable-baselines3")
    here = pathlib.Path(__file__)
    commands = {
        precision: [sys.executable, str(here), "--serve", precision]
        for precision in arguments.precisions
    }
    commands[PEER] = [arguments.peer, str(here.with_name("sb3_dqn.py"))]
    agents = {name: start(command) for name, command in commands.items()}
    for what, amount in (("steps", arguments.steps), ("updates", arguments.updates)):
        rounds = [
            {name: ask(agent, what, amount) for name, agent in agents.items()}
            for _ in range(arguments.rounds + 1)
        ][1:]
        show(what, rounds)
    for agent in agents.values():
        agent.communicate("end 0\n")


def start(command):
    """Starts a process and waits until it is ready."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    while process.stdout.readline().strip() != "ready":
        if process.poll() is not None:
            raise SystemExit(f"{command[0]} ended before it was ready")
    return process


def ask(process, what, amount):
    """Asks a process to do work and returns its measurement."""
    print(what, amount, file=process.stdin, flush=True)
    while not (line := process.stdout.readline()).startswith("{"):
        if not line:
            raise SystemExit("a process ended during its work")
    return json.loads(line)


def show(what, rounds):
    """Prints the table of one kind of work."""
    rates = {
        name: np.array([each[name]["amount"] / each[name]["seconds"] for each in rounds])
        for name in rounds[0]
    }
    print(f"\n{'':28} {'ms per update' if what == 'updates' else 'steps per second':24} ratio")
    for name, rate in rates.items():
        if what == "updates":
            value, ratio = spread(1e3 / rate, "{:.1f}"), rates[PEER] / rate
        else:
            value, ratio = spread(rate, "{:.0f}"), rate / rates[PEER]
        line = f"{name:28} {value:24} {spread(ratio, '{:.2f}')}"
        if what == "steps" and name != PEER:
            waited = sum(each[name]["waited"] for each in rounds)
            share = waited / sum(each[name]["seconds"] for each in rounds)
            line += f"   to CleanRL {np.median(ratio) / CLEANRL:.2f}, waiting {share:.1%}"
        print(line)


def serve(precision):
    """Does windows of work on request from standard input."""
    import time

    import keras

    from keras_dl import models, optimizers, rl

    keras.config.set_dtype_policy(precision)
    settings = rl.DQNSettings(
        learning_starts=STARTS,
        epsilon=rl.LinearSchedule(0.01, 0.01, 1),
        n_steps=1,
    )
    games = rl.atari("pong", settings.num_envs, seed=0)
    agent = rl.DQN(
        models.q_network(num_actions=games.num_actions), optimizers.FusedAdam(1e-4), double=False
    )
    loop = rl.DQNTraining(agent, games, settings, steps=10**9, seed=0)
    while loop.steps < STARTS + 400:
        loop.step()
    random = np.random.default_rng(0)
    batch = loop.sample(64, random)
    agent.learn(batch, updates=2)
    print("ready", flush=True)
    for line in sys.stdin:
        what, amount = line.split()
        waited, began = loop.waited, time.perf_counter()
        if what == "steps":
            for _ in range(int(amount) // settings.num_envs):
                loop.step()
        elif what == "updates":
            for _ in range(int(amount) // 2):
                agent.learn(batch, updates=2)
        else:
            return
        seconds = time.perf_counter() - began
        outputs = {"amount": int(amount), "seconds": seconds, "waited": loop.waited - waited}
        print(json.dumps(outputs), flush=True)


if __name__ == "__main__":
    main()
