"""Measures the digits model on the 8 x 8 digits of scikit-learn, enlarged to several sizes.

    python benchmarks/small_digits.py [--model saved_models/digits] [--sides 20 28 64]

The ink of these 1,797 digits touches the edges of the image, unlike in MNIST. Prints the error in
percent for each size and method of enlargement, and the percentage of wrong digits with a
probability above .5.
"""

import argparse
import io
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

import numpy as np
import PIL.Image
from sklearn.datasets import load_digits

from keras_dl import export

SHIPPED = pathlib.Path(__file__).parents[1] / "saved_models" / "digits"
METHODS = {"nearest": 0, "bilinear": 2, "bicubic": 3}


def main():
    """Measures each size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default=SHIPPED)
    parser.add_argument("--sides", type=int, nargs="+", default=[20, 28, 64])
    arguments = parser.parse_args()
    signature = export.load(arguments.model).signatures["serving_default"]
    digits = load_digits()
    images = np.round(255 / 16 * digits.images).astype("uint8")
    for side in arguments.sides:
        for name, method in METHODS.items():
            encoded = [png(image, side, method) for image in images]
            found = export.call_in_batches(signature, {"image_bytes": encoded}, batch_size=500)
            wrong = found["probabilities"].argmax(1) != digits.target
            sure = found["probabilities"].max(1) > 0.5
            print(
                f"{side} px, {name:8}  error {100 * wrong.mean():5.2f}%, with a probability above "
                f".5 {100 * (wrong & sure).mean():5.2f}%",
                flush=True,
            )


def png(image, side, method):
    """Enlarges an image, and returns the bytes of a PNG file."""
    file = io.BytesIO()
    PIL.Image.fromarray(image).resize((side, side), method).save(file, "png")
    return file.getvalue()


if __name__ == "__main__":
    main()
