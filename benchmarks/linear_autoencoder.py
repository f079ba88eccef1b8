"""Compares a linear autoencoder with principal component analysis on MNIST.

    python benchmarks/linear_autoencoder.py [--epochs 60] [--tied]

Both have 30 latent variables and train on the same 55,000 images. The comparison has the squared
errors on the test split (the sum over the 784 pixels, averaged over the images) and the largest
principal angle between the spaces of reconstructions, in radians. The autoencoder does not use PCA:
it starts from Glorot initialization and learns the mean with its biases.
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
from scipy.linalg import subspace_angles
from sklearn.decomposition import PCA

from apps.generate import data
from keras_dl import models, optimizers

UNITS = 30


def main():
    """Trains, compares and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--batch-size", type=int, default=1000)
    parser.add_argument("--learning-rate", type=float, default=1e-2)
    parser.add_argument(
        "--tied", action="store_true", help="tie the decoder weights to the encoder"
    )
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    known, images = (
        data.read("tfds:mnist", split)[0].reshape(-1, 784) for split in ("train", "test")
    )
    pca = PCA(UNITS, svd_solver="full").fit(known)
    begun = time.perf_counter()
    model = train(known, arguments)
    seconds = time.perf_counter() - begun
    errors = [
        error(images, pca.inverse_transform(pca.transform(images))),
        error(images, model.predict(images, verbose=0)),
    ]
    angle = subspace_angles(pca.components_.T, columns(model)).max()
    print(f"squared error of PCA {errors[0]:.4f}, of the autoencoder {errors[1]:.4f}")
    print(
        f"ratio {errors[1] / errors[0]:.5f}, largest principal angle {angle:.4f}, {seconds:.0f} s"
    )


def train(known, arguments):
    """Returns the trained autoencoder."""
    keras.utils.set_random_seed(arguments.seed)
    model = models.autoencoder((784,), (UNITS,), output_activation=None, tied=arguments.tied)
    steps = arguments.epochs * (len(known) // arguments.batch_size)
    schedule = optimizers.warmup_cosine(arguments.learning_rate, steps)
    model.compile(keras.optimizers.Adam(schedule), "mse", steps_per_execution=11)
    options = {"batch_size": arguments.batch_size, "epochs": arguments.epochs, "verbose": 2}
    model.fit(known, known, **options)
    return model


def error(images, back):
    """Returns the mean squared error of the images, summed over pixels."""
    return float(np.square(images - back).sum(1).mean())


def columns(model):
    """Returns the columns of the decoder's linear map, `(784, UNITS)`."""
    _, decoder = models.split_autoencoder(model)
    zero = decoder(np.zeros((1, UNITS), "float32"))
    return (decoder(np.eye(UNITS, dtype="float32")) - zero).numpy().T


if __name__ == "__main__":
    main()
