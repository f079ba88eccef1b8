"""Compares a training step of attention_seq2seq with plain Keras layers that do the same work.

    python benchmarks/attention_seq2seq_step.py [--batch 256] [--source 22] [--target 9]

The peer is the same encoder with a decoder of keras.layers.AdditiveAttention, Dense and GRUCell,
with unrolled steps. Both train with plain `fit` on the same batch, in alternating rounds; the first
round is not timed. Prints the median and range of the milliseconds per step, and the median ratio
of neighboring rounds.
"""

import argparse
import os
import pathlib
import platform
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

import keras
import numpy as np
import tensorflow as tf

from keras_dl import models

VOCABULARY, TARGETS = 600, 12
EMBEDDING, ENCODER, DECODER, ATTENTION = 32, 64, 96, 32


def peer(steps):
    """Builds the same network from plain Keras layers for a fixed number of steps."""
    source = keras.Input((None,), dtype="int32", name="source")
    previous = keras.Input((steps,), dtype="int32", name="previous")
    mask = keras.ops.not_equal(source, 0)
    embedded = keras.layers.Embedding(VOCABULARY, EMBEDDING)(source)
    recurrent = keras.layers.GRU(ENCODER, return_sequences=True, return_state=True)
    values, _, backward = keras.layers.Bidirectional(recurrent)(embedded, mask=mask)
    keys = keras.layers.Dense(ATTENTION, use_bias=False)(values)
    query_of = keras.layers.Dense(ATTENTION, use_bias=False)
    attend, cell = keras.layers.AdditiveAttention(), keras.layers.GRUCell(DECODER)
    logits_of = keras.layers.Dense(TARGETS)
    state = keras.layers.Dense(DECODER, activation="tanh")(backward)
    written = keras.layers.Embedding(TARGETS, EMBEDDING)(previous)
    outputs = []
    for step in range(steps):
        query = keras.ops.expand_dims(query_of(state), 1)
        # AdditiveAttention takes its context from values and compares the query with keys.
        context = attend([query, values, keys], mask=[None, mask])[:, 0]
        state, _ = cell(keras.ops.concatenate([written[:, step], context], -1), [state])
        outputs.append(keras.ops.concatenate([state, context], -1))
    logits = logits_of(keras.ops.stack(outputs, 1))
    return keras.Model({"source": source, "previous": previous}, logits)


def ours(steps):
    """Builds the network of the library."""
    return models.attention_seq2seq(
        VOCABULARY,
        TARGETS,
        embedding_units=EMBEDDING,
        encoder_units=ENCODER,
        decoder_units=DECODER,
        attention_units=ATTENTION,
    )


def main():
    """Runs the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--source", type=int, default=22)
    parser.add_argument("--target", type=int, default=9)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--steps", type=int, default=20)
    arguments = parser.parse_args()
    random = np.random.default_rng(0)
    batch = arguments.batch
    source = random.integers(1, VOCABULARY, (batch, arguments.source))
    source *= np.arange(arguments.source) < random.integers(8, arguments.source + 1, (batch, 1))
    inputs = {"source": source, "previous": random.integers(0, TARGETS, (batch, arguments.target))}
    target = random.integers(0, TARGETS, (batch, arguments.target))
    data = tf.data.Dataset.from_tensors((inputs, target)).cache().repeat()
    built = {"keras_dl": ours(arguments.target), "plain Keras": peer(arguments.target)}
    times = {name: [] for name in built}
    for model in built.values():
        model.compile(
            keras.optimizers.Adam(1e-3, global_clipnorm=1.0),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            jit_compile=False,
        )
        model.fit(data, steps_per_epoch=arguments.steps, shuffle=False, verbose=0)
    for _ in range(arguments.rounds):
        for name, model in built.items():
            started = time.perf_counter()
            model.fit(data, steps_per_epoch=arguments.steps, shuffle=False, verbose=0)
            times[name].append(1e3 * (time.perf_counter() - started) / arguments.steps)
    print(
        f"keras {keras.__version__}, tensorflow {tf.__version__}, {platform.machine()}, {arguments}"
    )
    for name, milliseconds in times.items():
        print(
            f"{name:12} {np.median(milliseconds):7.1f} ms "
            f"({min(milliseconds):.1f}-{max(milliseconds):.1f}), "
            f"{built[name].count_params():,} weights"
        )
    ratios = np.array(times["keras_dl"]) / np.array(times["plain Keras"])
    print(f"ratio {np.median(ratios):.2f} ({ratios.min():.2f}-{ratios.max():.2f})")


if __name__ == "__main__":
    main()
