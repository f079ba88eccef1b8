"""Measures the memory of a full replay buffer, and the memory growth of a long training run.

    python benchmarks/dqn_memory.py [--transitions 100000] [--steps 1000000]

1. A buffer of 84 x 84 pixels is filled completely: resident memory of the process after filling and
   sampling, compared with before; without priorities, and with priorities and five-step returns.
2. Two training runs with checkpoints, with buffers that are full long before a tenth of the steps:
   resident memory at a tenth of the steps and at the end, each in a separate process. On Catch the
   convolutional network acts in every step and learns rarely, to save time. On CartPole a small
   network learns every four steps. The tracing counts would show a function that is compiled again.

Resident memory is the value that Linux reports for the process.
"""

import argparse
import multiprocessing
import os
import pathlib
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

import numpy as np

from keras_dl import models, optimizers, rl, training

NUM_ENVS = 8


def main():
    """Measures both and prints them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--transitions", type=int, default=100_000, help="0 skips this")
    parser.add_argument("--steps", type=int, default=1_000_000, help="0 skips this")
    arguments = parser.parse_args()
    if arguments.transitions:
        for steps, priorities in ((1, False), (5, True)):
            size = of_buffer(arguments.transitions, steps, priorities)
            print(
                f"{arguments.transitions:,} transitions, {steps} step(s), priorities {priorities}: "
                f"{size / 1e9:.3f} GB, {size / arguments.transitions:,.0f} bytes each",
                flush=True,
            )
    if arguments.steps:
        for game in ("catch", "cartpole"):
            process = multiprocessing.get_context("spawn").Process(
                target=of_training, args=(game, arguments.steps)
            )
            process.start()
            process.join()
            if process.exitcode:
                raise SystemExit(f"the training on {game} failed")


def resident():
    """Returns the resident memory of this process in bytes."""
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def of_buffer(transitions, steps, priorities):
    """Returns the bytes that a completely filled buffer adds."""
    random = np.random.default_rng(0)
    frames = random.integers(0, 256, (NUM_ENVS, 1, 84, 84), "uint8")
    nothing = np.zeros(NUM_ENVS, "uint8")
    before = resident()
    buffer = rl.ReplayBuffer(
        transitions, NUM_ENVS, frames.shape[1:], n_steps=steps, prioritized_replay=priorities
    )
    for _ in range(transitions // NUM_ENVS + 1):
        buffer.add(frames, nothing, nothing, nothing, nothing.astype(bool))
    buffer.sample(64, random)
    return resident() - before


def of_training(game, steps):
    """Trains, and prints the resident memory at a tenth of the steps and at the end."""
    if game == "catch":
        games, train_frequency = rl.catch(NUM_ENVS, seed=0), 400
        network = models.q_network(num_actions=games.num_actions)
    else:
        games, train_frequency = rl.gymnasium_games("CartPole-v1", NUM_ENVS, seed=0), 4
        network = models.q_mlp((4,), games.num_actions)
    settings = rl.DQNSettings(
        num_envs=NUM_ENVS,
        capacity=min(16_000, steps // 20 // NUM_ENVS * NUM_ENVS),
        learning_starts=400,
        train_frequency=train_frequency,
        epsilon=rl.LinearSchedule(0.01, 0.01, 1),
    )
    agent = rl.DQN(network, optimizers.FusedAdam(1e-4))
    loop = rl.DQNTraining(agent, games, settings, steps=steps, seed=0, name=game)
    sizes = []
    with tempfile.TemporaryDirectory() as directory, training.Run(directory) as run:
        # `stop` is called after each hundredth of the steps.
        training.train_by_steps(loop, run=run, stop=lambda row: sizes.append(resident()))
    tenth, last = sizes[len(sizes) // 10 - 1], sizes[-1]
    # The public API does not return tracing counts.
    functions = {"act": agent._greedy, **{f"learn {n}": f for n, f in agent._learning.items()}}
    tracings = {name: each.experimental_get_tracing_count() for name, each in functions.items()}
    print(
        f"{game}, {int(agent.optimizer.iterations):,} updates in {loop.log.seconds:.0f} s: "
        f"{tenth / 1e6:.1f} MB at a tenth, {last / 1e6:.1f} MB at the end, "
        f"growth {last / tenth - 1:+.2%}; maximum after the tenth "
        f"{max(sizes[len(sizes) // 10 :]) / 1e6:.1f} MB; tracings {tracings}",
        flush=True,
    )


if __name__ == "__main__":
    main()
