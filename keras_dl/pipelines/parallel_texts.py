"""Reads pairs of sentences in two languages and splits them without leaks."""

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterable, Sequence

import numpy as np

from keras_dl.pipelines.text_files import line_error, no_content, read_lines

# Columns of the texts by the number of columns.
_TEXT_COLUMNS = {2: (0, 1), 3: (0, 1), 4: (1, 3)}


def read_parallel_files(
    source: str | os.PathLike[str], target: str | os.PathLike[str]
) -> list[tuple[str, str]]:
    """Reads two files with one text per line; each line of one is translated in the other.

    Lines that are blank in both files are ignored. Spaces around texts are removed.

    Args:
        source: path of a text file; see `read_text` for encodings and compression.
        target: path of the other file.

    Returns:
        list of pairs (source, target) of str.

    Raises:
        ValueError: if the files have different numbers of lines, a line is blank in one file only,
            an encoding is wrong, or there is no pair. The message names file and line.
        OSError: if a file cannot be read.
    """
    sides = [[line.strip() for line in read_lines(path)] for path in (source, target)]
    lengths = [len(side) for side in sides]
    if lengths[0] != lengths[1]:
        short, long = (source, target) if lengths[0] < lengths[1] else (target, source)
        raise line_error(
            long,
            min(lengths) + 1,
            f"both files must have the same number of lines; {short} ends before this line",
            f"{max(lengths)} and {min(lengths)} lines",
            "Find the line where the translations begin to differ, and add or remove lines there.",
        )
    return _pairs(target, enumerate(zip(*sides, strict=True), 1), "one text per line")


def read_parallel_table(path: str | os.PathLike[str]) -> list[tuple[str, str]]:
    """Reads pairs of texts from a table with tabs and without a header.

    All lines have the same number of columns: 2, the texts; 3, the texts and an attribution, which
    is ignored, as manythings.org/anki has it; or 4, number and text of both sides, as tatoeba.org
    exports pairs. There is no quoting: quotation marks belong to the text. Blank lines are ignored.
    Spaces around texts are removed.

    Args:
        path: path of a text file; see `read_text` for encodings and compression.

    Returns:
        list of pairs of str, in the order of the columns.

    Raises:
        ValueError: if a line has another number of columns than the first one, a text is missing,
            the encoding is wrong, or there is no pair. The message names file and line.
        OSError: if the file cannot be read.
    """
    expected = "two texts on each line, separated by a tab"
    lines = [(number, line) for number, line in enumerate(read_lines(path), 1) if line.strip()]
    if not lines:
        raise no_content(path, expected)
    count = lines[0][1].count("\t") + 1
    rows = []
    for number, line in lines:
        columns = line.split("\t")
        numbered = len(columns) < 4 or (columns[0].strip() + columns[2].strip()).isdecimal()
        if len(columns) != count or count not in _TEXT_COLUMNS or not numbered:
            raise line_error(
                path,
                number,
                "all lines must have 2 columns, the texts; 3, with an attribution; or 4, number "
                "and text of both sides; separated by tabs",
                repr(line)[:200],
                "Add the missing columns, and replace tabs within the texts.",
            )
        rows.append((number, tuple(columns[each].strip() for each in _TEXT_COLUMNS[count])))
    return _pairs(path, rows, expected)


def split_parallel_texts(pairs: Sequence[tuple[str, str]]) -> list[np.ndarray]:
    """Splits pairs so that no text of either side stands in two parts.

    Texts are the same if they differ only in case, punctuation or spaces. Pairs that share a text,
    directly or through others, form a group, and a group goes as a whole into one part. Splitting
    by only one side leaves pairs in the training data whose other side is tested. The part follows
    from the SHA-1 of the first text, in alphabetical order, that the group has on the first side.
    So adding pairs moves only the groups that they join.

    Args:
        pairs: sequence of pairs of str. The first side must be the same language in all calls that
            are to agree.

    Returns:
        list of four int64 arrays, ascending indices of training, validation and test pairs, and of
        a reserve, about 85, 5, 5 and 5 percent.

    Example:
    >>> pairs = [("Go.", "Va !"), ("Stop!", "Halte !"), ("go", "Pars."), ("Leave.", "pars")]
    >>> [part.tolist() for part in split_parallel_texts(pairs)]
    [[0, 1, 2, 3], [], [], []]
    """
    keys = [(f"eng {_key(first)}", f"other {_key(second)}") for first, second in pairs]
    roots = _connected(keys)
    names: dict[str, str] = {}
    for first, _ in keys:
        root = roots[first]
        names[root] = min(first, names.get(root, first))
    slots = {
        root: int(hashlib.sha1(name.encode()).hexdigest(), 16) % 20 for root, name in names.items()
    }
    found = np.array([slots[roots[first]] for first, _ in keys], "int64")
    return [np.flatnonzero(chosen) for chosen in (found > 2, found == 2, found == 1, found == 0)]


def _key(text):
    """Returns a text without case, and with one space for all that is no letter or digit."""
    return re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", text.casefold())).strip()


def _connected(edges: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Returns a node for each node, the same for all that edges connect."""
    parent: dict[str, str] = {}

    def root(node):
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = node = parent[parent[node]]
        return node

    for one, other in edges:
        parent[root(one)] = root(other)
    return {node: root(node) for node in parent}


def _pairs(path, numbered, expected):
    """Returns the pairs of texts that are not blank on both sides."""
    found = []
    for number, (first, second) in numbered:
        if not first and not second:
            continue
        if not first or not second:
            raise line_error(
                path,
                number,
                "a pair must have a text on both sides",
                f"{first!r} and {second!r}",
                "Add the missing text, or remove the line on both sides.",
            )
        found.append((first, second))
    if not found:
        raise no_content(path, expected)
    return found
