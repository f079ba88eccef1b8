"""Compares a denoising autoencoder with PCA and a median filter on MNIST.

    python benchmarks/denoising_autoencoder.py [--epochs 30]

Normal noise with a standard deviation of .5 is added to the test images, without clipping. The
number of principal components and the width of the median filter are chosen on the validation
split. PSNR in decibels is -10 log10 of the mean squared error of an image with pixels from 0 to 1,
averaged over the images.
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
import scipy.ndimage
from sklearn.decomposition import PCA

from apps.generate import data
from keras_dl import models, optimizers

DEVIATION = 0.5
COMPONENTS = (20, 30, 40, 50, 60, 80, 100)
WIDTHS = (2, 3, 4, 5, 7)


def main():
    """Trains, denoises with all methods and prints the gains."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--units", type=int, nargs="+", default=[1000, 1000])
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    known, held_out, images = (
        data.read("tfds:mnist", split)[0] for split in ("train", "validation", "test")
    )
    random = np.random.default_rng(arguments.seed)
    noisy = {"validation": noised(held_out, random), "test": noised(images, random)}
    model, seconds = train(known, arguments)
    ways = {"autoencoder": model.predict(noisy["test"], verbose=0)}
    for name, choices in (("PCA", by_components(known)), ("median filter", by_medians())):
        best = max(choices, key=lambda size: psnr(choices[size](noisy["validation"]), held_out))
        ways[f"{name}, {best}"] = choices[best](noisy["test"])
    before = psnr(noisy["test"], images)
    print(f"{'noisy':20} {before:6.2f} dB")
    for name, found in ways.items():
        after = psnr(found, images)
        print(f"{name:20} {after:6.2f} dB, gain {after - before:5.2f}")
    print(f"{seconds:.0f} s of training, {model.count_params():,} weights")


def train(known, arguments):
    """Returns the trained autoencoder and the seconds of training."""
    keras.utils.set_random_seed(arguments.seed)
    model = models.autoencoder(
        (28, 28, 1), arguments.units, activation="relu", noise_stddev=DEVIATION
    )
    steps = arguments.epochs * (len(known) // 128)
    model.compile(keras.optimizers.Adam(optimizers.warmup_cosine(1e-3, steps)), "mse")
    begun = time.perf_counter()
    model.fit(known, known, batch_size=128, epochs=arguments.epochs, verbose=2)
    return model, time.perf_counter() - begun


def noised(images, random):
    """Returns images with added noise."""
    return images + random.normal(0, DEVIATION, images.shape).astype("float32")


def by_components(known):
    """Returns functions that project on principal components, by their number."""
    pca = PCA(max(COMPONENTS)).fit(known.reshape(len(known), -1))

    def keep(number):
        axes = pca.components_[:number]

        def project(images):
            apart = images.reshape(len(images), -1) - pca.mean_
            return (pca.mean_ + apart @ axes.T @ axes).reshape(images.shape)

        return project

    return {number: keep(number) for number in COMPONENTS}


def by_medians():
    """Returns median filters by their width in pixels."""

    def of(width):
        return lambda images: scipy.ndimage.median_filter(images, (1, width, width, 1))

    return {width: of(width) for width in WIDTHS}


def psnr(found, images):
    """Returns the mean PSNR in decibels, after clipping to 0 to 1."""
    errors = np.square(np.clip(found, 0, 1) - images).reshape(len(images), -1).mean(1)
    return float(-10 * np.log10(errors).mean())


if __name__ == "__main__":
    main()
