"""Measures how often the digits model sees a digit where there is none.

    python benchmarks/images_without_digits.py [--model saved_models/digits] [--photographs DIR]

Letters are drawn in eight fonts; those that may be digits (O, I, l, S, Z, B, b, g, q) are left out.
Photographs are the ninths of the images of DIR and of the two images of scikit-learn. Prints the
percentage with a probability of a digit above .5, and of those in which `predict` finds a digit.
"""

import argparse
import io
import os
import pathlib
import string
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

import numpy as np
import PIL.Image
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from sklearn.datasets import load_sample_images

from apps.digits import report
from keras_dl import export

SHIPPED = pathlib.Path(__file__).parents[1] / "saved_models" / "digits"
FONTS = ("DejaVu Sans", "DejaVu Serif", "DejaVu Sans Mono", "STIXGeneral")
LIKE_DIGITS = "OoIlSsZzBbgq"
LONGEST = 640  # pixels of a photograph


def main():
    """Measures letters and photographs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default=SHIPPED)
    parser.add_argument("--photographs", type=pathlib.Path)
    arguments = parser.parse_args()
    served = export.load(arguments.model)
    for name, images in (
        ("letters", letters()),
        ("photographs", photographs(arguments.photographs)),
    ):
        encoded = [png(image) for image in images]
        alone = report.ask(served, encoded)["probabilities"].max(1) > 0.5
        found = [bool(report.read_digits(served, each)["digits"]) for each in encoded]
        print(
            f"{name:12} {len(images):4}  one digit {100 * alone.mean():5.1f}%, "
            f"any digit {100 * np.mean(found):5.1f}%",
            flush=True,
        )


def letters():
    """Draws each letter in each font."""
    return [
        letter(text, family, weight)
        for family in FONTS
        for weight in ("normal", "bold")
        for text in string.ascii_letters
        if text not in LIKE_DIGITS
    ]


def letter(text, family, weight):
    """Draws a letter, uint8 `(96, 96, 3)`."""
    figure = Figure(figsize=(1, 1), dpi=96)
    canvas = FigureCanvasAgg(figure)
    figure.text(0.2, 0.3, text, family=family, weight=weight, size=42)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3]


def photographs(directory):
    """Returns the ninths of all photographs."""
    images = [PIL.Image.fromarray(image) for image in load_sample_images().images]
    for path in sorted(directory.iterdir()) if directory else ():
        if path.suffix in (".jpg", ".png"):
            images.append(PIL.Image.open(path).convert("RGB"))
    parts = []
    for image in images:
        image.thumbnail((LONGEST, LONGEST))
        for rows in np.array_split(np.asarray(image), 3):
            parts += np.array_split(rows, 3, axis=1)
    return parts


def png(image):
    """Returns the bytes of a PNG file."""
    file = io.BytesIO()
    PIL.Image.fromarray(image).save(file, "png")
    return file.getvalue()


if __name__ == "__main__":
    main()
