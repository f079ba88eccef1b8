"""A deep autoencoder from a stack of restricted Boltzmann machines, on MNIST.

    python benchmarks/deep_autoencoder.py [--epochs 60] [--peer]

784-1000-500-250-30 and back, as Hinton & Salakhutdinov (2006) have it: each machine learns what the
one below it gives, by contrastive divergence; unrolled, the net has their weights twice, and `fit`
tunes both halves. The squared error is the sum over the 784 pixels, its mean over the images;
theirs is 3.00, that of 30 principal components 13.87. With `--peer` the same net learns from random
weights in as many epochs, those of the machines added.
"""

import argparse
import os
import pathlib
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

import keras
import numpy as np
from keras import ops

from apps.generate import data
from keras_dl import layers, models, optimizers

UNITS = (1000, 500, 250, 30)


def main():
    """Trains and prints the errors on the part that is named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=60, help="of tuning")
    parser.add_argument("--machine-epochs", type=int, default=5, help="of each machine")
    parser.add_argument("--learning-rate", type=float, default=1e-3, help="of tuning")
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--split", choices=("validation", "test"), default="validation")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--peer", action="store_true", help="also from random weights")
    arguments = parser.parse_args()
    known, images = (
        data.read("tfds:mnist", split)[0].reshape(-1, 784) for split in ("train", arguments.split)
    )
    keras.utils.set_random_seed(arguments.seed)
    begun = time.perf_counter()
    model = models.autoencoder_from_rbms(stack(known, arguments))
    say("stacked and unrolled", model, images, begun)
    tune(model, known, arguments.epochs, arguments)
    say("tuned", model, images, begun)
    if arguments.peer:
        begun = time.perf_counter()
        model = models.autoencoder((784,), UNITS)
        epochs = arguments.epochs + arguments.machine_epochs
        tune(model, known, epochs, arguments)
        say("from random weights", model, images, begun)


def stack(known, arguments):
    """Returns trained machines, the lowest first."""
    machines, seen = [], known
    for index, units in enumerate(UNITS):
        last = index == len(UNITS) - 1
        machine = layers.RestrictedBoltzmannMachine(
            units,
            hidden="gaussian" if last else "bernoulli",
            kernel_regularizer=keras.regularizers.L2(1e-4),
            seed=arguments.seed,
        )
        model = keras.Sequential([keras.Input(seen.shape[1:]), machine])
        model.compile(keras.optimizers.Adam(1e-4 if last else 1e-3), jit_compile=False)
        print(f"machine of {seen.shape[1]} and {units} units", flush=True)
        epochs = arguments.machine_epochs
        model.fit(seen, batch_size=arguments.batch_size, epochs=epochs, verbose=2)
        seen = model.predict(seen, batch_size=1000, verbose=0)
        machines.append(machine)
    return machines


def tune(model, known, epochs, arguments):
    """Trains the whole net to give its inputs back."""
    steps = epochs * -(-len(known) // arguments.batch_size)
    schedule = optimizers.warmup_cosine(arguments.learning_rate, steps)
    model.compile(keras.optimizers.Adam(schedule), squared_error, jit_compile=False)
    model.fit(known, known, batch_size=arguments.batch_size, epochs=epochs, verbose=2)


def squared_error(true, found):
    """Returns the squared error of each image, `(batch,)`."""
    return ops.sum(ops.square(true - found), axis=-1)


def say(what, model, images, begun):
    """Prints the squared error and the minutes so far."""
    back = model.predict(images, batch_size=1000, verbose=0)
    found = float(np.square(images - back).sum(1).mean())
    minutes = (time.perf_counter() - begun) / 60
    print(f"{what}: squared error {found:.3f}, {minutes:.1f} minutes", flush=True)


if __name__ == "__main__":
    main()
