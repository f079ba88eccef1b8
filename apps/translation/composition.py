"""Letters with accents as one character, also in an exported model."""

import unicodedata

import numpy as np
import tensorflow as tf

_SHIFT = 2**21  # more than any code point
_MOST_MARKS = 3  # of a letter, as in Greek


def composed(texts):
    """Returns string `texts` in which a letter and the accents after it are one character.

    As the Unicode form NFC, for alphabets below U+3000: systems and documents write the same letter
    in both forms. Bytes that are not UTF-8 become U+FFFD.
    """
    points = tf.strings.unicode_decode(texts, "UTF-8", errors="replace")
    tables = tf.constant(_PAIRS), tf.constant(_COMPOSED)  # once in a graph
    for _ in range(_MOST_MARKS):
        points = _with_one_mark(points, *tables)
    return tf.strings.unicode_encode(points, "UTF-8")


def _with_one_mark(points, known, composed_points):
    """Joins each letter with the mark behind it, in ragged int32 code points."""
    values, rows = points.values, points.value_rowids()
    pairs = tf.cast(values[:-1], "int64") * _SHIFT + tf.cast(values[1:], "int64")
    index = tf.minimum(tf.searchsorted(known, pairs), len(_PAIRS) - 1)
    joined = (tf.gather(known, index) == pairs) & (rows[1:] == rows[:-1])
    first = tf.where(joined, tf.gather(composed_points, index), values[:-1])
    values = tf.concat([first, values[-1:]], 0)
    kept = tf.concat([tf.ones_like(values[:1], "bool"), ~joined], 0)
    return tf.ragged.boolean_mask(points.with_values(values), points.with_values(kept))


def _pairs():
    """Returns pairs of code points as one number, sorted, and what they are composed to."""
    found = {}
    for point in range(0xC0, 0x3000):
        parts = unicodedata.normalize("NFD", chr(point))
        base = unicodedata.normalize("NFC", parts[:-1])
        if len(base) == 1 and unicodedata.normalize("NFC", parts) == chr(point) != parts:
            found[ord(base) * _SHIFT + ord(parts[-1])] = point
    return zip(*sorted(found.items()), strict=True)


_PAIRS, _COMPOSED = map(np.array, _pairs(), ("int64", "int32"))
