"""Pictures made for a user, and the user's own pictures as the model sees them."""

import os
import pathlib
from itertools import count

import numpy as np
import tensorflow as tf

from apps.generate.judging import to_png
from apps.terminal import visible
from keras_dl import pipelines, training

_SIDE = 112  # of a picture that is written, pixels at least


def lines(saved_model, inputs, config):
    """Yields lists of lines: the input, what was found, and the picture that was written.

    A whole number is a seed: a picture is made of it. Anything else is the path of a picture: its
    code and what the model gives back of it, or how real the discriminator holds it. What is
    neither gets a line that says so.
    """
    names = _Names()
    for some in inputs:
        yield [_line(saved_model, os.fsdecode(given).strip(), config, names) for given in some]


class _Names:
    """Names for what is written, one for each path, though folders have files of one name."""

    def __init__(self):
        self._names = {}

    def of(self, path):
        """Returns the name of the file without its ending, with a number if it was taken."""
        path = pathlib.Path(path)
        if path not in self._names:
            names = (f"{path.stem}_{number}" if number > 1 else path.stem for number in count(1))
            taken = set(self._names.values())
            self._names[path] = next(name for name in names if name not in taken)
        return self._names[path]


def _line(saved_model, given, config, names):
    if given.isascii() and given.isdigit():
        if len(given) > 19 or int(given) >= 2**63:
            return f"{given}\terror: a seed must be below 2**63"
        answer = saved_model.signatures["serving_default"](seed=tf.constant([int(given)], "int64"))
        return f"{given}\t{_written(answer['pictures'][0], f'seed_{given}', config)}"
    try:
        encoded = pathlib.Path(given).read_bytes()
        pipelines.decode_picture(encoded)
    except (OSError, ValueError, tf.errors.InvalidArgumentError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no whole picture"
        return f"{visible(given)}\terror: {visible(reason or str(error))}"
    return f"{visible(given)}\t{_seen(saved_model, encoded, names.of(given), config)}"


def _seen(saved_model, encoded, stem, config):
    signatures, encoded = saved_model.signatures, tf.constant([encoded])
    if "judge" in signatures:
        return f"real {float(signatures['judge'](image_bytes=encoded)['real'][0]):.3f}"
    answer = signatures["encode"](image_bytes=encoded)
    code = " ".join(f"{value:.2f}" for value in answer["code"].numpy()[0])
    return f"{_written(answer['reconstruction'][0], f'{stem}_given_back', config)}\t{code}"


def _written(picture, name, config):
    """Writes a picture, its pixels enlarged to squares, and returns its path."""
    folder = pathlib.Path(config.pictures or pathlib.Path(config.run or "runs/generate", "made"))
    folder.mkdir(parents=True, exist_ok=True)
    picture = picture.numpy()
    times = max(1, -(-_SIDE // min(picture.shape[:2])))
    large = np.repeat(np.repeat(picture, times, 0), times, 1)
    with training.write_atomically(folder / f"{name}.png") as file:
        file.write(to_png(large[None])[0])
    return folder / f"{name}.png"
