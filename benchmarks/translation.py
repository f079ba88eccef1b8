"""Measures the BLEU of translators, with greedy and beam search.

    python benchmarks/translation.py --data DIRECTORY [--source de] [--target en]
        [--settings="--epochs 12 --dropout 0.3"] [--network attention last_state] [--seeds 3]
    python benchmarks/translation.py --data DIRECTORY --run-dir RUN ...

Trains the network of `apps/translation` for every seed, or takes finished runs. The directory
contains the splits as for `python -m apps translation train --data`. Prints the BLEU of
detokenized text against the test split, 13a, lower case and cased, for greedy search, beam search
by log-probability, and beam search by log-probability / T^alpha. With several seeds, prints
means and standard deviations.
"""

import argparse
import dataclasses
import os
import pathlib
import shlex
import statistics
import sys
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

import tyro

from apps.translation import texts
from apps.translation.app import TrainConfig, Translation
from apps.translation.prediction import ask
from keras_dl import metrics
from keras_dl.application import commands
from keras_dl.application.runs import recorded_config

_SEARCHES = {  # width, length penalty
    "greedy": (1, 0.0),
    "beam 5": (5, 0.0),
    "beam 5, T^0.7": (5, 0.7),
    "beam 5, T^1": (5, 1.0),
}


def main():
    """Reads the arguments, trains or loads, and prints the scores."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True, help="directory with train, dev and test")
    parser.add_argument("--source", default="de")
    parser.add_argument("--target", default="en")
    parser.add_argument("--settings", default="", help="flags of `train`")
    parser.add_argument("--network", nargs="+", default=["attention"])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--run-dir", nargs="*", default=[], help="finished runs to take instead")
    parser.add_argument("--split", default="test", choices=("dev", "test"))
    arguments = parser.parse_args()
    names = {"data": arguments.data, "source": arguments.source, "target": arguments.target}
    given = tyro.cli(
        TrainConfig, args=shlex.split(arguments.settings), default=TrainConfig(**names)
    )
    app, table = Translation(), {}
    with tempfile.TemporaryDirectory() as temporary:
        for number, run in enumerate(arguments.run_dir or _trained(arguments, given, temporary)):
            config = dataclasses.replace(recorded_config(app, pathlib.Path(run)), **names)
            scores = _scores(app, run, texts.read(config, arguments.split))
            for search, (lower, cased) in scores.items():
                table.setdefault((config.network, search), []).append((lower, cased))
                name = f"run {number}, {config.network}, seed {config.seed}, {search}"
                print(f"{name:48} {lower:6.2f} lower case {cased:6.2f} cased", flush=True)
    for (network, search), found in table.items():
        lower, cased = zip(*found, strict=True)
        spread = f"+- {statistics.stdev(lower):.2f}" if len(lower) > 1 else ""
        mean = statistics.mean(lower)
        gain = mean - statistics.mean(each for each, _ in table[network, "greedy"])
        print(
            f"{network}, {search:14} lower case {mean:.2f} {spread} ({gain:+.2f} over greedy), "
            f"cased {statistics.mean(cased):.2f}"
        )


def _trained(arguments, given, directory):
    """Trains a run for each network and seed; yields their directories."""
    for network in arguments.network:
        for seed in range(arguments.seeds):
            config = dataclasses.replace(given, network=network, seed=seed)
            started = time.monotonic()
            yield commands.train(Translation(), config, run_dir=f"{directory}/{network}_{seed}")
            print(
                f"{network}, seed {seed}: {(time.monotonic() - started) / 60:.1f} min", flush=True
            )


def _scores(app, run, pairs):
    """Returns BLEU, lower case and cased, for each search."""
    if not (pathlib.Path(run) / "saved_model").exists():
        commands.export(app, run_dir=str(run))
    served = commands.load(app, run_dir=str(run))
    references = [[translation] for translation in pairs.target]
    scores = {}
    for name, (width, length_penalty) in _SEARCHES.items():
        found = ask(served, pairs.source, width=width, length_penalty=length_penalty)
        best = [each.decode() for each in found["translations"][:, 0]]
        scores[name] = tuple(
            metrics.corpus_bleu(best, references, lowercase=lowercase).score
            for lowercase in (True, False)
        )
    return scores


if __name__ == "__main__":
    main()
