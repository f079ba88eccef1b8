"""Trains recurrent cells on the adding problem, a test of long-term memory.

    python benchmarks/adding_problem.py [--time 100] [--cells LSTMCell SimpleRNNCell ...]

A sequence has a random number in [0, 1) at each time step and a mark at two time steps, one in each
half. The target is the sum of the two marked numbers. A constant prediction of 1 has a mean squared
error of 1/6 = 0.167. Every batch is new. Training of a cell ends when its error on 1,000 other
sequences is at most --goal, or after --steps. Prints steps, error and seconds for each cell.

Reference: Hochreiter & Schmidhuber 1997, Long Short-Term Memory, experiment 4.
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

CELLS = {
    cell.__name__: cell
    for cell in (
        keras.layers.SimpleRNNCell,
        keras.layers.GRUCell,
        keras.layers.LSTMCell,
        layers.SimplifiedGRUCell,
        layers.PeepholeLSTMCell,
        layers.CoupledLSTMCell,
    )
}


def sequences(random, count, length):
    """Draws `count` examples: inputs `(count, length, 2)` and targets `(count, 1)`."""
    inputs = np.zeros((count, length, 2), "float32")
    inputs[:, :, 0] = random.uniform(size=(count, length))
    for first, last in ((0, length // 2), (length // 2, length)):
        inputs[np.arange(count), random.integers(first, last, count), 1] = 1
    return inputs, inputs.prod(2).sum(1, keepdims=True)


def train(cell, arguments):
    """Trains a network of one cell; returns steps, error on the test sequences, seconds."""
    keras.utils.set_random_seed(arguments.seed)
    random = np.random.default_rng(arguments.seed)
    test = sequences(np.random.default_rng(arguments.seed + 1), 1000, arguments.time)
    inputs = keras.Input((arguments.time, 2))
    outputs = keras.layers.Dense(1)(keras.layers.RNN(cell(arguments.units))(inputs))
    model = keras.Model(inputs, outputs)
    optimizer = keras.optimizers.Adam(arguments.learning_rate, global_clipnorm=1.0)
    model.compile(optimizer, "mse", jit_compile=True)
    started, steps, error = time.perf_counter(), 0, np.inf
    while steps < arguments.steps and error > arguments.goal:
        new = sequences(random, 100 * arguments.batch, arguments.time)
        model.fit(*new, batch_size=arguments.batch, shuffle=False, verbose=0)
        error = model.evaluate(*test, batch_size=1000, verbose=0)
        steps += 100
    return steps, error, time.perf_counter() - started


def main():
    """Trains one network per cell and prints a row for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", nargs="+", choices=CELLS, default=list(CELLS))
    parser.add_argument("--time", type=int, default=100)
    parser.add_argument("--units", type=int, default=48)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=1e-2)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--goal", type=float, default=0.01)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    print(
        f"keras {keras.__version__}, tensorflow {tf.__version__}, {platform.machine()}, {arguments}"
    )
    print(f"{'':18} {'steps':>5}  {'error':>7}  {'seconds':>7}")
    for name in arguments.cells:
        steps, error, seconds = train(CELLS[name], arguments)
        print(f"{name:18} {steps:5}  {error:7.4f}  {seconds:7.0f}", flush=True)


if __name__ == "__main__":
    main()
