"""How good word vectors are: analogies, people's judgement, neighbours, pictures."""

import pathlib
import re
import tempfile

import numpy as np
import tensorflow as tf

from apps.embeddings.generated import CAPITALS, FAMILY, questions
from keras_dl import embeddings
from keras_dl import plots as drawing

_AT_ONCE = 10_000
_SHOWN = 150  # words of the map


def word_vectors(saved_model):
    """Returns the `WordVectors` that a SavedModel holds."""
    words, parts = [], []
    for start in range(0, 2**31 - _AT_ONCE, _AT_ONCE):
        rows = tf.range(start, start + _AT_ONCE)
        found = saved_model.signatures["vocabulary"](row=rows)
        some = [word.decode() for word in found["word"].numpy() if word]
        words += some
        parts.append(found["vector"].numpy()[: len(some)])
        if len(some) < _AT_ONCE:
            return embeddings.WordVectors(words, np.concatenate(parts))
    raise ValueError("The SavedModel must end its vocabulary with an empty word. It has none.")


def figures(saved_model, config):
    """Returns figures as a dict from what is measured to its value."""
    vectors = word_vectors(saved_model)
    report = {"words": len(vectors), "units": vectors.vectors.shape[1]}
    with tempfile.TemporaryDirectory() as folder:
        tasks = pathlib.Path(config.tasks or folder)
        if not config.tasks:
            (tasks / "questions-words.txt").write_text(questions(), "utf-8")
        files = sorted(tasks.glob("*.txt"))
        if not files:
            raise FileNotFoundError(
                f"--tasks must be a folder with *.txt. Received {config.tasks}, which has none."
            )
        for file in files:
            if file.name == "questions-words.txt":
                report |= _analogies(vectors.analogy_accuracy(file))
            else:
                found = vectors.similarity_correlation(file)
                report[f"{file.stem}, {found.pairs} pairs, {found.left_out} left out"] = (
                    found.correlation
                )
    return report


def _analogies(found):
    report = {
        f"analogies, {name}": right / answered
        for name, (right, answered, _) in found.sections.items()
        if answered
    }
    report["analogies that can be answered"] = found.answered
    report["analogies left out for want of a word"] = found.left_out
    if found.answered:
        report["analogies"] = found.accuracy()
    return report


def pictures(saved_model, config):
    """Returns matplotlib figures by name."""
    vectors = word_vectors(saved_model)
    words = [*dict.fromkeys([*_known(vectors, FAMILY + CAPITALS), *vectors.words[:_SHOWN]])]
    maps = {"words_by_tsne": (words, "t-SNE"), "words_by_pca": (_known(vectors, FAMILY), "PCA")}
    return {
        name: drawing.word_map(
            words, vectors.unit[vectors.numbers(words)], method, seed=config.seed
        )
        for name, (words, method) in maps.items()
        if len(words) > 2
    }


def _known(vectors, table):
    return [word for word in re.findall(r"\w+", table) if word in vectors]
