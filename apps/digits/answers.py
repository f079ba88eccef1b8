"""Answers for the pictures of a user, a line each."""

import os
import pathlib

import numpy as np
import tensorflow as tf

from apps.terminal import visible
from keras_dl import pipelines


def lines(saved_model, inputs, config):
    """Yields lists of lines: path, digit, confidence.

    A picture that as a whole is no digit is searched for digits: its line has all of them, with
    their confidences and the frames around them. A file that is no picture gets a line that says
    so.
    """
    for paths in inputs:
        yield [_line(saved_model, os.fsdecode(path)) for path in paths]


def _line(saved_model, path):
    try:
        encoded = pathlib.Path(path).read_bytes()
        pipelines.decode_picture(encoded)
    except (OSError, ValueError, tf.errors.InvalidArgumentError) as error:
        return f"{visible(path)}\t\t{_reason(error)}"
    encoded = tf.constant([encoded])
    answer = saved_model.signatures["serving_default"](image_bytes=encoded)
    chance = answer["probabilities"].numpy()[0]
    if chance.max() > 0.5:
        return f"{visible(path)}\t{chance.argmax()}\t{chance.max():.3f}"
    return "\t".join([visible(path), *_found(saved_model, encoded)])


def _found(saved_model, encoded):
    """Returns digits, confidences and frames of a canvas, in the order in which one reads them."""
    found = saved_model.signatures["find"](image_bytes=encoded)
    found = {name: value.numpy()[0] for name, value in found.items()}
    if not found["valid"]:
        return "", "no digit"
    order = _as_read(found["boxes"][: found["valid"]])
    columns = [
        [f"{found['digits'][place]}" for place in order],
        [f"{found['scores'][place]:.3f}" for place in order],
        [",".join(f"{side:.0f}" for side in found["boxes"][place]) for place in order],
    ]
    return [" ".join(column) for column in columns]


def _as_read(frames):
    """Returns the order of frames: line by line, from the left to the right."""
    lines = []
    for place in np.argsort(frames[:, 0], kind="stable"):
        # A line goes on while the middle of its first frame is beside the next one.
        if not lines or frames[place, 0] > frames[lines[-1][0], [0, 2]].mean():
            lines.append([])
        lines[-1].append(place)
    return [place for line in lines for place in sorted(line, key=lambda place: frames[place, 1])]


def _reason(error):
    if isinstance(error, OSError):
        return visible(error.strerror or str(error))
    return "no whole picture"
