"""Compares the F1 of taggers with a CRF, a softmax, and a softmax constrained to the tag scheme.

    python benchmarks/crf_against_softmax.py --data DIRECTORY [--seeds 3]
        [--settings="--epochs 10 --dropout 0.6"]

Trains the network of `apps/ner` with a CRF and with a softmax for every seed. The constrained
softmax decodes the most probable path of the softmax network under the rules of IOB2, without
transition scores. Prints F1 on dev for each, and means with standard deviations.
"""

import argparse
import dataclasses
import os
import pathlib
import shlex
import statistics
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

import keras
import tensorflow as tf
import tyro

from apps.ner import report
from apps.ner.app import NER, TrainConfig
from apps.ner.data import features, read
from keras_dl import layers, pipelines
from keras_dl.application import commands


def main():
    """Reads the arguments, trains, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True, help="directory with column files train and dev")
    parser.add_argument("--settings", default="", help="flags of apps/ner")
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    given = TrainConfig(data=arguments.data)
    given = tyro.cli(TrainConfig, args=shlex.split(arguments.settings), default=given)
    table = {}
    for seed in range(arguments.seeds):
        config = dataclasses.replace(given, seed=seed)
        for name, f1 in _one_seed(config).items():
            table.setdefault(name, []).append(100 * f1)
            print(f"seed {seed}  {name:20} {100 * f1:.2f}", flush=True)
    for name, found in table.items():
        spread = statistics.stdev(found) if len(found) > 1 else 0.0
        print(f"{name:20} {statistics.mean(found):.2f} +- {spread:.2f}")
    for name in ("softmax", "constrained softmax"):
        gained = [a - b for a, b in zip(table["crf"], table[name], strict=True)]
        print(f"crf over {name:20} {statistics.mean(gained):+.2f}, by seed {gained}")


def _one_seed(config):
    gold = read(config, "dev")
    with_crf, assets = _trained(dataclasses.replace(config, tagger="crf"))
    with_softmax, _ = _trained(dataclasses.replace(config, tagger="softmax"))
    constrained = layers.CRF(len(assets.tags), **pipelines.tag_constraints(assets.tags))
    ways = {
        "crf": (with_crf, with_crf.get_layer("crf").decode),
        "softmax": (with_softmax, lambda scores, mask: tf.argmax(scores, -1)),
        "constrained softmax": (
            with_softmax,
            lambda scores, mask: constrained.decode(tf.nn.log_softmax(scores), mask),
        ),
    }
    return {name: _f1(model, assets, gold, decode) for name, (model, decode) in ways.items()}


def _trained(config):
    with tempfile.TemporaryDirectory() as directory:
        return commands.trained_of_run(
            NER(), commands.train(NER(), config, run_dir=f"{directory}/run")
        )


def _f1(model, assets, gold, decode):
    words = pipelines.WordVocabulary(assets.vocabulary)
    emissions = keras.Model(model.inputs, model.get_layer("emissions").output)
    tokens = tf.ragged.constant([each.tokens for each in gold], "string")

    @tf.function(reduce_retracing=True)
    def tags(rows):
        batch = tf.gather(tokens, rows).to_tensor("")
        return decode(emissions(features(words, batch), training=False), batch != "")

    order = sorted(range(len(gold)), key=lambda row: len(gold[row].tokens))
    found = [None] * len(gold)
    for start in range(0, len(gold), 64):
        rows = order[start : start + 64]
        for row, numbers in zip(rows, tags(tf.constant(rows)).numpy(), strict=True):
            found[row] = [assets.tags[number] for number in numbers[: len(gold[row].tokens)]]
    return report.scores([each.tags for each in gold], found)["F1"]


if __name__ == "__main__":
    main()
