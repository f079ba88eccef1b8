"""Word vectors in text files, as word2vec and GloVe write them."""

import gzip
import pathlib
import zlib

import numpy as np

from keras_dl.pipelines.text_lines import line_error


def read_vectors(path):
    """Reads a word and its numbers from each line.

    A first line of two whole numbers alone is a header. Words are put into lower case; of several
    that are then equal the first counts.

    Args:
        path: str or path of a text file in UTF-8, or of a `.gz` of one.

    Returns:
        pair of a list of words and float32 `(words, units)`.

    Raises:
        ValueError: with file and line, if a line has another number of columns than the first,
            a number is not finite, or the file is not whole or not UTF-8.
        OSError: if the file cannot be read.
    """
    path = pathlib.Path(path)
    vectors, columns = {}, None
    for number, line in _lines(path):
        word, *values = line.rstrip().split(" ")
        if number == 1 and len(values) == 1 and (word + values[0]).isdigit():
            continue
        columns = columns or len(values)
        try:
            vector = np.array(values, "float32")
        except ValueError:
            vector = np.zeros(0)
        if not word or not columns or len(vector) != columns or not np.isfinite(vector).all():
            raise line_error(
                path,
                number,
                f"a word and {columns} finite numbers must stand on each line",
                repr(line[:60].rstrip()),
                "Give the text format of word2vec or GloVe.",
            )
        vectors.setdefault(word.lower(), vector)
    if not vectors:
        raise ValueError(f"{path} must hold word vectors. Received none. Give another file.")
    return list(vectors), np.stack(list(vectors.values()))


def _lines(path):
    number = 0
    try:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                yield number, line
    except (UnicodeDecodeError, EOFError, zlib.error) as error:
        raise line_error(
            path, number + 1, "the text must be whole and UTF-8", error, "Fetch the file again."
        ) from error


def write_vectors(file, words, vectors):
    """Writes word vectors in the text format of word2vec, with all digits of float32.

    Args:
        file: binary file, open for writing.
        words: list of words without spaces.
        vectors: float32 `(words, units)`.
    """
    file.write(f"{len(words)} {vectors.shape[1]}\n".encode())
    for word, vector in zip(words, vectors, strict=True):
        file.write(f"{word} {' '.join(f'{value:.9g}' for value in vector)}\n".encode())
