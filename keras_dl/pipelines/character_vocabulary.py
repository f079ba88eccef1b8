"""Character vocabulary that encodes text, also in exported models."""

import functools
import unicodedata

import numpy as np
import tensorflow as tf

from keras_dl.typing import Tensor

PADDING = 0
UNKNOWN = 1
_DROPPED = -1
_CODE_POINTS = 0x10000  # basic plane: all living scripts; emoji and similar are unknown


def canonical_character(character: str) -> str:
    """Returns the lower-case character that represents `character`, or `""` to drop it.

    Digits of every script become 0-9, spaces of every kind become `" "`, dashes become `"-"`,
    apostrophes become `"'"`, and full-width characters become plain ones. Latin, Greek and Cyrillic
    letters lose their accents. Invisible marks (direction marks, joiners) and combining accents are
    dropped.
    """
    if 0x300 <= ord(character) < 0x370:
        return ""
    if character in "\u00ba\u02da":
        return "\u00b0"  # an ordinal or degree sign is not the letter o
    character = _without_accent(character)[:1].lower()[:1]
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.digit(character))
    if category in ("Zs", "Zl", "Zp") or character in "\t\n\v\f\r":
        return " "
    if category == "Pd" or character == "\u2212":
        return "-"
    if character in "\u2018\u2019\u02bc\u2032`\u00b4":
        return "'"
    return "" if category in ("Cf", "Cc", "Cs") else _FOLDED.get(character, character)


_FOLDED = {
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a\u2033", '"'),
    **dict.fromkeys("\u300c\u300d\u300e\u300f", '"'),
    **dict.fromkeys("\u2044\u2215", "/"),
    **dict.fromkeys("\u2022\u2027\u30fb\u22c5\u2219\u2024", "\u00b7"),
}


def _without_accent(character):
    base, *marks = unicodedata.normalize("NFKD", character)
    european = "LATIN" in unicodedata.name(base, "") or 0x370 <= ord(base) < 0x530
    if not marks or (european and all(0x300 <= ord(mark) < 0x370 for mark in marks)):
        return base
    return unicodedata.normalize("NFC", character)


@functools.cache
def _canonical_characters():
    return [canonical_character(chr(code_point)) for code_point in range(_CODE_POINTS)]


class CharacterVocabulary:
    """Encodes UTF-8 text as vocabulary IDs of its canonical characters.

    ID 0 is padding and ID 1 is any character outside the vocabulary. The characters of the
    vocabulary have the IDs from 2 in order. Runs of spaces become one space, leading and trailing
    spaces are removed, and bytes that are not UTF-8 become unknown characters.

    Args:
        vocabulary: string of distinct canonical characters, see `canonical_character`.

    Raises:
        ValueError: if a character is duplicated or not canonical.

    Example:
    >>> CharacterVocabulary("0123abc").encode(["CAB  \u00c1\u0663"]).to_list()
    [[8, 6, 7, 1, 6, 5]]
    """

    def __init__(self, vocabulary: str) -> None:
        for index, character in enumerate(vocabulary):
            if canonical_character(character) != character or character in vocabulary[:index]:
                raise ValueError(
                    "CharacterVocabulary: vocabulary must contain distinct canonical characters. "
                    f"Received {character!r} at index {index}. Pass results of "
                    "canonical_character, each only once."
                )
        self.vocabulary = vocabulary
        number = {character: index + 2 for index, character in enumerate(vocabulary)}
        number[""] = _DROPPED
        self._numbers = np.array(
            [number.get(character, UNKNOWN) for character in _canonical_characters()], "int16"
        )
        self._spaces = np.array([character == " " for character in _canonical_characters()])

    def __len__(self) -> int:
        return len(self.vocabulary) + 2

    def encode(self, texts: Tensor) -> tf.RaggedTensor:
        """Returns the IDs of string `texts` `(batch,)` as ragged int32 `(batch, None)`."""
        return self.encode_with_offsets(texts)[0]

    def encode_with_offsets(self, texts: Tensor) -> tuple[tf.RaggedTensor, tf.RaggedTensor]:
        """Returns IDs and the position in the text of the character that each stands for.

        Args:
            texts: string `(batch,)`, UTF-8.

        Returns:
            pair of ragged int32 `(batch, None)` of the same row lengths.
        """
        points = tf.strings.unicode_decode(texts, "UTF-8", errors="replace")
        known = tf.where(points.values < _CODE_POINTS, points.values, 0xFFFD)
        ids = tf.cast(tf.gather(self._numbers, known), "int32")
        spaces = tf.gather(self._spaces, known)
        rows, offsets = points.value_rowids(), tf.ragged.range(points.row_lengths()).values
        kept = tf.where(ids != _DROPPED)[:, 0]
        ids, spaces, rows, offsets = (
            tf.gather(each, kept) for each in (ids, spaces, rows, offsets)
        )
        # Of a run of spaces the last one stays, unless the run ends or begins the row.
        same_row = tf.concat([rows[1:] == rows[:-1], [False]], 0)
        before_space_or_end = ~same_row | tf.concat([spaces[1:], [True]], 0)
        kept = tf.where(~(spaces & before_space_or_end))[:, 0]
        ids, spaces, rows, offsets = (
            tf.gather(each, kept) for each in (ids, spaces, rows, offsets)
        )
        begins_row = tf.concat([[True], rows[1:] != rows[:-1]], 0)[: tf.shape(rows)[0]]
        kept = tf.where(~(spaces & begins_row))[:, 0]
        ids, rows, offsets = (tf.gather(each, kept) for each in (ids, rows, offsets))
        count = points.nrows()
        return tuple(
            tf.RaggedTensor.from_value_rowids(values, rows, count)
            for values in (ids, tf.cast(offsets, "int32"))
        )
