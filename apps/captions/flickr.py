"""Reads a directory of images with captions in the formats of Flickr8k.

A caption file has a line per caption: `name.jpg#0<TAB>caption`, or, behind the header
`image,caption`, `name.jpg,caption`.
"""

import csv
import pathlib
import re
import warnings

import numpy as np
import tensorflow as tf

from keras_dl import pipelines
from keras_dl.application import UserError
from keras_dl.pipelines.image_files import ENDINGS

_SPLITS = {"train": slice(0, 80), "validation": slice(80, 90), "test": slice(90, 100)}  # percent


def read(directory, split, side):
    """Returns the images of a split, uint8 `(n, side, side, 3)`, and the captions of each.

    Raises:
        UserError: if there are no captions, or fewer than 10 images with captions.

    Warns:
        UserWarning: once, if a line is malformed, or an image is missing or damaged. They are left
            out.
    """
    root = pathlib.Path(directory)
    captions, faults = _captions(root)
    files = {path.name: path for path in _files(root, ENDINGS)}
    names = sorted(captions.keys() & files.keys())
    faults += [f"{name}, which is missing" for name in sorted(captions.keys() - files.keys())]
    if len(names) < 10:
        without = f" and without {faults[0]}" if faults else ""
        raise UserError(
            f"--data must contain at least 10 images with captions. Received {len(names)} in "
            f"{directory}{without}. Add images."
        )
    order = np.random.default_rng(0).permutation(len(names))
    ends = [len(names) * share // 100 for share in (_SPLITS[split].start, _SPLITS[split].stop)]
    images = {names[index]: _image(files[names[index]], side) for index in order[slice(*ends)]}
    faults += [
        f"{files[name]}, which is damaged" for name, image in images.items() if image is None
    ]
    if faults:
        warnings.warn(
            f"all captions must have whole images. Received {len(faults)} without, the first one "
            f"{faults[0]}. They are left out. Correct or delete them.",
            stacklevel=2,
        )
    images = {name: image for name, image in images.items() if image is not None}
    if not images:
        raise UserError(f"--data must contain valid images. Received {faults[-1]}. Replace them.")
    return np.stack([*images.values()]), [captions[name] for name in images]


def _files(root, endings):
    # Archives of macOS contain a file `._name` for each file.
    return [
        path
        for path in sorted(root.rglob("*"))
        if path.suffix.lower() in endings and not path.name.startswith(".")
    ]


def _captions(root):
    """Returns the captions of each image name, from the first caption file of the directory."""
    for path in _files(root, (".txt", ".csv", ".tsv")):
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
    """Returns the captions of each image name, and the lines without a name or caption."""
    captions, faults = {}, []
    for number, row in enumerate(rows, first):
        if len(row) < 2 or not row[1].strip():
            faults.append(f"{path}, line {number}, which is {row!r:.80}")
        else:
            captions.setdefault(row[0].strip(), []).append(",".join(row[1:]).strip())
    return captions, faults


def _image(path, side):
    """Returns an image, or None if it is damaged."""
    try:
        image = pipelines.decode_resized(path.read_bytes(), (side, side))
    except tf.errors.InvalidArgumentError:
        return None
    return tf.cast(tf.round(image), "uint8").numpy()
