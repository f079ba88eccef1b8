"""Compares a training step of each generative model with the same model in plain Keras.

    python benchmarks/generative_step.py [--batch 128] [--rounds 200]

The peers, in benchmarks/plain_keras.py, are the same models written only with Keras. Both alternate
in one process, two steps at a time, with the compiled function that `fit` calls (`train_on_batch`
would reset the metrics in each step and measure mostly that). Turns are short, because the speed of
a shared machine changes by the second. Prints medians and quartiles of the milliseconds, and of the
ratio in the same round.
"""

import argparse
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

import keras
import numpy as np
import plain_keras
import tensorflow as tf
from taking_turns import measure, spread

from keras_dl import layers, models

UNITS = (1000, 500, 250, 30)
_STEPS = 2  # per turn


def main():
    """Runs the comparisons."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=200)
    arguments = parser.parse_args()
    random = np.random.default_rng(0)
    flat = tf.constant(random.random((arguments.batch, 784)) < 0.3, "float32")
    images = tf.reshape(flat, (-1, 28, 28, 1))
    for name, build in PAIRS.items():
        ours, plain, inputs = build(flat, images)
        steps = {"ours": turn(ours, inputs), "plain": turn(plain, inputs)}
        times = measure(steps, arguments.rounds)
        ratio = np.array(times["ours"]) / times["plain"]
        ours, plain = (spread(np.array(each) / _STEPS, "{:.1f}") for each in times.values())
        print(f"{name:24} {ours:20} plain {plain:20} ratio {spread(ratio, '{:.3f}')}", flush=True)


def turn(model, inputs):
    """Returns a function without arguments that runs the steps of a turn."""
    data = tf.data.Dataset.from_tensors(inputs).repeat()
    model.fit(data, steps_per_epoch=1, verbose=0)  # builds the function
    batches = iter(data)

    def steps():
        for _ in range(_STEPS):
            logs = model.train_function(batches)
        tf.nest.map_structure(float, logs)  # waits for the last one

    return steps


def autoencoder(flat, _):
    """Deep autoencoder."""
    return *_of_mse(models.autoencoder((784,), UNITS), plain_keras.autoencoder(UNITS)), (flat, flat)


def tied(flat, _):
    """Autoencoder with one layer and tied weights."""
    plain = plain_keras.Tied(500)
    return *_of_mse(models.autoencoder((784,), (500,), tied=True), plain), (flat, flat)


def contractive(flat, _):
    """Contractive autoencoder with one layer."""
    options = {"latent_activation": "sigmoid", "contractive_weight": 0.1}
    ours = models.autoencoder((784,), (500,), **options)
    return *_of_mse(ours, plain_keras.Contractive(500, 0.1)), (flat, flat)


def vae(flat, _):
    """Variational autoencoder, 784-200-200-50 and back."""
    ours = models.variational_autoencoder((784,), 50, units=(200, 200), seed=0)
    plain = plain_keras.VAE(50, (200, 200))
    for model in (ours, plain):
        model.compile(keras.optimizers.Adam(1e-3), jit_compile=False)
    return ours, plain, (flat,)


def rbm(flat, _):
    """Restricted Boltzmann machine with 784 and 500 units, CD-1."""
    machine = layers.RestrictedBoltzmannMachine(500, seed=0)
    ours, plain = keras.Sequential([keras.Input((784,)), machine]), plain_keras.RBM(500)
    for model in (ours, plain):
        model.compile(keras.optimizers.Adam(1e-3), jit_compile=False)
    return ours, plain, (flat,)


def dense_gan(flat, _):
    """GAN of dense networks with 256 units."""
    return *_gans((784,), {}), (flat,)


def convolutional_gan(_, images):
    """GAN with convolutions of 64 and 32 filters."""
    return *_gans((28, 28, 1), {"filters": (64, 32)}), (images,)


def _gans(shape, options):
    ours, nets = (models.gan(shape, 64, seed=0, **options) for _ in range(2))
    plain = plain_keras.GAN(nets.generator, nets.discriminator)
    for model, options in ((ours, {"jit_compile": False}), (plain, {})):
        model.compile(*(keras.optimizers.Adam(2e-4, 0.5) for _ in range(2)), **options)
    return ours, plain


def _of_mse(*both):
    for model in both:
        model.compile(keras.optimizers.Adam(1e-3), "mse", jit_compile=False)
    return both


PAIRS = {
    "autoencoder, deep": autoencoder,
    "autoencoder, tied": tied,
    "autoencoder, contractive": contractive,
    "vae": vae,
    "rbm": rbm,
    "gan, dense": dense_gan,
    "gan, convolutional": convolutional_gan,
}

if __name__ == "__main__":
    main()
