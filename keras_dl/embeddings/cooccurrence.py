"""Counts co-occurrences of words exactly, in bounded memory."""

import math
import os
import pathlib
import tempfile
from collections.abc import Iterable

import numpy as np

from keras_dl.pipelines.word_vocabulary import UNKNOWN
from keras_dl.typing import Tensor

_FARTHEST = 20  # 64 bits hold the common multiple of 1 to 20 for 4e10 equal pairs


def cooccurrences(
    documents: Iterable[Tensor],
    vocabulary_size: int,
    *,
    window: int = 10,
    max_pairs: int = 2**22,
    directory: str | os.PathLike[str] | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Counts pairs of words at most `window` words apart, each weighted by 1 / distance.

        count(a, b) = sum over all indices i of a and j of b, 0 < |i - j| <= window, of 1 / |i - j|

    Counts are symmetric, and both (a, b) and (b, a) are returned, so `count(a, a)` counts each pair
    of indices twice. Windows do not cross documents. Padding (ID 0) and the unknown word (ID 1) are
    not counted, but they increase the distance between other words.

    Sums are exact integers: each pair adds `common_multiple(window) // distance`, and only the
    total is divided. The result therefore does not depend on `max_pairs` or the order of documents.

    Args:
        documents: iterable of int arrays `(words,)`, the vocabulary IDs of the words of each
            document. Documents are streamed.
        vocabulary_size: int. All IDs must be less than this.
        window: int from 1 to 20. Largest distance between the two words of a pair.
        max_pairs: int. Maximum number of pairs in memory, at about 80 bytes each. Further pairs are
            written to temporary files, which are merged at the end.
        directory: path or None. Directory for results that are larger than memory. The returned
            arrays are then memory maps of its files `rows`, `columns` and `counts`. If None, the
            results are kept in memory.

    Returns:
        `(rows, columns, counts)`, int32, int32 and float64 `(pairs,)`, each pair once, sorted by
        row and then by column.

    Raises:
        ValueError: if an argument or a word ID is out of range, or if there are no pairs.

    Reference: Pennington, Socher & Manning 2014, "GloVe", section 4.2.
    """
    check_window(window)
    if max_pairs < 1 or vocabulary_size < 1:
        raise ValueError(
            "cooccurrences: vocabulary_size and max_pairs must be positive. Received "
            f"vocabulary_size {vocabulary_size}, max_pairs {max_pairs}. Use at least 1 for each."
        )
    size = max(1, max_pairs // window)
    with tempfile.TemporaryDirectory(dir=directory) as spilled:
        halves, runs = _Runs(spilled, "half"), _Runs(spilled, "whole")
        for words in _pieces(documents, vocabulary_size, window, size):
            halves.add(*summed_pairs(words, vocabulary_size, window, size))
        for keys, sums in halves.merged(max_pairs):
            runs.add(*_with_mirrored(keys, sums, vocabulary_size))
        if not len(runs):
            raise ValueError(
                "cooccurrences: documents must contain two known words within one window. "
                "Received none. Use word IDs of at least 2, because 0 and 1 are not counted."
            )
        result = _arrays(len(runs), directory)
        start = 0
        for keys, sums in runs.merged(max_pairs):
            part = slice(start, start := start + len(keys))
            result[0][part], result[1][part] = np.divmod(keys, vocabulary_size)
            result[2][part] = sums / common_multiple(window)
    return result


def common_multiple(window: int) -> int:
    """Returns the least common multiple of 1 to `window`, the unit of the sums."""
    return math.lcm(*range(1, window + 1))


def check_window(window: int) -> None:
    """Raises ValueError if sums over a window of this size may be inexact."""
    if not 1 <= window <= _FARTHEST:
        raise ValueError(
            f"cooccurrences: window must be from 1 to {_FARTHEST} words. Received {window}."
        )


def with_gaps(documents: Iterable[np.ndarray], vocabulary_size: int, window: int) -> np.ndarray:
    """Concatenates documents, each followed by `window` words of padding.

    Raises:
        ValueError: if a word ID is negative or not below `vocabulary_size`.
    """
    gap = np.zeros(window, "int64")
    words = np.concatenate([part for document in documents for part in (document, gap)])
    wrong = (words < 0) | (words >= vocabulary_size)
    if wrong.any():
        raise ValueError(
            f"cooccurrences: documents must contain IDs from 0 to {vocabulary_size - 1}. Received "
            f"{words[wrong][0]}. Increase vocabulary_size, or use ID 1 for unknown words."
        )
    return words


def summed_pairs(
    words: np.ndarray, vocabulary_size: int, window: int, first: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Counts the pairs in a sequence of words. In each pair, the smaller ID comes first.

    Args:
        words: int64 `(words,)`.
        vocabulary_size: int, as in `cooccurrences`.
        window: int, as in `cooccurrences`.
        first: int or None. Counts only pairs that begin with one of the first `first` words; None
            counts all.

    Returns:
        pair of `keys`, int64, unique and sorted values of `smaller * vocabulary_size + larger`, and
        `sums`, int64, of `common_multiple(window) // distance`.
    """
    first = len(words) if first is None else first
    # Packs key and distance into one integer: sorting one array is far faster than sorting two.
    bits = window.bit_length()
    parts = []
    for distance in range(1, window + 1):
        right = words[distance : distance + first]
        left = words[: len(right)]
        known = (left > UNKNOWN) & (right > UNKNOWN)
        left, right = left[known], right[known]
        keys = np.minimum(left, right) * vocabulary_size + np.maximum(left, right)
        parts.append(keys << bits | distance)
    codes = np.concatenate(parts)
    codes.sort()
    shares = common_multiple(window) // np.arange(1, 2**bits)
    return _summed(codes >> bits, shares[(codes & (2**bits - 1)) - 1])


def _with_mirrored(keys, sums, vocabulary_size):
    """Adds `(column, row)` for each `(row, column)`; doubles pairs of equal words, counted once."""
    rows, columns = np.divmod(keys, vocabulary_size)
    other = rows != columns
    keys = np.concatenate([keys, (columns * vocabulary_size + rows)[other]])
    sums = np.concatenate([np.where(other, sums, 2 * sums), sums[other]])
    order = np.argsort(keys, kind="stable")
    return keys[order], sums[order]


def _summed(keys, values):
    """Returns each of the sorted keys once, with the sum of its values."""
    if not len(keys):
        return keys, values
    starts = np.concatenate([[0], np.flatnonzero(keys[1:] != keys[:-1]) + 1])
    return keys[starts], np.add.reduceat(values, starts)


def _pieces(documents, vocabulary_size, window, size):
    """Yields arrays of about `size` words, followed by the words in reach of their windows."""
    held, length = [], 0
    for document in documents:
        if held and length + len(document) > size:
            yield from _cut(with_gaps(held, vocabulary_size, window), window, size)
            held, length = [], 0
        held.append(np.asarray(document, "int64"))
        length += len(document) + window
    if held:
        yield from _cut(with_gaps(held, vocabulary_size, window), window, size)


def _cut(words, window, size):
    return (words[start : start + size + window] for start in range(0, len(words), size))


def _arrays(size, directory):
    """Returns empty rows, columns and counts, memory-mapped if a directory is given."""
    kinds = {"rows": "int32", "columns": "int32", "counts": "float64"}
    if directory is None:
        return tuple(np.empty(size, kind) for kind in kinds.values())
    return tuple(
        np.memmap(pathlib.Path(directory, name), kind, "w+", shape=(size,))
        for name, kind in kinds.items()
    )


class _Runs:
    """Sorted keys with their sums: runs are appended to two files and merged from there."""

    def __init__(self, directory, name):
        self._paths = [pathlib.Path(directory, f"{name}_{part}") for part in ("keys", "sums")]
        self._ends = [0]

    def add(self, keys, sums):
        for path, array in zip(self._paths, (keys, sums), strict=True):
            with path.open("ab") as file:
                array.tofile(file)
        self._ends.append(self._ends[-1] + len(keys))

    def __len__(self):
        return self._ends[-1]

    def merged(self, size):
        """Yields pairs of sorted keys and sums, at most `size` at once; no key occurs in two pairs.

        If there are more than `size` runs, it yields at most as many as there are runs.
        """
        ends = zip(self._ends[:-1], self._ends[1:], strict=True)
        runs = [(start, end) for start, end in ends if start < end]
        while runs:
            step = max(1, size // len(runs))
            keys = [self._read(0, start, min(step, end - start)) for start, end in runs]
            # Keys are unique in a run, so no run keeps a key equal to the smallest last key.
            bound = min(part[-1] for part in keys)
            taken = [np.searchsorted(part, bound, "right") for part in keys]
            found = np.concatenate([part[:count] for part, count in zip(keys, taken, strict=True)])
            indices = [start for start, _ in runs]
            sums = [self._read(1, *part) for part in zip(indices, taken, strict=True)]
            order = np.argsort(found, kind="stable")
            yield _summed(found[order], np.concatenate(sums)[order])
            moved = zip(runs, taken, strict=True)
            runs = [(start + count, end) for (start, end), count in moved if start + count < end]

    def _read(self, part, start, count):
        return np.fromfile(self._paths[part], "int64", count, offset=8 * start)
