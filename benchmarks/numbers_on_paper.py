"""Measures how many numbers the digits model reads completely, with digits close to each other.

    python benchmarks/numbers_on_paper.py [--model saved_models/digits] [--split test]

Written numbers have 2 to 6 digits of MNIST (`TFDS_DATA_DIR` names the directory of prepared data
sets), whose ink is 2 to 8 pixels apart. Printed ones are set in 16 fonts of Matplotlib, in two
sizes, with the font's distances or with more space between the digits. For each kind, prints the
percentage of numbers that are read completely, and of those that are not, although each digit
that was read has a probability above .9.
"""

import argparse
import io
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

import numpy as np
from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont

from apps.digits import data, report
from apps.digits.app import MeasureConfig
from keras_dl import export

SHIPPED = pathlib.Path(__file__).parents[1] / "saved_models" / "digits"
FAMILIES = "DejaVu Sans", "DejaVu Serif", "DejaVu Sans Mono", "STIXGeneral"
SPACES = 0.0, 0.1, 0.2, 0.5  # of the size of the font
PAPER = 20  # pixels around a number


def main():
    """Measures each kind of numbers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default=SHIPPED)
    parser.add_argument("--split", default="test", choices=("validation", "test"))
    parser.add_argument("--numbers", type=int, default=112, help="of each kind")
    arguments = parser.parse_args()
    served = export.load(arguments.model)
    images, labels = data.read(MeasureConfig(data="tfds:mnist"), arguments.split)
    random = np.random.default_rng(0)
    kinds = {"written": lambda: written(images, labels, random)}
    kinds |= {f"printed, space {each:.1f}": printed_with(each, random) for each in SPACES}
    for name, draw in kinds.items():
        numbers = [draw() for _ in range(arguments.numbers)]
        right, sure = np.mean([outcome(served, *number) for number in numbers], axis=0)
        print(f"{name:18} {100 * right:5.1f}% right, {100 * sure:5.1f}% wrong but sure", flush=True)


def outcome(served, image, digits):
    """Returns whether a number is read completely, and whether it is wrong but sure."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "png")
    found = report.read_digits(served, file.getvalue())
    right = found["digits"] == list(digits)
    sure = len(found["digits"]) > 0 and min(found["confidences"]) > 0.9
    return right, sure and not right


def written(images, labels, random):
    """Returns a number of handwritten digits, dark on light, and its digits."""
    rows = random.integers(len(labels), size=random.integers(2, 7))
    parts = [np.zeros((28, PAPER), "uint8")]
    for row in rows:
        ink = np.flatnonzero(images[row].max(0) > 100)
        gap = np.zeros((28, random.integers(2, 9)), "uint8")
        parts += [images[row][:, ink[0] : ink[-1] + 1], gap]
    line = np.pad(np.concatenate([*parts, parts[0]], 1), ((PAPER, PAPER), (0, 0)))
    return 255 - line, labels[rows]


def printed_with(space, random):
    """Returns the function that returns a printed number and its digits, with a space."""
    styles = [
        (family, weight, style)
        for family in FAMILIES
        for weight in ("normal", "bold")
        for style in ("normal", "italic")
    ]

    def printed():
        family, weight, style = styles[random.integers(len(styles))]
        path = font_manager.findfont(
            font_manager.FontProperties(family=family, weight=weight, style=style)
        )
        size = int(random.choice([20, 40]))
        font = ImageFont.truetype(path, size)
        digits = random.integers(0, 10, random.integers(2, 7))
        lefts = PAPER + np.cumsum([0, *(font.getlength(str(digit)) for digit in digits)])
        lefts += space * size * np.arange(len(lefts))
        image = Image.new("L", (int(lefts[-1]) + PAPER, 2 * size + PAPER), 255)
        for left, digit in zip(lefts, digits, strict=False):
            ImageDraw.Draw(image).text((int(left), PAPER), str(digit), font=font, fill=0)
        return np.array(image), digits

    return printed


if __name__ == "__main__":
    main()
