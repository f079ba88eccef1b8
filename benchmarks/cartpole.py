"""Measures the seconds to solve CartPole-v1 with a DQN, for several seeds.

    python benchmarks/cartpole.py --seeds 10

Each seed runs in its own process, and the time includes the start of Python and the imports.
Training ends when a hundred games without random actions all reach 500. The result is counted on
twenty other games.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

STEPS = 160_000
GAMES = 20
TESTS = 100  # perfect games that end training, enough for 20 other perfect games
PROMISING = 400  # mean training score from which a test is worth its time


def main():
    """Runs the seeds one after another and prints a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--seed", type=int, help="train only this seed, in this process")
    arguments = parser.parse_args()
    if arguments.seed is not None:
        print(json.dumps(train(arguments.seed)))
        return
    seconds, solved = [], 0
    for seed in range(arguments.seeds):
        start = time.perf_counter()
        command = [sys.executable, __file__, "--seed", str(seed)]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
        seconds.append(time.perf_counter() - start)
        scores = json.loads(done.stdout.splitlines()[-1])
        full = sum(score == 500 for score in scores)
        solved += full == GAMES
        mean = statistics.mean(scores)
        print(f"seed {seed}: {seconds[-1]:5.1f} s, {full} of {GAMES} games 500, mean {mean:.1f}")
    print(
        f"{solved} of {len(seconds)} seeds with {GAMES} of {GAMES}; seconds: median "
        f"{statistics.median(seconds):.1f}, {min(seconds):.1f} to {max(seconds):.1f}"
    )


def train(seed):
    """Trains one agent; returns the scores of its games."""
    import keras

    from keras_dl import models, optimizers, rl, training

    keras.utils.set_random_seed(seed)
    settings = rl.DQNSettings(
        num_envs=64,
        capacity=64_000,
        learning_starts=2_048,
        batch_size=128,
        train_frequency=8,
        target_interval=1_024,
        epsilon=rl.LinearSchedule(1.0, 0.04, 40_000),
        reward_scale=0.02,
    )
    games = rl.gymnasium_games("CartPole-v1", settings.num_envs, seed=seed)
    updates = (STEPS - settings.learning_starts) // settings.train_frequency
    schedule = keras.optimizers.schedules.PolynomialDecay(2e-3, updates, 1e-5)
    model = models.q_mlp((4,), 2, units=(120, 168), dueling=True)
    agent = rl.DQN(model, optimizers.FusedAdam(schedule), jit_compile=True)
    loop = rl.DQNTraining(agent, games, settings, steps=STEPS, seed=seed, name="CartPole-v1")

    def play(number, seed):
        others = rl.gymnasium_games("CartPole-v1", number, seed=seed)
        return rl.evaluate_policy(
            agent.act, others, state_shape=(4,), epsilon=0.0, seed=seed
        ).scores

    def solved(row):
        good = (row["score"] or 0) >= PROMISING
        return good and play(TESTS, 1_000_000 + seed).min() == 500

    with tempfile.TemporaryDirectory() as directory, training.Run(directory) as run:
        training.train_by_steps(loop, run=run, stop=solved)
    return play(GAMES, 2_000_000 + seed).tolist()


if __name__ == "__main__":
    main()
