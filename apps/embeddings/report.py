"""Metrics and plots of word vectors, and the nearest words of a word or a sum."""

import pathlib
import re
import tempfile

from apps.embeddings.synthetic.corpus import CAPITALS, FAMILY, questions
from keras_dl import embeddings, export, plots
from keras_dl.application import Metric, Report, user_error

_SHOWN = 150  # words of the map
_NEAREST = 5
_TERM = re.compile(r"\s*([+-]?)\s*([^\s+]+)")


def word_vectors(served):
    """Returns the `WordVectors` of a SavedModel."""
    words, found = export.read_vocabulary(served)
    return embeddings.WordVectors(words, found["vector"])


def nearest(vectors, text):
    """Returns the record of a word or a sum of words: its nearest words, or an error."""
    terms = _TERM.findall(text.lower())
    positive = [word for sign, word in terms if sign != "-"]
    if not positive:
        return {"error": "enter a word, or words separated by + or -"}
    try:
        negative = [word for sign, word in terms if sign == "-"]
        return {"nearest": vectors.most_similar(positive, negative, k=_NEAREST)}
    except ValueError as error:
        return {"error": str(error).removeprefix("WordVectors: ")}


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
    return re.findall(r"\w+", table)
