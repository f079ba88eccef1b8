"""Reads and writes word vectors in the formats of word2vec (text, binary), GloVe and fastText."""

import codecs
import contextlib
import gzip
import mmap
import os
import pathlib
import warnings
import zlib
from collections.abc import Sequence
from typing import IO, Literal

import numpy as np

from keras_dl.pipelines.text_files import line_error

FORMATS = ("text", "binary", "glove")
_AT_ONCE = 5000  # lines
_SAMPLE = 4000  # bytes after a header, used to distinguish text from binary
_TEXT_CONTROLS = frozenset("\t\n\r\f\v")
_GZIP = b"\x1f\x8b"
# What some files begin with that are not vectors, and how to convert them.
_OTHER_FILES = {
    b"PK\x03\x04": ("a zip archive", "Unpack it first."),
    codecs.BOM_UTF16_LE: ("UTF-16", "Save the file as UTF-8."),
    codecs.BOM_UTF16_BE: ("UTF-16", "Save the file as UTF-8."),
    (793712314).to_bytes(4, "little"): ("a fastText model", "Use its .vec file."),
}
_NOT_WHOLE = (EOFError, zlib.error, gzip.BadGzipFile)
_SEPARATORS = frozenset(" \t\n\r\f\v\x1c\x1d\x1e\x1f\x85\xa0\u2028\u2029")


def read(
    path: str | os.PathLike[str], errors: Literal["strict", "replace", "ignore"] = "strict"
) -> tuple[list[str], np.ndarray]:
    """Reads words and vectors, and detects the format of the file.

    A byte order mark, `\\r\\n`, tabs and several spaces between numbers are accepted, and so are
    spaces in words.

    Args:
        path: str or path. A file in gzip format, or whose name ends in `.gz`, is decompressed.
        errors: what to do with words that are not UTF-8, as in `bytes.decode`.

    Returns:
        tuple of a list of words and their vectors, float32 `(words, units)`. If a word occurs more
        than once, its first vector is used.

    Raises:
        ValueError: if lines differ in their number of columns, a value is not finite, or the file
            is incomplete or not UTF-8. The message names the file and the line (in a binary file,
            the index of the word).
        OSError: if the file cannot be read.
    """
    path = pathlib.Path(path)
    try:
        with _open(path) as file:
            line = file.readline()
            _check_start(path, line)
            mark = len(codecs.BOM_UTF8) if line.startswith(codecs.BOM_UTF8) else 0
            header = _header(line[mark:])
            binary = header and not _is_text(file.read(_SAMPLE))
            file.seek(mark)
            words, vectors = (_read_binary if binary else _read_text)(path, file, header, errors)
    except _NOT_WHOLE as error:
        raise line_error(
            path,
            _line_reached(path),
            "the file must be complete gzip data",
            str(error),
            "Download the file again.",
        ) from error
    if not words:
        raise ValueError(f"{path} must contain word vectors. Received none. Use another file.")
    return _distinct(words, vectors)


def _open(path):
    with path.open("rb") as file:
        compressed = path.suffix == ".gz" or file.read(2) == _GZIP
    return (gzip.open if compressed else open)(path, "rb")


def _check_start(path, line):
    for start, (kind, remedy) in _OTHER_FILES.items():
        if line.startswith(start):
            raise ValueError(f"{path} must be a file of word vectors. Received {kind}. {remedy}")
    if b"\r" in line.rstrip():
        raise line_error(
            path, 1, "lines must end in a line feed", "a carriage return", "Convert the line ends."
        )


def _line_reached(path):
    """Returns the line at which a compressed file ends early."""
    number = 1
    with _open(path) as file, contextlib.suppress(*_NOT_WHOLE):
        for _ in file:
            number += 1
    return number


def _header(line):
    """Returns the numbers of words and units in a word2vec header, or None."""
    parts = line.split()
    return tuple(map(int, parts)) if len(parts) == 2 and b"".join(parts).isdigit() else None


def _is_text(sample):
    """Whether text follows the first word; many bytes of binary values are not text."""
    text = sample.partition(b" ")[2].decode("utf-8", "replace")
    wrong = sum(c == "\ufffd" or (c < " " and c not in _TEXT_CONTROLS) for c in text)
    return wrong <= 0.1 * len(text)


def _distinct(words, vectors):
    if len(set(words)) == len(words):
        return words, vectors
    indices = {}
    for index, word in enumerate(words):
        indices.setdefault(word, index)
    return list(indices), vectors[list(indices.values())]


def _read_text(path, file, header, errors):
    number = 0
    if header:
        file.readline()
        number = 1
    units = header[1] if header else None
    words, parts = [], []
    for lines in _chunks(file):
        units = max(0, len(lines[0].split()) - 1) if units is None else units
        some, vectors = _quickly(lines, units) or _line_by_line(path, number, lines, units, errors)
        words += some
        parts.append(vectors)
        number += len(lines)
    if header and len(words) != header[0]:
        rule = f"the file must contain {header[0]} words, as line 1 says"
        raise line_error(path, number, rule, f"{len(words)} words", "Download the file again.")
    return words, np.concatenate(parts) if parts else np.zeros((0, 0), "float32")


