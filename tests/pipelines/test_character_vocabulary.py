import itertools
import unicodedata

import numpy as np
import pytest
import tensorflow as tf

from keras_dl.pipelines import CharacterVocabulary, canonical_character


@pytest.mark.parametrize(
    ("text", "expected"),
    [("É", "e"), ("й", "и"), ("ё", "е"), ("İ", "i"), ("５", "5"), ("٣", "3"), ("\u00a0", " "),
     ("–", "-"), ("’", "'"), ("월", "월"), ("月", "月"), ("\u200f", ""), ("\u0301", ""), ("º", "°"),
     ("أ", "أ"), ("ำ", "ำ"), ("„", '"'), ("«", '"'), ("」", '"'), ("⁄", "/"), ("•", "·"),
     ("・", "·")],
)  # fmt: skip
def test_canonical_character(text, expected):
    assert canonical_character(text) == expected


def test_every_decimal_digit_of_unicode_is_folded():
    for code_point in range(0x10000):
        character = chr(code_point)
        if unicodedata.category(character) == "Nd":
            assert canonical_character(character) == str(unicodedata.decimal(character))


def test_folding_twice_is_folding_once():
    for code_point in range(0x3000):
        once = canonical_character(chr(code_point))
        assert once == "" or canonical_character(once) == once


def test_encode_squeezes_spaces_drops_marks_and_survives_bad_bytes():
    characters = CharacterVocabulary("abc ")
    texts = ["  A\u00a0 \tb ", "", b"\xff\xfea", "e\u0301", "a\u0301", "😀c"]
    assert characters.encode(texts).to_list() == [[2, 5, 3], [], [1, 1, 2], [1], [2], [1, 4]]


def test_offsets_count_the_characters_of_the_text():
    characters = CharacterVocabulary("0123456789abcdefghijklmnopqrstuvwxyz年月日 ")
    texts = ["  3\u200f  fe\u0301vrier 1979 ", "👩\u200d💻 ５月", "", "ab\t\nc"]
    ids, offsets = characters.encode_with_offsets(texts)
    assert ids.to_list() == characters.encode(texts).to_list()
    for text, numbers, places in zip(texts, ids.to_list(), offsets.to_list(), strict=True):
        alone = [characters.encode([text[place]]).to_list()[0] or [38] for place in places]
        # A space alone is dropped; 38 is its ID after 36 letters and digits, and three more signs.
        assert [each[0] for each in alone] == [38 if number == 41 else number for number in numbers]
        assert places == sorted(set(places))


def test_encode_is_the_same_inside_a_graph_and_one_by_one():
    characters = CharacterVocabulary("0123456789 -abcdefghijklmnopqrstuvwxyz年月日")
    texts = ["3 mai 1979", "2019年8月1日", "", "x" * 500, "\u200f٣"]
    together = tf.function(lambda some: characters.encode(some))(tf.constant(texts)).to_list()
    alone = [characters.encode([text]).to_list()[0] for text in texts]
    assert together == alone
    assert [len(row) for row in together] == [10, 9, 0, 500, 1]


def test_vocabulary_must_be_canonical_and_distinct():
    with pytest.raises(ValueError, match="'A' at index 1"):
        CharacterVocabulary("aA")
    with pytest.raises(ValueError, match="'a' at index 2"):
        CharacterVocabulary("aba")


def test_numbers_agree_with_a_loop_in_python():
    vocabulary = "0123456789abcdefghijklmnopqrstuvwxyz "
    rng = np.random.default_rng(0)
    text = "".join(chr(point) for point in rng.integers(33, 0xD7FF, 2000))
    expected = [
        vocabulary.find(folded) + 2 if folded in vocabulary else 1
        for folded in map(canonical_character, text)
        if folded
    ]
    spaces = [n for n, pair in enumerate(itertools.pairwise(expected)) if pair == (38, 38)]
    assert not spaces
    assert CharacterVocabulary(vocabulary).encode([text]).to_list()[0] == expected
