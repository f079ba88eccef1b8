"""Words near others, and near sums of words."""

import re

from apps.embeddings.report import word_vectors
from apps.terminal import visible

_NEIGHBOURS = 5
_TERM = re.compile(r"\s*([+-]?)\s*([^\s+]+)")


def lines(saved_model, chunks, config):
    """Yields lists of lines: the words nearest to a word, or to a sum such as `a - b + c`."""
    vectors = word_vectors(saved_model)
    for texts in chunks:
        yield [
            "\t".join([visible(text), *_nearest(vectors, text.decode("utf-8", "replace"))])
            for text in texts
        ]


def _nearest(vectors, text):
    """Yields words and scores, or what is wrong with the question."""
    terms = _TERM.findall(text.lower())
    positive = [word for sign, word in terms if sign != "-"]
    negative = [word for sign, word in terms if sign == "-"]
    if not positive:
        return ["(give a word, or words with + and - between)"]
    try:
        found = vectors.most_similar(positive, negative, k=_NEIGHBOURS)
    except ValueError as error:
        return [f"({str(error).removeprefix('WordVectors: ')})"]
    return [part for word, score in found for part in (word, f"{score:.3f}")]
