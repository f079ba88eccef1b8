"""Trains a deep autoencoder from a stack of restricted Boltzmann machines on MNIST.

    python benchmarks/deep_autoencoder.py [--epochs 60] [--peer]

784-1000-500-250-30 and back, like Hinton & Salakhutdinov (2006): each machine trains on the outputs
of the machine below it, by contrastive divergence. The unrolled network uses their weights twice,
and `fit` fine-tunes both halves. The squared error is the sum over the 784 pixels, averaged over
the images. Theirs is 3.00, that of 30 principal components 13.87. With `--peer` the same network
also trains from random weights, with the epochs of the machines added.
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
    """Trains and prints the errors on --split."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=60, help="epochs of fine-tuning")
    parser.add_argument("--machine-epochs", type=int, default=5, help="epochs of each machine")
    parser.add_argument(
        "--learning-rate", type=float, default=1e-3, help="peak rate of fine-tuning"
    )
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--split", choices=("validation", "test"), default="validation")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--peer", action="store_true", help="also train from random weights")
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
    """Returns the trained machines, lowest first."""
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
    """Trains the whole network to reconstruct its inputs."""
    steps = epochs * -(-len(known) // arguments.batch_size)
    schedule = optimizers.warmup_cosine(arguments.learning_rate, steps)
    model.compile(keras.optimizers.Adam(schedule), squared_error, jit_compile=False)
    model.fit(known, known, batch_size=arguments.batch_size, epochs=epochs, verbose=2)


def squared_error(true, found):
    """Returns the squared error of each image, `(batch,)`."""
    return ops.sum(ops.square(true - found), axis=-1)


def say(what, model, images, begun):
    """Prints the squared error and the elapsed minutes."""
    back = model.predict(images, batch_size=1000, verbose=0)
    found = float(np.square(images - back).sum(1).mean())
    minutes = (time.perf_counter() - begun) / 60
    print(f"{what}: squared error {found:.3f}, {minutes:.1f} minutes", flush=True)


if __name__ == "__main__":
    main()
