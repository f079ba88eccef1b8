"""Reads word vectors and word roles from a SavedModel."""

import dataclasses

import numpy as np

from keras_dl import embeddings, export, plots

_NEAREST = 5
_SHOWN = 12  # words of a plot, apart from the given word
_ENDS = ("he", "she")


@dataclasses.dataclass(frozen=True)
class Saved:
    """Vectors after debiasing, and the earlier position, the role and the set of each word."""

    vectors: embeddings.WordVectors
    direction: np.ndarray
    position_before: np.ndarray
    role: np.ndarray
    set: np.ndarray

    @property
    def position(self):
        """Position of each word on the axis after debiasing, float64 `(words,)`."""
        return self.vectors.unit.astype("float64") @ self.direction

    def words_that_are(self, role):
        """Returns the words that have a given role."""
        return [self.vectors.words[row] for row in np.flatnonzero(self.role == role)]

    def equalized(self):
        """Returns the equalized sets, each as an array of word indices."""
        return [np.flatnonzero(self.set == number) for number in range(self.set.max() + 1)]

    def record(self, text):
        """Returns the record of a word: its positions and nearest words, or an error."""
        word = self.vectors.spelling(text.strip())
        try:
            row = self.vectors.number(word)
        except ValueError as error:
            return {"error": str(error).removeprefix("WordVectors: ")}
        return {
            "position_before": float(self.position_before[row]),
            "position": float(self.vectors.unit[row].astype("float64") @ self.direction),
            "nearest": self.vectors.most_similar(word, k=_NEAREST),
        }

    def axis_plot(self, text):
        """Plots a word, the words nearest to it and the ends of the axis, before and after."""
        word = self.vectors.spelling(text.strip())
        near = [name for name, _ in self.vectors.most_similar(word, k=_SHOWN)]
        words = [*dict.fromkeys([word, *near, *(end for end in _ENDS if end in self.vectors)])]
        rows = self.vectors.numbers(words)
        title = f"{word} and its nearest words: circles before debiasing, dots after"
        return plots.word_axis(
            words,
            np.clip(self.position[rows], -1, 1),
            _ENDS,
            title,
            np.clip(self.position_before[rows], -1, 1),
        )


def read(served):
    """Returns the contents of a SavedModel as a `Saved`."""
    words, found = export.read_vocabulary(served)
    return Saved(
        vectors=embeddings.WordVectors(words, found["vector"]),
        direction=found["direction"].astype("float64"),
        position_before=found["position_before"],
        role=found["role"].astype("U"),
        set=found["set"],
    )
