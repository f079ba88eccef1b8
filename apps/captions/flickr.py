"""Reads a directory of images with captions in the formats of Flickr8k.

A caption file has a line per caption: `name.jpg#0<TAB>caption`, or, behind the header
`image,caption`, `name.jpg,caption`.
"""

import csv
import pathlib
import re

import numpy as np
import tensorflow as tf

from keras_dl import pipelines
from keras_dl.application import UserError
from keras_dl.pipelines.image_files import ENDINGS

_SPLITS = {"train": slice(0, 80), "validation": slice(80, 90), "test": slice(90, 100)}  # percent


def read(directory, split, side):
    """Returns the images of a split, uint8 `(n, side, side, 3)`, and the captions of each.

    Raises:
        UserError: if there are no captions, an image is missing or damaged, or a line is malformed.
    """
    root = pathlib.Path(directory)
    captions = _captions(root)
    files = {path.name: path for path in sorted(root.rglob("*")) if path.suffix.lower() in ENDINGS}
    names = sorted(captions)
    missing = [name for name in names if name not in files]
    if missing:
        raise UserError(
            f"--data must contain the images of all captions. Received {directory} without "
            f"{len(missing)} of {len(names)}, such as {missing[0]}. Add them or remove their lines."
        )
    if len(names) < 10:
        raise UserError(
            f"--data must contain at least 10 images with captions. Received {len(names)} in "
            f"{directory}. Add images."
        )
    order = np.random.default_rng(0).permutation(len(names))
    ends = [len(names) * share // 100 for share in (_SPLITS[split].start, _SPLITS[split].stop)]
    chosen = [names[index] for index in order[slice(*ends)]]
    images = np.stack([_image(files[name], side) for name in chosen])
    return images, [captions[name] for name in chosen]


def _captions(root):
    """Returns the captions of each image name, from the first caption file of the directory."""
    for path in sorted(root.rglob("*")):
        if path.suffix.lower() not in (".txt", ".csv", ".tsv"):
            continue
        lines = pipelines.read_lines(path)
        if lines and re.match(r"[^\t]+#\d+\t", lines[0]):
            return _grouped(path, (re.split(r"#\d+\t", line, maxsplit=1) for line in lines))
        if lines and lines[0].replace(" ", "").lower() == "image,caption":
            return _grouped(path, csv.reader(lines[1:]), first=2)
    raise UserError(
        f"--data must contain a file of captions, with lines 'name.jpg#0<TAB>caption' or a header "
        f"'image,caption'. Received {root} without one. Add it."
    )


def _grouped(path, rows, first=1):
    captions = {}
    for number, row in enumerate(rows, first):
        if len(row) < 2 or not row[1].strip():
            raise UserError(
                f"{path}, line {number}: a line must name an image and its caption. Received "
                f"{row!r:.80}. Complete or remove it."
            )
        captions.setdefault(row[0].strip(), []).append(",".join(row[1:]).strip())
    return captions


def _image(path, side):
    try:
        image = pipelines.decode_resized(path.read_bytes(), (side, side))
    except tf.errors.InvalidArgumentError as error:
        raise UserError(f"{path} must be an image. Received a damaged file. Remove it.") from error
    return tf.cast(tf.round(image), "uint8").numpy()
