"""Files of word vectors: the text and the binary format of word2vec, and GloVe's text."""

import gzip
import mmap
import pathlib
import warnings
import zlib

import numpy as np

from keras_dl.pipelines.text_lines import line_error

FORMATS = ("text", "binary", "glove")
_AT_ONCE = 5000  # lines
_SEPARATORS = frozenset(" \t\n\r\f\v\x1c\x1d\x1e\x1f\x85\xa0\u2028\u2029")


def read(path):
    """Reads words and vectors; which of the formats it is, the file tells.

    Args:
        path: str or path; a name that ends in `.gz` is one of the formats, compressed.

    Returns:
        pair of a list of words and float32 `(words, units)`. Of words that are equal the first
        counts.

    Raises:
        ValueError: with file and line (or word, in a binary file), if a line has another number of
            columns than the first, a number is not finite, or the file is not whole or not UTF-8.
        OSError: if the file cannot be read.
    """
    path = pathlib.Path(path)
    try:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
            first, second = file.readline(), file.readline()
            file.seek(0)
            header = _header(first)
            binary = header and not _is_text(second, header[1])
            words, parts = (_read_binary if binary else _read_text)(path, file, header)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise line_error(
            path, 1, "the file must be whole", error, "Fetch the file again."
        ) from error
    if not words:
        raise ValueError(f"{path} must hold word vectors. Received none. Give another file.")
    return _distinct(words, np.concatenate(parts))


def _header(line):
    """Returns the number of words and of units that a first line tells, or None."""
    parts = line.split()
    return tuple(map(int, parts)) if len(parts) == 2 and b"".join(parts).isdigit() else None


def _is_text(line, units):
    try:
        return len(np.array(line.split()[1:], "float32")) == units
    except ValueError:
        return False


def _distinct(words, vectors):
    if len(set(words)) == len(words):
        return words, vectors
    places = {}
    for place, word in enumerate(words):
        places.setdefault(word, place)
    return list(places), vectors[list(places.values())]


def _read_text(path, file, header):
    number = 0
    if header:
        file.readline()
        number = 1
    units = header[1] if header else None
    words, parts = [], []
    while lines := file.readlines(_AT_ONCE * 1000):
        units = units or len(lines[0].split()) - 1
        some, vectors = _quickly(lines, units) or _line_by_line(path, number, lines, units)
        words += some
        parts.append(vectors)
        number += len(lines)
    if header and len(words) != header[0]:
        rule = f"{header[0]} words must follow, as line 1 says"
        raise line_error(path, number, rule, f"{len(words)} words", "Fetch the file again.")
    return words, parts


def _quickly(lines, units):
    """Returns words and vectors of lines in one go, or None where a line needs a closer look."""
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


def _line_by_line(path, number, lines, units):
    words, vectors = [], np.zeros((len(lines), units), "float32")
    for place, line in enumerate(lines):
        word, *numbers = line.rstrip().rsplit(b" ", units)
        try:
            words.append(word.decode())
            vectors[place] = np.array(numbers, "float32")
            wrong = not units or not np.isfinite(vectors[place]).all() or _holds_number(word)
        except ValueError:
            wrong = True
        if wrong or not word or len(numbers) != units:
            raise line_error(
                path,
                number + place + 1,
                f"a word and {units or 'its'} finite numbers must stand on each line, in UTF-8",
                repr(line[:60].rstrip().decode("utf-8", "backslashreplace")),
                "Give a file of word2vec or GloVe.",
            )
    return words, vectors


def _holds_number(word):
    """Whether a number stands behind a space: too many for the vector.

    Other words with spaces are right, as GloVe's largest file has them.
    """
    try:
        return bool(np.array(word.split(b" ")[1:], "float32").size)
    except ValueError:
        return False


def _read_binary(path, file, header):
    count, units = header
    file.readline()
    if path.suffix == ".gz":
        data = file.read()
    else:
        start = file.tell()
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)[start:]
    words, vectors, at = [], np.zeros((count, units), "float32"), 0
    for place in range(count):
        space = data.find(b" ", at)
        end = space + 1 + 4 * units
        try:
            words.append(data[at:space].lstrip(b"\n").decode())
            vectors[place] = np.frombuffer(data[space + 1 : end], "<f4")
        except ValueError as error:
            raise ValueError(
                f"{path}, word {place + 1}: {count} words of {units} numbers must follow, as line "
                f"1 says. Received {error}. Fetch the file again."
            ) from error
        if space < 0 or not words[-1] or not np.isfinite(vectors[place]).all():
            raise ValueError(
                f"{path}, word {place + 1}: a word and finite numbers must stand there. Received "
                f"{words[-1]!r}. Give a file of word2vec."
            )
        at = end
    return words, [vectors]


def write(file, words, vectors, style):
    """Writes words and vectors, with as many digits as make the same float32 again.

    Args:
        file: binary file, open for writing.
        words: list of str.
        vectors: float32 `(words, units)`.
        style: one of `FORMATS`.

    Raises:
        ValueError: if a word is empty or has a space within, or `style` is none of them.
    """
    if style not in FORMATS:
        raise ValueError(
            f"save: format must be one of {', '.join(FORMATS)}. Received format {style!r}."
        )
    for word in words:
        if not word or _SEPARATORS & set(word):
            raise ValueError(
                f"save: words must have no space within. Received {word!r}. Replace it by a _."
            )
    if style != "glove":
        file.write(f"{len(words)} {vectors.shape[1]}\n".encode())
    for word, vector in zip(words, vectors, strict=True):
        if style == "binary":
            file.write(word.encode() + b" " + vector.astype("<f4").tobytes() + b"\n")
        else:
            file.write(f"{word} {' '.join(vector.astype('U16').tolist())}\n".encode())
