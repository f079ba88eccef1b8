"""Compares the training speed of the LSTM layer of `apps/language` with that of Keras.

    python benchmarks/carried_lstm.py [--units 512] [--batch 64] [--time 100] [--steps 8]

A step is the forward and backward pass of an LSTM layer and a softmax layer over 67 characters.
Prints characters for each CPU second, the best of several steps, for both layers and two dtype
policies. The layers take turns.
"""

import argparse
import os
import pathlib
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

import keras
import numpy as np
import tensorflow as tf

from apps.language.carried_lstm import CarriedLSTM

_CHARACTERS, _FEATURES = 67, 96


def main():
    """Reads the arguments and prints a line for each layer and dtype policy."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("units", 512), ("batch", 64), ("time", 100), ("steps", 8)):
        parser.add_argument(f"--{name}", type=int, default=default)
    arguments = parser.parse_args()
    steps = {
        (layer, policy): step_of(layer, policy, arguments)
        for policy in ("float32", "mixed_bfloat16")
        for layer in ("keras.layers.LSTM", "CarriedLSTM")
    }
    best = dict.fromkeys(steps, np.inf)
    for number in range(arguments.steps + 1):
        for name, step in steps.items():
            began = time.process_time()
            step()
            if number:  # the first call traces
                best[name] = min(best[name], time.process_time() - began)
    for (layer, policy), seconds in best.items():
        rate = arguments.batch * arguments.time / seconds
        print(f"{layer:18} {policy:15} {rate:10,.0f} characters per CPU second")


def step_of(layer, policy, arguments):
    """Returns a function that runs a forward and backward pass and waits for the gradients."""
    keras.config.set_dtype_policy(policy)
    inputs = keras.random.normal((arguments.batch, arguments.time, _FEATURES))
    targets = keras.random.randint((arguments.batch, arguments.time), 0, _CHARACTERS)
    if layer == "CarriedLSTM":
        cell = keras.layers.LSTMCell(arguments.units)
        cell.build((None, _FEATURES))
        recurrent = CarriedLSTM(cell, arguments.batch)
    else:
        recurrent = keras.layers.LSTM(arguments.units, return_sequences=True)
    dense = keras.layers.Dense(_CHARACTERS, dtype="float32")
    model = keras.Sequential([keras.Input(inputs.shape[1:]), recurrent, dense])
    weights = [each.value for each in model.trainable_weights]

    @tf.function
    def gradients():
        with tf.GradientTape() as tape:
            logits = model(inputs, training=True)
            loss = keras.losses.sparse_categorical_crossentropy(targets, logits, from_logits=True)
            loss = tf.reduce_mean(loss)
        return tape.gradient(loss, weights)

    return lambda: [each.numpy() for each in gradients()]


if __name__ == "__main__":
    main()
