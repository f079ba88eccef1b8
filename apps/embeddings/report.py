"""Metrics and plots of word vectors."""

import functools
import pathlib
import tempfile

from apps.embeddings.synthetic.corpus import CAPITALS, FAMILY, questions
from keras_dl import embeddings, export, plots
from keras_dl.application import Metric, Report, user_error

_SHOWN = 150  # words of the map


def word_vectors(served):
    """Returns the `WordVectors` of a SavedModel."""
    words, found = export.read_vocabulary(served)
    return embeddings.WordVectors(words, found["vector"])


@functools.lru_cache(maxsize=1)
def loaded_vectors(path):
    """Returns the `WordVectors` in a file."""
    with user_error("--vectors"):
        return embeddings.WordVectors.load(path)


def measure(served, config):
    """Returns the report of a SavedModel."""
    vectors = word_vectors(served)
    with tempfile.TemporaryDirectory() as directory, user_error("--tasks"):
        pathlib.Path(directory, "questions-words.txt").write_text(questions(), "utf-8")
        scores = embeddings.task_scores(config.tasks or directory, vectors)
    known = [word for word in _words_of(FAMILY + CAPITALS) if word in vectors]
    maps = {
        "words_by_tsne": ([*dict.fromkeys([*known, *vectors.words[:_SHOWN]])], "t-SNE"),
        "words_by_pca": ([word for word in _words_of(FAMILY) if word in vectors], "PCA"),
    }
    return Report(
        [
            Metric("words", len(vectors)),
            Metric("units", vectors.vectors.shape[1]),
            *(Metric(key, value, label) for key, label, (value,) in scores),
        ],
        {
            name: plots.word_map(
                words, vectors.unit[vectors.numbers(words)], method, seed=config.seed
            )
            for name, (words, method) in maps.items()
            if len(words) > 2
        },
    )


def _words_of(table):
    return table.replace("|", " ").split()
