"""Byte-pair encoding: sub-words of a text that encode any other, also in exported models."""

import collections
import heapq
import itertools
from collections.abc import Iterable, Sequence

import numpy as np
import tensorflow as tf

from keras_dl.typing import Tensor

PADDING = 0
END = 1
_FIRST_BYTE = 2
_FIRST_MERGE = _FIRST_BYTE + 256
_SEPARATOR = b"\xff"  # no byte of UTF-8
# A word and the space before it, one digit, a run of other characters, or a run of spaces. Merges
# never cross these parts.
_PARTS = (
    r"( ?[\p{L}\p{M}]+| ?\p{N}| ?[^\s\p{L}\p{M}\p{N}]+|\s+)",
    rb"\1" + _SEPARATOR,
)
# Nor do they cross a multiple of this number of bytes from the start of a part: the time to encode
# a part grows with the square of its length.
_LONGEST_PART = 48
_NEVER = np.iinfo("int32").max
_AT_ONCE = 5000  # texts


def learn_subwords(texts: Iterable[str], size: int) -> list[tuple[int, int]]:
    """Learns the merges of a byte-pair encoding.

    Starting from bytes, repeatedly merges the pair of adjacent sub-words that is most frequent in
    the texts, until there are `size` sub-words or no pair occurs twice. Of equally frequent pairs,
    the one with the smaller IDs is merged.

    Args:
        texts: iterable of str. For one vocabulary of two languages, the texts of both.
        size: int, at least 258. Number of IDs, including padding, end and the 256 bytes.

    Returns:
        list of pairs of IDs, the merges of `SubwordVocabulary` in order.

    Raises:
        ValueError: if `size` is less than 258.

    Example:
    >>> merges = learn_subwords(["low lower lowest"], 262)
    >>> SubwordVocabulary(merges).subwords[258:]
    [b'lo', b'low', b' low', b' lowe']

    Reference: Sennrich, Haddow & Birch 2016, arXiv:1508.07909, section 3.2; bytes as in Radford et
    al. 2019, "Language models are unsupervised multitask learners", section 2.2.
    """
    if size < _FIRST_MERGE:
        raise ValueError(
            f"learn_subwords: size must be at least {_FIRST_MERGE}, for the bytes and two special "
            f"IDs. Received size {size!r}. Use a size such as 8000."
        )
    counts = _count_parts(texts)
    return _Merger(counts).merges(size - _FIRST_MERGE)


