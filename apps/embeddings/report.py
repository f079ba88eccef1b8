"""Metrics and plots of word vectors."""

import functools
import itertools
import pathlib
import tempfile

from apps.embeddings.questions import nearest, terms
from apps.embeddings.synthetic.corpus import CAPITALS, FAMILY, questions
from keras_dl import embeddings, export, plots
from keras_dl.application import Metric, Report, user_error

_SHOWN = 150  # words of the map
_NEIGHBORS = 25  # words on the map of a question


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
    frequent = itertools.islice(filter(_is_content, vectors.words), _SHOWN)
    maps = {
        "words_by_tsne": ([*dict.fromkeys([*known, *frequent])], "t-SNE"),
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


def neighbors_plot(served, record):
    """Plots the words of a question and their nearest words on a map.

    Returns None if the record is not from the model, but from another file of vectors.
    """
    vectors = word_vectors(served)
    found = [word for word, _ in record["nearest"]]
    again = nearest(vectors, record["words"], len(found))
    if [word for word, _ in again.get("nearest", ())] != found:
        return None
    asked = [word for group in terms(vectors, record["words"]) for word in group]
    others = [word for word, _ in vectors.most_similar(asked, k=_NEIGHBORS)]
    words = [*dict.fromkeys([*asked, *found, *others])]
    return plots.word_map(
        words,
        vectors.unit[vectors.numbers(words)],
        "PCA",
        f"{' '.join(record['words'].split())} and near words, by PCA",
        size=6.0,
    )


def _is_content(word):
    """Returns whether a word is neither punctuation nor a stop word."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return len(word) > 2 and word.isalpha() and word.lower() not in ENGLISH_STOP_WORDS


def _words_of(table):
    return table.replace("|", " ").split()
