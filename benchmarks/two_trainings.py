"""Starts two training runs at once in the same run directory, and checks what they leave.

    python benchmarks/two_trainings.py [--tries 5]

Of two runs with different seeds, exactly one must train. The other must be refused, and the
directory must contain the record and the weights of the one that trained. In every second try, two
processes resume the same interrupted run, and the weights must be those of an uninterrupted run.
"""

import argparse
import json
import multiprocessing
import os
import pathlib
import shutil
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

SEEDS = 1, 2
STEPS = "2000"  # of each agent of the gridworld, two seconds


def main():
    """Prints the number of tries that went wrong; exits with 1 if there are any."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tries", type=int, default=5)
    tries = parser.parse_args().tries
    # Processes that have TensorFlow already start within milliseconds of each other.
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["apps", "keras_dl.application.commands"])
    with tempfile.TemporaryDirectory() as directory:
        wrong = run(processes, pathlib.Path(directory), tries)
    print(f"{tries} tries, {len(wrong)} damaged or mixed runs", *wrong, sep="\n")
    return int(bool(wrong))


def run(processes, directory, tries):
    """Returns a description of each try that went wrong."""
    trained, wrong = {}, []
    for seed in SEEDS:
        if together(processes, [train(directory / f"seed_{seed}", seed)]) != [0]:
            raise SystemExit("a run alone does not train")
        trained[seed] = weights(directory / f"seed_{seed}")
    for number in range(tries):
        path = directory / f"try_{number}"
        calls = [train(path, seed) for seed in SEEDS]
        if number % 2:
            shutil.copytree(directory / "seed_1", path)
            (path / "model.keras").unlink()
            calls = [["train", "--resume", "--run-dir", str(path)]] * 2
        codes = together(processes, calls)
        seed = json.loads((path / "run.json").read_text("utf-8"))["configuration"]["seed"]
        whole = weights(path) == trained[seed]
        partial = [each.name for each in path.rglob("*partial*")]
        # A process that resumes after the other has finished finds nothing left to do.
        expected = [0, 2] if not number % 2 or 2 in codes else [0, 0]
        if sorted(codes) != expected or not whole or partial:
            wrong.append(f"try {number}: codes {codes}, seed {seed}, same {whole}, {partial}")
        shutil.rmtree(path)
    return wrong


def train(path, seed):
    """Returns the arguments of a training run."""
    return ["train", "--steps", STEPS, "--seed", str(seed), "--run-dir", str(path)]


def together(processes, calls):
    """Runs commands at once, and returns their exit codes."""
    ready = processes.Barrier(len(calls))
    started = [processes.Process(target=_run, args=(ready, call)) for call in calls]
    for each in started:
        each.start()
    for each in started:
        each.join()
    return [each.exitcode for each in started]


def weights(path):
    """Returns the weights of a finished run, as bytes."""
    import keras

    model = keras.saving.load_model(path / "model.keras", compile=False)
    return [each.tobytes() for each in model.get_weights()]


def _run(ready, arguments):
    from apps import APPLICATIONS
    from keras_dl.application.command_line import main

    sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    ready.wait()
    sys.exit(main(APPLICATIONS, ["gridworld", *arguments], "python -m apps"))


if __name__ == "__main__":
    sys.exit(main())
