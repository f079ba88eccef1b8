"""Text as a sequence of character numbers, the same for training and for export."""

import functools
import unicodedata

import numpy as np
import tensorflow as tf

from keras_dl.typing import Tensor

PADDING = 0
UNKNOWN = 1
_DROPPED = -1
_CODE_POINTS = 0x10000  # the basic plane: all living scripts; emoji and the like are unknown


def canonical_character(character: str) -> str:
    """Returns the one lower-case character that stands for `character`, or `""` to drop it.

    Digits of every script become 0-9, every kind of space becomes `" "`, dashes become `"-"`,
    apostrophes `"'"`, full-width forms plain ones; Latin, Greek and Cyrillic letters lose their
    accents. Marks that show nothing (direction marks, joiners, combining accents) are dropped.
    """
    if 0x300 <= ord(character) < 0x370:
        return ""
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
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a\u2033\u300c\u300d\u300e\u300f", '"'),
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
    """Turns UTF-8 text into numbers: one for each character, after folding what looks alike.

    Number 0 is padding, 1 any character that is not in the vocabulary; the vocabulary follows in
    its own order. Runs of spaces count as one, spaces at either end as none, and bytes that are
    not UTF-8 as unknown characters.

    Args:
        vocabulary: string of distinct canonical characters, see `canonical_character`.

    Raises:
        ValueError: if a character stands in it twice or is not canonical.

    Example:
    >>> CharacterVocabulary("0123abc").encode(["CAB  \u00c1\u0663"]).to_list()
    [[8, 6, 7, 1, 6, 5]]
    """

    def __init__(self, vocabulary: str) -> None:
        for index, character in enumerate(vocabulary):
            if canonical_character(character) != character or character in vocabulary[:index]:
                raise ValueError(
                    "CharacterVocabulary: vocabulary must hold distinct canonical characters. "
                    f"Received {character!r} at place {index}. Pass what `canonical_character` "
                    "returns, each once."
                )
        self.vocabulary = vocabulary
        number = {character: index + 2 for index, character in enumerate(vocabulary)}
        number[""] = _DROPPED
        self._numbers = np.array(
            [number.get(character, UNKNOWN) for character in _canonical_characters()], "int16"
        )

    def __len__(self) -> int:
        return len(self.vocabulary) + 2

    def encode(self, texts: Tensor) -> tf.RaggedTensor:
        """Returns the numbers of string `texts` (batch,) as a ragged int32 (batch, None)."""
        spaced = tf.strings.strip(tf.strings.regex_replace(texts, r"[\s\v\p{Z}]+", " "))
        points = tf.strings.unicode_decode(spaced, "UTF-8", errors="replace")
        known = tf.where(points.values < _CODE_POINTS, points.values, 0xFFFD)
        numbers = points.with_values(tf.cast(tf.gather(self._numbers, known), "int32"))
        return tf.ragged.boolean_mask(numbers, numbers != _DROPPED)
