"""Compares a training step of each recurrent cell with Keras' LSTM and GRU of the same size.

    python benchmarks/recurrent_cells.py [--batch 64] [--time 40] [--features 128] [--units 128]

A step is the forward and backward pass of one layer over a batch, in one tf.function. The peers are
keras.layers.LSTM and GRU with default settings; the cells run in keras.layers.RNN. All alternate;
the first round is not timed. Prints medians and quartiles of the milliseconds per step, and of the
ratios to each peer in the same round.
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

from keras_dl import layers

PEERS = {"keras LSTM": keras.layers.LSTM, "keras GRU": keras.layers.GRU}
CELLS = (layers.SimplifiedGRUCell, layers.CoupledLSTMCell, layers.PeepholeLSTMCell)


def training_step(layer, x):
    """Returns a function without arguments that runs one complete step of a layer on `x`."""
    layer(x)
    variables = [weight.value for weight in layer.trainable_weights]

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.square(layer(x)))
        return tape.gradient(loss, variables)

    return lambda: [gradient.numpy() for gradient in step(x)]


def measure(steps, rounds, repeats):
    """Returns the milliseconds per step, as lists with one value per round, by name."""
    times = {name: [] for name in steps}
    for number in range(rounds + 1):
        for name, step in steps.items():
            started = time.perf_counter()
            for _ in range(repeats):
                step()
            if number:
                times[name].append(1e3 * (time.perf_counter() - started) / repeats)
    return times


def spread(values, form):
    """Returns "median (lower quartile-upper quartile)"."""
    lower, median, upper = (form.format(v) for v in np.quantile(values, (0.25, 0.5, 0.75)))
    return f"{median} ({lower}-{upper})"


def main():
    """Runs the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--time", type=int, default=40)
    parser.add_argument("--features", type=int, default=128)
    parser.add_argument("--units", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--repeats", type=int, default=5, help="steps per round")
    arguments = parser.parse_args()
    shape = (arguments.batch, arguments.time, arguments.features)
    x = tf.constant(np.random.default_rng(0).normal(size=shape).astype("float32"))
    built = {name: peer(arguments.units) for name, peer in PEERS.items()}
    built |= {cell.__name__: keras.layers.RNN(cell(arguments.units)) for cell in CELLS}
    steps = {name: training_step(layer, x) for name, layer in built.items()}
    times = measure(steps, arguments.rounds, arguments.repeats)
    print(
        f"keras {keras.__version__}, tensorflow {tf.__version__}, {platform.machine()}, {arguments}"
    )
    print(
        f"{'':18} {'weights':>9}  {'ms per step':22}" + "".join(f" / {peer:19}" for peer in PEERS)
    )
    for name, own in times.items():
        ratios = (spread(np.array(own) / times[peer], "{:.2f}") for peer in PEERS)
        print(
            f"{name:18} {built[name].count_params():9,}  {spread(own, '{:.1f}'):22}"
            + "".join(f" {ratio:21}" for ratio in ratios)
        )


if __name__ == "__main__":
    main()
