"""What the order of words adds to a classifier of sentences: accuracy of both networks, and "not".

    python benchmarks/averages_against_recurrent.py --data FOLDER [--seeds 3] [--split test]
        [--average="--start RUN --epochs 10"] [--recurrent="--start RUN --dropout 0.3"]

Trains both networks of `apps/sentiment` for every seed, each with further flags of its own. Prints
the accuracy of each on all sentences, on those with a negator and on the others, and the share of
minimal pairs that it orders right, as means with their standard deviation over the seeds. The last
line tells how much more the recurrent net leads on sentences with a negator than elsewhere, and the
share of 10,000 random choices of as many sentences for which it leads by as much or more.
"""

import argparse
import dataclasses
import json
import shlex
import statistics
import tempfile
import types

import keras
import numpy as np
import tensorflow as tf
import tyro

from apps import commands
from apps.sentiment import app, negation, report
from apps.sentiment import texts as sources
from apps.sentiment.data import tokens
from apps.sentiment.model import endpoints


def main():
    """Reads the arguments, trains, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True, help="as that of apps/sentiment")
    parser.add_argument("--average", default="", help="flags of the averages")
    parser.add_argument("--recurrent", default="", help="flags of the recurrent net")
    parser.add_argument("--split", choices=("dev", "test"), default="dev")
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    config = app.Config(data=arguments.data, split=arguments.split)
    reviews = sources.read(config.data, config.split, config)
    negated = negation.has_negator(tokens(reviews.texts).to_list())
    right, pairs = {}, {}
    for network in ("average", "recurrent"):
        flags = shlex.split(getattr(arguments, network))
        own = tyro.cli(app.Config, args=flags, default=dataclasses.replace(config, network=network))
        for seed in range(arguments.seeds):
            one = dataclasses.replace(own, seed=seed)
            found, ordered = _one_model(one, reviews)
            right.setdefault(network, []).append(found)
            for name, share in ordered.items():
                pairs.setdefault((name, network), []).append(share)
            print(f"seed {seed}  {network:10} {100 * found.mean():.2f}", flush=True)
    groups = {"all": negated | True, "with a negator": negated, "without a negator": ~negated}
    for name, rows in groups.items():
        for network, found in right.items():
            _print_row(f"{name} ({rows.sum()})", network, [each[rows].mean() for each in found])
    for (name, network), shares in pairs.items():
        _print_row(name, network, shares)
    average, recurrent = (np.mean(right[name], 0) for name in ("average", "recurrent"))
    lead, share = negation.interaction(recurrent, average, negated)
    print(f"further lead where there is a negator {100 * lead:+.2f} points, p {share:.4f}")


def _one_model(config, reviews):
    """Trains a model; returns on which reviews it is right, and its share of minimal pairs."""
    with tempfile.TemporaryDirectory() as folder:
        config = dataclasses.replace(config, run=f"{folder}/run")
        run = commands.train(app, "sentiment", config)
        model = keras.saving.load_model(run / "model.keras", compile=False)
        assets = json.loads((run / "assets.json").read_text("utf-8"))
    signatures = {
        name: tf.function(function, input_signature=signature)
        for name, (function, signature) in endpoints(model, assets).items()
    }
    live = types.SimpleNamespace(signatures=signatures)  # as the SavedModel, which takes its time
    found = report.probabilities(live, reviews.texts)
    return found.argmax(1) == np.array(reviews.labels), report.pairs(live)


def _print_row(name, network, shares):
    percent = [100 * float(share) for share in shares]
    spread = statistics.stdev(percent) if len(percent) > 1 else 0.0
    print(f"{name:45} {network:10} {statistics.mean(percent):.2f} +- {spread:.2f}")


if __name__ == "__main__":
    main()
