"""Words, where they lie on the gender axis, and what is near them."""

from apps.debias import data
from apps.debias.saved import read
from apps.terminal import visible

_NEIGHBOURS = 5


def lines(saved_model, chunks, config):
    """Yields lists of lines: a word, its place on the axis before and after, what is near it."""
    saved = read(saved_model)
    position = saved.position
    for texts in chunks:
        yield ["\t".join([visible(text), *_answer(saved, position, text)]) for text in texts]


def _answer(saved, position, text):
    word = data.spelled(saved.vectors, text.decode("utf-8", "replace").strip())
    try:
        row = saved.vectors.number(word)
    except ValueError as error:
        return [f"({str(error).removeprefix('WordVectors: ')})"]
    near = [other for other, _ in saved.vectors.most_similar(word, k=_NEIGHBOURS)]
    return [_signed(saved.position_before[row]), _signed(position[row]), " ".join(near)]


def _signed(value):
    return f"{round(float(value), 3) + 0.0:+.3f}"  # never -0.000