class SubwordVocabulary(tf.Module):
    """Encodes texts as IDs of sub-words, without loss: any Unicode text can be decoded exactly.

    ID 0 is padding and ID 1 ends a text; `encode` returns neither. The 256 bytes have the IDs from
    2, the results of the merges the IDs from 258 in order. So no text is unknown: a name that the
    merges do not know is spelled. To export a model with its vocabulary, make the vocabulary an
    attribute of the model.

    Args:
        merges: list of pairs of IDs, from `learn_subwords`.

    Attributes:
        merges: list of tuples of int.
        subwords: list of bytes, the sub-word of each ID; empty for 0 and 1.

    Raises:
        ValueError: if a pair is duplicated, or contains an ID that does not come before it.

    Example:
    >>> vocabulary = SubwordVocabulary([(99, 100), (258, 101)])  # ab, abc
    >>> ids = vocabulary.encode(["abcab", "b"])
    >>> ids.to_list(), vocabulary.decode(ids).numpy().tolist()
    ([[259, 258], [100]], [b'abcab', b'b'])
    """

    def __init__(self, merges: Sequence[Sequence[int]]) -> None:
        super().__init__()
        self.merges = [(int(left), int(right)) for left, right in merges]
        self.subwords = [b"", b"", *(bytes([byte]) for byte in range(256))]
        for index, pair in enumerate(self.merges):
            if not all(_FIRST_BYTE <= each < len(self.subwords) for each in pair):
                raise _wrong_merge(pair, index)
            self.subwords.append(b"".join(self.subwords[each] for each in pair))
        if len(set(self.merges)) < len(self.merges):
            first = next(i for i, pair in enumerate(self.merges) if pair in self.merges[:i])
            raise _wrong_merge(self.merges[first], first)
        pairs = np.array(self.merges, "int64").reshape(-1, 2)
        # One entry at least: a table cannot be empty.
        keys = np.append(pairs[:, 0] * len(self) + pairs[:, 1], -1)
        values = np.append(np.arange(_FIRST_MERGE, len(self)), _NEVER).astype("int32")
        self.table = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(tf.constant(keys), tf.constant(values)), _NEVER
        )

    def __len__(self) -> int:
        return len(self.subwords)

    def encode(self, texts: Tensor) -> tf.RaggedTensor:
        """Returns the IDs of string `texts` `(batch,)` as ragged int32 `(batch, None)`.

        Bytes that are not UTF-8 are encoded as U+FFFD.
        """
        parts = _parts(texts)
        words, numbers = tf.unique(parts.values)
        return _joined(tf.gather(self._encode_words(words), numbers), parts.row_lengths())

    def decode(self, ids: Tensor) -> tf.Tensor:
        """Returns the texts `(batch,)` of int `(batch, time)` IDs, dense or ragged.

        Padding and END are ignored. Bytes that are not UTF-8, as a model may write, become U+FFFD.
        """
        if isinstance(ids, tf.RaggedTensor):
            ids = ids.to_tensor(PADDING)
        subwords = tf.gather(tf.constant(self.subwords), ids)
        return _valid(tf.strings.reduce_join(subwords, axis=-1))

    def _encode_words(self, words):
        """Returns the IDs of string `(n,)` as ragged int32, merged until no pair is left."""
        letters = tf.strings.bytes_split(words)
        numbers = tf.reshape(tf.io.decode_raw(letters.values, "uint8"), [-1])
        numbers = tf.cast(numbers, "int32") + _FIRST_BYTE
        positions = tf.ragged.range(letters.row_lengths()).values
        starts = tf.where(positions % _LONGEST_PART == 0)[:, 0]
        rows = tf.RaggedTensor.from_row_starts(numbers, starts).to_tensor(PADDING)
        more = tf.ones((), "bool")
        _, rows = tf.while_loop(
            lambda more, rows: more,
            self._merge_once,
            (more, rows),
            shape_invariants=(more.shape, tf.TensorShape([None, None])),
        )
        rows = tf.RaggedTensor.from_tensor(rows, padding=PADDING)
        return _joined(rows, -(-letters.row_lengths() // _LONGEST_PART))

    def _merge_once(self, more, ids):
        """Merges the first of the earliest learned pairs of each row `(n, time)`."""
        left, right = (tf.cast(each, "int64") for each in (ids[:, :-1], ids[:, 1:]))
        merged = self.table.lookup(left * len(self) + right)
        # Pad with a pair that is never merged: a row may have no pair.
        merged = tf.pad(merged, [[0, 0], [0, 1]], constant_values=_NEVER)
        best = tf.reduce_min(merged, axis=1, keepdims=True)
        position = tf.cast(tf.argmin(merged, axis=1), "int32")[:, None]
        index = tf.range(tf.shape(ids)[1])[None]
        merges = best < _NEVER
        following = tf.pad(ids[:, 1:], [[0, 0], [0, 1]])
        new = tf.where(index < position, ids, tf.where(index == position, best, following))
        return tf.reduce_any(merges), tf.where(merges, new, ids)


def _joined(rows, counts):
    """Joins `counts[i]` adjacent rows of a ragged tensor to row i."""
    return tf.RaggedTensor.from_row_lengths(rows, counts).merge_dims(1, 2)


def _valid(texts):
    return tf.strings.unicode_transcode(texts, "UTF-8", "UTF-8", errors="replace")


def _parts(texts):
    """Splits texts into parts that joined are the texts, ragged string `(batch, None)`."""
    marked = tf.strings.regex_replace(_valid(texts), *_PARTS)
    parts = tf.strings.split(marked, _SEPARATOR)
    # Behind the last separator there is an empty part, and an empty text is one.
    return tf.ragged.boolean_mask(parts, parts != "")


def _count_parts(texts):
    """Returns how often each part occurs in the texts, as a Counter of bytes."""
    counts, texts = collections.Counter(), iter(texts)
    while batch := list(itertools.islice(texts, _AT_ONCE)):
        counts.update(_parts(batch).values.numpy().tolist())
    return counts


class _Merger:
    """Counts pairs in words and keeps the counts right while pairs are merged."""

    def __init__(self, counts):
        self.words, self.counts = [], []
        self.pairs = collections.Counter()
        self.positions = collections.defaultdict(set)
        for part, count in counts.items():
            for start in range(0, len(part), _LONGEST_PART):
                word = [byte + _FIRST_BYTE for byte in part[start : start + _LONGEST_PART]]
                for pair in itertools.pairwise(word):
                    self.pairs[pair] += count
                    self.positions[pair].add(len(self.words))
                self.words.append(word)
                self.counts.append(count)
        self.queue = [(-count, pair) for pair, count in self.pairs.items()]
        heapq.heapify(self.queue)

    def merges(self, number):
        """Returns the first `number` merges, or fewer if no pair is left that occurs twice."""
        found = []
        while len(found) < number and self.queue:
            count, pair = heapq.heappop(self.queue)
            if -count != self.pairs[pair]:  # of an earlier count; the present one is in the queue
                continue
            if -count < 2:
                break
            found.append(pair)
            self._merge(pair, _FIRST_MERGE + len(found) - 1)
        return found

    def _merge(self, pair, merged):
        changed = set()
        for index in self.positions.pop(pair):
            word, count = self.words[index], self.counts[index]
            new = _merged(word, pair, merged)
            for old in itertools.pairwise(word):
                self.pairs[old] -= count
                changed.add(old)
            for each in itertools.pairwise(new):
                self.pairs[each] += count
                self.positions[each].add(index)
                changed.add(each)
            self.words[index] = new
        for each in changed:
            if self.pairs[each] > 0:
                heapq.heappush(self.queue, (-self.pairs[each], each))
            else:
                del self.pairs[each]


def _merged(word, pair, merged):
    """Returns a word in which the pair is replaced, from the left."""
    new, index = [], 0
    while index < len(word):
        if tuple(word[index : index + 2]) == pair:
            new.append(merged)
            index += 2
        else:
            new.append(word[index])
            index += 1
    return new


def _wrong_merge(pair, index):
    return ValueError(
        "SubwordVocabulary: merges must contain distinct pairs of IDs of bytes or earlier merges. "
        f"Received {pair} at index {index}. Use the result of pipelines.learn_subwords."
    )
