"""What a classifier says of pictures: their features, and what it takes them for."""

import sys
import time

import numpy as np
import tensorflow as tf

from keras_dl import export

_AT_ONCE = 500
_SECONDS_BETWEEN_LINES = 30.0


class Classifier:
    """A SavedModel whose signature takes `image_bytes` and answers `features`.

    Args:
        path: str. Its folder; `saved_models/digits` is one.

    Raises:
        ValueError: if it does not answer so.
    """

    def __init__(self, path):
        signatures = export.load(path).signatures
        self._serve = signatures.get("serving_default")
        answers = self._serve.structured_outputs if self._serve else {}
        if "features" not in answers:
            raise ValueError(
                "--classifier must be a SavedModel that answers features of image_bytes. Received "
                f"{path}, which answers {sorted(answers)}. saved_models/digits is one."
            )

    def __call__(self, pictures):
        """Returns features `(n, units)` and probabilities `(n, classes)` or None.

        Args:
            pictures: uint8 `(n, height, width, channels)`.
        """
        found = in_parts(self._serve, image_bytes=to_png(pictures))
        return found["features"], found.get("probabilities")


def in_parts(signature, **inputs):
    """Calls a signature on some rows at a time; returns its answers as whole arrays."""
    count = len(next(iter(inputs.values())))
    parts, said = [], time.monotonic()
    for start in range(0, count, _AT_ONCE):
        some = {name: tf.constant(rows[start : start + _AT_ONCE]) for name, rows in inputs.items()}
        parts.append(signature(**some))
        if time.monotonic() - said > _SECONDS_BETWEEN_LINES:
            said = time.monotonic()
            print(f"{min(start + _AT_ONCE, count)} of {count} pictures", file=sys.stderr)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def to_png(pictures):
    """Returns the PNGs of uint8 pictures `(n, height, width, channels)`, bytes `(n,)`."""
    return np.array([tf.io.encode_png(picture).numpy() for picture in pictures], dtype=object)


def to_bytes(pictures):
    """Returns pictures from 0 to 1 as uint8."""
    return np.round(255 * pictures).astype("uint8")
