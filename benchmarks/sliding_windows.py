"""Compares a sliding window with separate crops, for a classifier on all windows of a canvas.

    python benchmarks/sliding_windows.py [--canvas 128] [--window 32] [--batch 8]

The classifier is LeNet-5 with a stride of 4 pixels between windows. The peer crops all windows and
runs the compiled classifier on them in batches of 256. Both alternate; the first round is not
timed. Prints medians and quartiles, and the largest difference of the predictions.
"""

import argparse
import os
import pathlib
import platform
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

import keras
import numpy as np
import tensorflow as tf

from benchmarks.taking_turns import measure, spread
from keras_dl import models


def main():
    """Runs the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--canvas", type=int, default=128)
    parser.add_argument("--window", type=int, default=32)
    parser.add_argument("--batch", type=int, default=8, help="canvases per batch")
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    keras.utils.set_random_seed(0)
    classifier = models.lenet5((arguments.window, arguments.window, 1))
    sliding, windows = models.fully_convolutional(classifier)
    side, step = arguments.canvas, windows.stride[0]
    canvases = np.random.default_rng(0).uniform(0, 255, (arguments.batch, side, side, 1))
    canvases = tf.constant(canvases, "float32")
    rows, columns = windows.grid(side, side)

    @tf.function
    def cut_out(canvases):
        own = [1, arguments.window, arguments.window, 1]
        crops = tf.image.extract_patches(canvases, own, [1, step, step, 1], [1] * 4, "VALID")
        crops = tf.reshape(crops, (-1, arguments.window, arguments.window, 1))
        parts = tf.map_fn(
            classifier,
            tf.reshape(_filled(crops), (-1, 256, arguments.window, arguments.window, 1)),
            fn_output_signature=tf.TensorSpec((256, 10)),
        )
        predictions = tf.reshape(parts, (-1, 10))[: tf.shape(crops)[0]]
        return tf.reshape(predictions, (-1, rows, columns, 10))

    slide = tf.function(sliding)
    times = measure(
        {"cut out": lambda: cut_out(canvases).numpy(), "sliding": lambda: slide(canvases).numpy()},
        arguments.rounds,
    )
    ratio = np.array(times["cut out"]) / times["sliding"]
    print(
        f"keras {keras.__version__}, tensorflow {tf.__version__}, {platform.machine()}, {arguments}"
    )
    print(f"windows of a canvas: {rows} x {columns}, {step} pixels apart")
    for name, milliseconds in times.items():
        print(f"{name}, ms: {spread(milliseconds, '{:.2f}')}")
    print(f"speedup of sliding: {spread(ratio, '{:.1f}')}")
    difference = np.abs(cut_out(canvases) - slide(canvases)).max()
    print(f"largest difference of the predictions: {difference:.1e}")


def _filled(crops):
    """Pads the crops to full batches of 256."""
    return tf.pad(crops, [[0, -tf.shape(crops)[0] % 256], [0, 0], [0, 0], [0, 0]])


if __name__ == "__main__":
    main()
