"""Compares averaged word vectors with an LSTM on sentences, with a focus on negation.

    python benchmarks/averages_against_recurrent.py --data DIRECTORY [--seeds 3] [--split test]
        [--average="--init-from RUN --epochs 10"] [--recurrent="--init-from RUN --dropout 0.3"]

Trains both networks of `apps/sentiment` for every seed, each with its own flags. Prints the
accuracy of each on all sentences, on those with a negator and on the others, and the fraction of
minimal pairs that it orders right, as means with standard deviations over the seeds. The last line
prints how much larger the lead of the LSTM is on sentences with a negator, and the p-value of a
one-sided permutation test with 9,999 random permutations.
"""

import argparse
import dataclasses
import shlex
import statistics
import tempfile
import types

import numpy as np
import scipy.stats
import tensorflow as tf
import tyro

from apps.sentiment import negation, report
from apps.sentiment import texts as sources
from apps.sentiment.app import Sentiment, TrainConfig
from apps.sentiment.data import ask
from apps.sentiment.tokens import tokens_of
from keras_dl.application import commands


def main():
    """Reads the arguments, trains, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True, help="same as --data of apps/sentiment")
    parser.add_argument("--average", default="", help="flags of the averages")
    parser.add_argument("--recurrent", default="", help="flags of the LSTM")
    parser.add_argument("--split", choices=("dev", "test"), default="dev")
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    reviews = sources.read(TrainConfig(data=arguments.data), arguments.split)
    negated = negation.has_negator(tokens_of(reviews.texts))
    right, pairs = {}, {}
    for network in ("average", "recurrent"):
        flags = shlex.split(getattr(arguments, network))
        own = tyro.cli(
            TrainConfig, args=flags, default=TrainConfig(data=arguments.data, network=network)
        )
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
    lead = recurrent - average
    test = scipy.stats.permutation_test(
        (lead[negated], lead[~negated]),
        lambda first, second, axis: first.mean(axis) - second.mean(axis),
        alternative="greater",
        random_state=0,
    )
    further = f"{100 * test.statistic:+.2f} points, p {test.pvalue:.4f}"
    print(f"additional lead on sentences with a negator {further}")


def _one_model(config, reviews):
    """Trains a model; returns which reviews are right, and the fraction of ordered pairs."""
    app = Sentiment()
    with tempfile.TemporaryDirectory() as directory:
        run = commands.train(app, config, run_dir=f"{directory}/run")
        endpoints = app.endpoints(*commands.trained_of_run(app, run))
    signatures = {
        name: tf.function(each.function, input_signature=each.signature)
        for name, each in endpoints.items()
    }
    live = types.SimpleNamespace(signatures=signatures)  # faster than an export
    found = [label.decode() for label in ask(live, reviews.texts)["label"]]
    ordered = {metric.label: metric.value for metric in report.pairs(live)}
    return np.array(found) == np.array(reviews.labels), ordered


def _print_row(name, network, shares):
    percent = [100 * float(share) for share in shares]
    spread = statistics.stdev(percent) if len(percent) > 1 else 0.0
    print(f"{name:45} {network:10} {statistics.mean(percent):.2f} +- {spread:.2f}")


if __name__ == "__main__":
    main()
