"""Answers for the pictures of a user: JSON in pixels, and the pictures with their boxes."""

import itertools
import json
import os
import pathlib

import numpy as np
import tensorflow as tf

from apps.terminal import visible
from keras_dl import pipelines, plots, training

_LARGEST = 2048  # pixels a side of a picture that is drawn: matplotlib wants many bytes for each


def lines(saved_model, inputs, config):
    """Yields lists of a path and JSON, separated by a tab; writes the pictures with their boxes.

    A file that is no picture gets a line that says so, and the others their answers.
    """
    folder = pathlib.Path(config.pictures)
    taken = set()
    for paths in inputs:
        yield [_line(saved_model, os.fsdecode(path), folder, taken, config) for path in paths]


def _line(saved_model, path, folder, taken, config):
    try:
        encoded = pathlib.Path(path).read_bytes()
        picture = pipelines.decode_picture(encoded).numpy()
    except (OSError, ValueError, tf.errors.InvalidArgumentError) as error:
        return f"{visible(path)}\t{json.dumps({'error': reason(error)})}"
    found = found_in(saved_model, encoded, config.threshold)
    written = _free(folder, pathlib.Path(path).stem, taken)
    folder.mkdir(parents=True, exist_ok=True)
    with training.write_atomically(written) as file:
        drawn(picture, found).savefig(file, format="png")
    objects = [
        {
            "class": label.decode(),
            "score": round(float(score), 2),
            "box": np.round(box).astype(int).tolist(),
        }
        for label, score, box in zip(found["labels"], found["scores"], found["boxes"], strict=True)
    ]
    answer = {
        "height": picture.shape[0],
        "width": picture.shape[1],
        "objects": objects,
        "picture": str(written),
    }
    return f"{visible(path)}\t{json.dumps(answer, ensure_ascii=False)}"


def _free(folder, stem, taken):
    """Returns a path that no other picture of this call has, and keeps it."""
    names = itertools.chain([stem], (f"{stem}_{number}" for number in itertools.count(2)))
    path = next(path for name in names if (path := folder / f"{name}.png") not in taken)
    taken.add(path)
    return path


def found_in(saved_model, encoded, threshold):
    """Returns what is found in one picture with at least that score, a dict of arrays."""
    found = saved_model.signatures["serving_default"](image_bytes=tf.constant([encoded]))
    return above({name: value.numpy()[0] for name, value in found.items()}, threshold)


def above(found, threshold):
    """Returns the boxes of one picture that have at least that score."""
    shown = (found["scores"] >= threshold) & (np.arange(len(found["scores"])) < found["valid"])
    return {name: found[name][shown] for name in ("boxes", "scores", "classes", "labels")}


def drawn(picture, found, truth=None):
    """Returns a picture with boxes in it, of at most 2,048 pixels a side."""
    step = -(-max(picture.shape) // _LARGEST)
    picture = picture[::step, ::step]
    names = dict(zip(found["classes"], found["labels"], strict=True))
    most = max(names, default=-1) + 1
    return plots.boxes_on_picture(
        picture,
        found["boxes"] / step,
        found["classes"],
        found["scores"],
        truth=None if truth is None else truth / step,
        classes=[names.get(each, b"").decode() for each in range(most)],
    )


def reason(error):
    """Returns why a file can't be read, in one line."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return "not a whole picture: " + str(error).split("[Op:")[0].split("}}")[-1].strip()[:100]
