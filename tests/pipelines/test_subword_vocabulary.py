"""Byte-pair encoding against the algorithm as its authors print it, and against any text."""

import collections
import itertools
import random
import re

import pytest
import tensorflow as tf

from keras_dl.pipelines import SubwordVocabulary, learn_subwords

TEXTS = [
    "The cat sat on the mat, and that cat sat.",
    "Die Katze saß auf der Matte; die Matte war naß.",
    "l'été, l'été -- 2019, 2020!  No...no",
    "banananana bananana aaaaaaa",
]


@pytest.fixture(scope="module")
def merges():
    return learn_subwords(TEXTS * 2, 315)


@pytest.fixture(scope="module")
def vocabulary(merges):
    return SubwordVocabulary(merges)


@pytest.fixture(scope="module")
def served(vocabulary, tmp_path_factory):
    """Encoding and decoding in an exported graph."""
    module, path = tf.Module(), str(tmp_path_factory.mktemp("export"))
    module.vocabulary = vocabulary

    @tf.function(input_signature=[tf.TensorSpec([None], "string", name="text")])
    def serve(text):
        ids = vocabulary.encode(text)
        return {
            "ids": ids.to_tensor(),
            "lengths": ids.row_lengths(),
            "text": vocabulary.decode(ids),
        }

    tf.saved_model.save(module, path, signatures={"serving_default": serve})
    return tf.saved_model.load(path).signatures["serving_default"]


def parts(text):
    """The parts of a text, for letters of European languages."""
    return re.findall(r" ?[^\W\d_]+| ?\d| ?[^\s\w]+|\s+", text)


def joined(word, pair, new):
    """A word, a tuple of IDs, with all occurrences of a pair replaced."""
    found = []
    for token in word:
        found.append(token)
        if len(found) > 1 and (found[-2], found[-1]) == pair:
            found[-2:] = [new]
    return tuple(found)


def numbers(part):
    return tuple(byte + 2 for byte in part.encode())


def test_learns_the_most_frequent_pair_each_time(merges):
    words = collections.Counter(numbers(part) for text in TEXTS * 2 for part in parts(text))
    for number, merge in enumerate(merges):
        pairs = collections.Counter()
        for word, count in words.items():
            for pair in itertools.pairwise(word):
                pairs[pair] += count
        most = max(pairs.values())
        assert merge == min(pair for pair, count in pairs.items() if count == most)
        merged = collections.Counter()
        for word, count in words.items():
            merged[joined(word, merge, 258 + number)] += count
        words = merged
    assert len(merges) == 315 - 258


def test_encodes_by_the_merges_in_order(vocabulary, merges):
    chance = random.Random(0)
    words = " ".join(TEXTS).split()
    texts = [" ".join(chance.choices(words, k=9)) + "  " + chance.choice(TEXTS) for _ in range(50)]
    found = vocabulary.encode(texts).to_list()
    for text, ids in zip(texts, found, strict=True):
        expected = []
        for part in parts(text):
            word = numbers(part)
            for number, merge in enumerate(merges):
                word = joined(word, merge, 258 + number)
            expected += word
        assert ids == expected
    assert sum(map(len, found)) < 0.6 * sum(map(len, texts))


def test_stops_where_no_pair_occurs_twice():
    merges = learn_subwords(["ab ab cd"], 1000)
    assert SubwordVocabulary(merges).subwords[258:] == [b"ab"]
    assert learn_subwords(["xyz", ""], 300) == learn_subwords([], 300) == []
    assert SubwordVocabulary([]).encode(["xy", ""]).to_list() == [[122, 123], []]


def test_every_character_of_unicode_comes_back(vocabulary):
    chance = random.Random(1)
    points = [each for each in range(0x110000) if not 0xD800 <= each < 0xE000]
    points = points[:0x3000] + points[0x3000::61]
    chance.shuffle(points)
    texts = ["".join(map(chr, points[start : start + 100])) for start in range(0, len(points), 100)]
    decoded = vocabulary.decode(vocabulary.encode(texts)).numpy().tolist()
    assert [text.decode() for text in decoded] == texts


def test_an_exported_graph_does_the_same(served, vocabulary):
    texts = [*TEXTS, "", " ", "a\0b\0", "\ufeffx\r\n\ty", "x" * 1000, "漢字" * 300, "ﷺ 👩‍👩‍👧"]
    found = served(text=tf.constant(texts))
    assert [text.decode() for text in found["text"].numpy()] == texts
    expected = vocabulary.encode(texts)
    assert found["ids"].numpy().tolist() == expected.to_tensor().numpy().tolist()
    assert found["lengths"].numpy().tolist() == expected.row_lengths().numpy().tolist()
    assert served(text=tf.constant([], "string"))["ids"].shape == (0, 0)


def test_bytes_that_are_no_text_are_replaced(served, vocabulary):
    assert served(text=tf.constant([b"a\xff\xfeb"]))["text"].numpy() == ["a\ufffd\ufffdb".encode()]
    # Half of a character, padding and the end among the IDs.
    written = [[1, 99, 0, 2 + 0xC3, 1, 0]]
    assert vocabulary.decode(written).numpy() == ["a\ufffd".encode()]


def test_merges_do_not_cross_words_digits_and_long_runs(vocabulary):
    merged = SubwordVocabulary(learn_subwords(["a1 11,,b " + "z" * 100] * 9, 400))
    assert not any(
        re.search(rb"\S |\d.|[^\s\d]\d|,b", subword) for subword in merged.subwords[258:]
    )
    assert max(map(len, merged.subwords)) <= 48
    ids = merged.encode(["z" * 130]).to_list()[0]
    assert [len(merged.subwords[each]) for each in ids][:2] == [48, 48]


@pytest.mark.parametrize(
    ("merges", "received"),
    [
        ([(99, 258)], r"\(99, 258\) at index 0"),
        ([(99, 99), (1, 99)], r"\(1, 99\) at index 1"),
        ([(99, 99), (98, 99), (99, 99)], r"\(99, 99\) at index 2"),
    ],
)
def test_refuses_other_merges(merges, received):
    with pytest.raises(ValueError, match=f"SubwordVocabulary: merges .* Received {received}"):
        SubwordVocabulary(merges)


def test_refuses_a_size_that_is_too_small():
    with pytest.raises(ValueError, match=r"learn_subwords: size .* Received size 257"):
        learn_subwords(["a"], 257)
