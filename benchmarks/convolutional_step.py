"""Compares a training step of our ResNet-50 and VGG-16 with those of keras.applications.

    python benchmarks/convolutional_step.py [--batch 4] [--size 128] [--rounds 7]

A step is forward pass, backward pass and SGD update in one compiled function. Our models include
their preprocessing. Our model and the peer alternate; the first round is not timed. Prints medians
and quartiles of the milliseconds, and of the ratio in the same round.
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


def training_step(model, from_logits, pixels, labels):
    """Returns a function without arguments that runs one complete step of a model."""
    model.compile(
        keras.optimizers.SGD(1e-3),
        keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits),
        jit_compile=False,
    )
    return lambda: model.train_on_batch(pixels, labels)


def spread(values, form):
    """Returns "median (lower quartile-upper quartile)"."""
    lower, median, upper = (form.format(v) for v in np.quantile(values, (0.25, 0.5, 0.75)))
    return f"{median} ({lower}-{upper})"


def main():
    """Runs the comparisons."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    print(
        f"keras {keras.__version__}, tensorflow {tf.__version__}, {platform.machine()}, {arguments}"
    )
    shape = (arguments.size, arguments.size, 3)
    random = np.random.default_rng(0)
    pixels = tf.constant(random.uniform(0, 255, (arguments.batch, *shape)), "float32")
    labels = tf.constant(random.integers(0, 100, arguments.batch))
    pairs = {
        "resnet(50)": (models.resnet, keras.applications.ResNet50),
        "vgg16": (models.vgg16, keras.applications.VGG16),
    }
    for name, (build, peer) in pairs.items():
        ours = build(input_shape=shape, num_classes=100)
        theirs = peer(weights=None, input_shape=shape, classes=100)
        steps = [
            training_step(ours, True, pixels, labels),
            training_step(theirs, False, pixels / 255, labels),
        ]
        times = [[], []]
        for number in range(arguments.rounds + 1):
            for index, step in enumerate(steps):
                started = time.perf_counter()
                step()
                if number:
                    times[index].append(1e3 * (time.perf_counter() - started))
        ratio = np.array(times[0]) / times[1]
        print(
            f"{name}: {spread(times[0], '{:.0f}')} ms, keras.applications "
            f"{spread(times[1], '{:.0f}')} ms, ratio {spread(ratio, '{:.2f}')}"
        )


if __name__ == "__main__":
    main()