def _chunks(file):
    """Yields lists of lines, without blank lines at the end of the file."""
    blank = []
    while lines := file.readlines(_AT_ONCE * 1000):
        lines = blank + lines
        end = len(lines)
        while end and not lines[end - 1].strip():
            end -= 1
        lines, blank = lines[:end], lines[end:]
        if lines:
            yield lines


def _quickly(lines, units):
    """Parses words and vectors of lines in one call, or returns None if a line is unusual."""
    pairs = [line.partition(b" ") for line in lines]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", DeprecationWarning)
            numbers = np.fromstring(b" ".join(rest for _, _, rest in pairs), "float32", sep=" ")
        words = [word.decode() for word, _, _ in pairs]
    except (DeprecationWarning, ValueError):
        return None
    right = all(rest.count(b" ") + 1 - rest.endswith(b" \n") == units for _, _, rest in pairs)
    if not right or not all(words) or len(numbers) != units * len(words):
        return None
    return (words, numbers.reshape(-1, units)) if np.isfinite(numbers).all() else None


def _line_by_line(path, number, lines, units, errors):
    words, vectors = [], np.zeros((len(lines), units), "float32")
    for index, line in enumerate(lines):
        word, *numbers = line.rstrip().rsplit(None, units) or [b""]
        try:
            words.append(word.decode("utf-8", errors))
            vectors[index] = np.array(numbers, "float32")
            wrong = not units or not np.isfinite(vectors[index]).all() or _holds_number(word)
        except ValueError:
            wrong = True
        if wrong or not word or len(numbers) != units:
            first = number + index == 0
            raise line_error(
                path,
                number + index + 1,
                f"each line must be a word and {units or 'its'} finite numbers, in UTF-8",
                repr(line[:60].rstrip().decode("utf-8", "backslashreplace")),
                "Use a file in word2vec, GloVe or fastText format"
                + (", whose header, if any, has two numbers: words and units." if first else "."),
            )
    return words, vectors


def _holds_number(word):
    """Whether a number follows a space in the word, so that the line has too many values.

    Other words with spaces are valid: GloVe's largest file has some.
    """
    try:
        return bool(np.array(word.split(b" ")[1:], "float32").size)
    except ValueError:
        return False


def _read_binary(path, file, header, errors):
    file.readline()
    if isinstance(file, gzip.GzipFile):
        return _words_and_numbers(path, file.read(), 0, *header, errors)
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return _words_and_numbers(path, data, file.tell(), *header, errors)


def _words_and_numbers(path, data, at, count, units, errors):
    """Parses words and vectors from bytes or a memory map, starting at offset `at`."""
    rule = f"the file must contain {count} words with {units} values each, as line 1 says"
    remedy = "Download the file again."
    if len(data) - at < count * (2 + 4 * units):  # before memory is allocated
        raise line_error(path, 1, rule, f"{len(data) - at} bytes", remedy)
    words, vectors = [], np.zeros((count, units), "float32")
    for index in range(count):
        space = data.find(b" ", at)
        end = space + 1 + 4 * units
        if space < 0 or end > len(data):
            raise ValueError(f"{path}, word {index + 1}: {rule}. Received {index} words. {remedy}")
        word = data[at:space].lstrip(b"\n")
        vectors[index] = np.frombuffer(data[space + 1 : end], "<f4")
        try:
            words.append(word.decode("utf-8", errors))
        except UnicodeDecodeError:
            words.append("")
        if not words[-1] or not np.isfinite(vectors[index]).all():
            raise ValueError(
                f"{path}, word {index + 1}: each entry must be a word in UTF-8 followed by finite "
                f"values. Received the word {word[:60]!r}. Use a file in word2vec format."
            )
        at = end
    return words, vectors


def write(
    file: IO[bytes] | gzip.GzipFile,
    words: Sequence[str],
    vectors: np.ndarray,
    style: Literal["text", "binary", "glove"],
) -> None:
    """Writes words and vectors; text formats have enough digits to restore all float32 values.

    Args:
        file: binary file, open for writing.
        words: list of str.
        vectors: float32 `(words, units)`.
        style: one of `FORMATS`.

    Raises:
        ValueError: if a word is empty or contains a space, or `style` is unknown.
    """
    if style not in FORMATS:
        raise ValueError(
            f"save: format must be one of {', '.join(FORMATS)}. Received format {style!r}. Choose "
            "one of them."
        )
    for word in words:
        if not word or _SEPARATORS & set(word):
            raise ValueError(
                f"save: words must not be empty or contain spaces. Received {word!r}. Replace "
                "spaces with underscores."
            )
    if style != "glove":
        file.write(f"{len(words)} {vectors.shape[1]}\n".encode())
    for word, vector in zip(words, vectors, strict=True):
        if style == "binary":
            file.write(word.encode() + b" " + vector.astype("<f4").tobytes() + b"\n")
        else:
            file.write(f"{word} {' '.join(vector.astype('U16').tolist())}\n".encode())
