"""Compares sentences translated per second with a beam search in plain Python on the same model.

    python benchmarks/translation_speed.py [--run-dir RUN] [--data DIRECTORY]
        [--width 5] [--batch 64] [--batches 4] [--rounds 3]

The SavedModel searches inside its graph. The peer keeps its hypotheses in NumPy arrays and calls
the compiled step of the same network, which is how a translator is usually written with Keras: all
hypotheses of a batch in one call, the best continuations by `argpartition`, states gathered by
their parents. Both use the same rules, including the stop when no open hypothesis can win. Both
translate the same sentences, in alternating rounds; the first round is not timed. Prints sentences
per second, the ratio, and how many translations are the same.
"""

import argparse
import os
import pathlib
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

import numpy as np
import tensorflow as tf

from apps.translation import texts
from apps.translation.app import MeasureConfig, Translation
from apps.translation.data import END
from apps.translation.endpoints import LENGTH_PENALTY
from keras_dl.application import commands


def main():
    """Runs the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run-dir", default="", help="a run with a SavedModel, else the shipped")
    parser.add_argument("--data", default="synthetic")
    parser.add_argument("--width", type=int, default=5)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--batches", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    served = commands.load(Translation(), run_dir=arguments.run_dir)
    source = texts.read(MeasureConfig(data=arguments.data), "dev").source
    source = sorted(source[: arguments.batch * arguments.batches], key=len)
    batches = [source[n : n + arguments.batch] for n in range(0, len(source), arguments.batch)]
    ways = {"keras_dl": searched_in_graph, "plain Python": searched_in_python}
    rates, found = {name: [] for name in ways}, {}
    for number in range(arguments.rounds + 1):
        for name, search in ways.items():
            started = time.perf_counter()
            found[name] = [
                text for each in batches for text in search(served, each, arguments.width)
            ]
            if number:
                rates[name].append(len(source) / (time.perf_counter() - started))
    for name, values in rates.items():
        print(
            f"{name:14} {np.median(values):8.1f} sentences/s ({min(values):.1f}-{max(values):.1f})"
        )
    ratios = np.array(rates["keras_dl"]) / np.array(rates["plain Python"])
    same = np.mean([a == b for a, b in zip(*found.values(), strict=True)])
    print(
        f"ratio {np.median(ratios):.2f} ({ratios.min():.2f}-{ratios.max():.2f}), {same:.1%} equal"
    )


def searched_in_graph(served, batch, width):
    """Translates a batch with the search of the SavedModel."""
    found = served.signatures["alternatives"](
        text=tf.constant(batch),
        width=tf.constant(width),
        length_penalty=tf.constant(LENGTH_PENALTY),
    )
    return [each.decode() for each in found["translations"][:, 0].numpy()]


def searched_in_python(served, batch, width):
    """Translates a batch with a beam search in NumPy around the step of the network."""
    state = {k: v.numpy() for k, v in served.signatures["start"](text=tf.constant(batch)).items()}
    longest = np.repeat(state.pop("longest"), width)
    bound = longest.max() ** -LENGTH_PENALTY
    state = {name: np.repeat(value, width, axis=0) for name, value in state.items()}
    fixed = {name: tf.constant(value) for name, value in state.items() if name != "state"}
    hidden, tokens = state["state"], np.full(len(longest), END, "int32")
    log_probs = np.where(np.arange(len(longest)) % width == 0, 0.0, -np.inf).astype("float32")
    written = [[] for _ in longest]
    finished = [[] for _ in batch]
    for position in range(longest.max()):
        stepped = served.signatures["step"](
            tokens=tf.constant(tokens), state=tf.constant(hidden), **fixed
        )
        totals = log_probs[:, None] + stepped["log_probs"].numpy()
        hidden = stepped["state"].numpy()
        if position == 0:
            totals[:, END] = -np.inf
        closing = longest - 1 <= position
        totals[closing, :END] = totals[closing, END + 1 :] = -np.inf
        vocabulary_size = totals.shape[1]
        totals = totals.reshape(len(batch), -1)
        best = np.argpartition(-totals, 2 * width, axis=1)[:, : 2 * width]
        order = np.argsort(-np.take_along_axis(totals, best, 1), axis=1, kind="stable")
        best = np.take_along_axis(best, order, 1)
        parents, open_tokens, open_probs, longer = [], [], [], []
        for row, indices in enumerate(best):
            kept = 0
            for rank, index in enumerate(indices):
                parent, token = row * width + index // vocabulary_size, index % vocabulary_size
                total = totals[row, index]
                if token == END:
                    if rank < width and total > -np.inf:
                        score = total * (position + 1) ** -LENGTH_PENALTY
                        finished[row].append((score, written[parent]))
                elif kept < width:
                    kept += 1
                    parents.append(parent)
                    open_tokens.append(token)
                    open_probs.append(total)
                    longer.append([*written[parent], token])
            finished[row] = sorted(finished[row], key=lambda each: -each[0])[:width]
            least = finished[row][-1][0] if len(finished[row]) == width else -np.inf
            if least >= open_probs[-kept] * bound:
                open_probs[-kept:] = [-np.inf] * kept
        log_probs = np.array(open_probs, "float32")
        if np.all(log_probs == -np.inf):
            break
        tokens, written, hidden = np.array(open_tokens, "int32"), longer, hidden[parents]
    best = [max(each, key=lambda pair: pair[0])[1] for each in finished]
    padded = np.full((len(batch), max(map(len, best))), END, "int32")
    for row, tokens in enumerate(best):
        padded[row, : len(tokens)] = tokens
    found = served.signatures["decode"](tokens=tf.constant(padded))["translation"]
    return [each.decode() for each in found.numpy()]


if __name__ == "__main__":
    main()
