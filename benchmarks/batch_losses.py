"""Compares TripletLoss and NTXentLoss with pytorch-metric-learning, on random embeddings.

    python3 -m venv /tmp/peer
    /tmp/peer/bin/pip install torch pytorch-metric-learning
    python benchmarks/batch_losses.py --peer /tmp/peer/bin/python

Prints the largest difference of losses and of gradients, for each kind of mining and mean. All
kinds choose the same triplets. The names differ: `mean_of_nonzero` is AvgNonZeroReducer there, and
`mean` is MeanReducer. Mining is a separate object there: all triplets without one, BatchHardMiner,
and TripletMarginMiner with "semihard" and the margin of the loss. NT-Xent scales embeddings to
length 1 there, and not here, so the gradients are compared in the plane of the sphere.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

import numpy as np
import tensorflow as tf

from keras_dl.losses import NTXentLoss, TripletLoss

MARGIN, TEMPERATURE = 0.2, 0.07
BATCHES, CLASSES, IMAGES, UNITS = 20, 12, 4, 16
PEER = pathlib.Path(__file__).with_name("pml_losses.py")


def functions():
    """Returns the loss of each name."""
    found = {
        f"{mining} {reduction}": TripletLoss(MARGIN, mining, reduction)
        for mining in ("all", "hard", "semi_hard")
        for reduction in ("mean", "mean_of_nonzero")
    }
    return {**found, "nt_xent": NTXentLoss(TEMPERATURE)}


def main():
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", required=True, help="Python with pytorch-metric-learning")
    arguments = parser.parse_args()
    random = np.random.default_rng(0)
    labels = np.arange(CLASSES * IMAGES)[None] // IMAGES + np.zeros((BATCHES, 1), "int64")
    labels = random.permuted(labels, axis=1)
    means = random.normal(size=(BATCHES, CLASSES, UNITS))
    embeddings = np.take_along_axis(means, labels[..., None], 1)
    embeddings = embeddings + random.normal(size=embeddings.shape)
    embeddings /= np.linalg.norm(embeddings, axis=2, keepdims=True)
    embeddings = embeddings.astype("float32")
    with tempfile.TemporaryDirectory() as directory:
        given, found = (pathlib.Path(directory, f"{each}.npz") for each in ("given", "found"))
        np.savez(given, labels=labels, embeddings=embeddings)
        subprocess.run([arguments.peer, str(PEER), str(given), str(found)], check=True)
        theirs = dict(np.load(found))
    print(f"{'':28}{'loss, about':>14}{'difference':>14}{'of gradients':>14}")
    for name, loss in functions().items():
        rows = [compared(name, loss, theirs, batch, labels, embeddings) for batch in range(BATCHES)]
        value, *apart = np.mean(rows, 0)[0], *np.max(rows, 0)[1:]
        print(f"{name:28}{value:14.4f}{apart[0]:14.1e}{apart[1]:14.1e}")


def compared(name, loss, theirs, batch, labels, embeddings):
    """Returns the loss of a batch, and the largest differences of loss and gradient."""
    given = tf.constant(embeddings[batch])
    with tf.GradientTape() as tape:
        tape.watch(given)
        value = loss(labels[batch], given)
    gradient = tape.gradient(value, given).numpy()
    if name == "nt_xent":
        gradient -= (gradient * given.numpy()).sum(1, keepdims=True) * given.numpy()
    of_peer = (theirs[f"{name} {batch} {what}"] for what in ("loss", "gradient"))
    apart = [np.abs(x - y).max() for x, y in zip((value.numpy(), gradient), of_peer, strict=True)]
    return value.numpy(), *apart


if __name__ == "__main__":
    main()
