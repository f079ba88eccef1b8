"""What a SavedModel of this application holds, read back."""

import dataclasses

import numpy as np
import tensorflow as tf

from keras_dl import embeddings

_AT_ONCE = 10_000


@dataclasses.dataclass(frozen=True)
class Saved:
    """Vectors after, and of each word its place on the axis before, its role and its set."""

    vectors: embeddings.WordVectors
    direction: np.ndarray
    position_before: np.ndarray
    role: np.ndarray
    set: np.ndarray

    @property
    def position(self):
        """The place of each word on the axis now, float64 `(words,)`."""
        return self.vectors.unit.astype("float64") @ self.direction

    def words_that_are(self, *roles):
        """Returns the words with one of some roles."""
        return [self.vectors.words[row] for row in np.flatnonzero(np.isin(self.role, roles))]

    def equalized(self):
        """Returns the sets of words that were made equal, as lists of their rows."""
        return [np.flatnonzero(self.set == number) for number in range(self.set.max() + 1)]


def read(saved_model):
    """Returns what a SavedModel holds as a `Saved`."""
    parts = []
    for start in range(0, 2**31 - _AT_ONCE, _AT_ONCE):
        found = saved_model.signatures["vocabulary"](row=tf.range(start, start + _AT_ONCE))
        found = {name: value.numpy() for name, value in found.items()}
        direction = found.pop("direction").astype("float64")
        some = np.sum(found["word"] != b"")
        parts.append({name: value[:some] for name, value in found.items()})
        if some < _AT_ONCE:
            break
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    words = [word.decode() for word in whole["word"]]
    return Saved(
        vectors=embeddings.WordVectors(words, whole["vector"]),
        direction=direction,
        position_before=whole["position_before"],
        role=whole["role"].astype("U"),
        set=whole["set"],
    )
