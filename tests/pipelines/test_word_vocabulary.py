import collections
import string

import numpy as np
import pytest
import tensorflow as tf

from keras_dl import pipelines


def _tokens(text):
    return [token.decode() for token in pipelines.tokenize([text])[0].numpy()]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Ada Lovelace was born in London.", "Ada Lovelace was born in London ."),
        (
            "I can't say it's John's 'car', isn't it?",
            "I ca n't say it 's John 's ' car ' , is n't it ?",
        ),
        ('U.S. President "Bill" said: "No way!!"', 'U.S. President " Bill " said : " No way !! "'),
        (
            "$1,200.50 (50%) at 10:30, on 1996-08-22...",
            "$ 1,200.50 ( 50 % ) at 10:30 , on 1996-08-22 ...",
        ),
        ("@foo http://a.b/c #tag", "@foo http://a.b/c #tag"),
        ("Dr. No met Mr. X. Jones Inc. in 5.", "Dr. No met Mr. X. Jones Inc. in 5 ."),
        ("He said 'yes.' The end", "He said ' yes . ' The end"),
        ("don\u2019t \u201cquote\u201d\u2026", "do n\u2019t \u201c quote \u201d \u2026"),
        ("1. Mika Hakkinen", "1. Mika Hakkinen"),
        ("1,000,000, and 3,4", "1,000,000 , and 3,4"),
        ("a\u00a0b\u2003c\n\td", "a b c d"),
        ("caf\u00e9--\u6771\u4eac", "caf\u00e9 -- \u6771\u4eac"),
        ("", ""),
        (" \t ", ""),
        ("e.g. this", "e.g. this"),
    ],
)
def test_tokens_are_those_of_the_treebank(text, tokens):
    assert _tokens(text) == tokens.split()
    assert _tokens(tokens) == tokens.split(), "text in tokens changes"


def test_tokens_are_pieces_of_any_text():
    random = np.random.default_rng(0)
    alphabet = list(
        string.ascii_letters + string.digits + string.punctuation + "   \u2019\u00e9\ue001"
    )
    for _ in range(200):
        text = "".join(random.choice(alphabet, 40))
        assert "".join(_tokens(text)) == "".join(text.split()), text


def test_bytes_that_are_no_text_are_replaced():
    assert _tokens(b"\xff\xfeab c") == ["\ufffd\ufffdab", "c"]


def test_vocabulary_counts_lower_case_and_breaks_ties_by_the_alphabet():
    sentences = [["The", "b", "the"], ["a", "THE", "c", "c"]]
    counts = collections.Counter(word.lower() for sentence in sentences for word in sentence)
    assert counts == {"the": 3, "c": 2, "b": 1, "a": 1}
    assert pipelines.build_vocabulary(sentences) == ["the", "c", "a", "b"]
    assert pipelines.build_vocabulary(sentences, min_count=2) == ["the", "c"]
    assert pipelines.build_vocabulary(sentences, max_size=3) == ["the", "c", "a"]


def test_words_are_numbers_in_any_shape():
    words = pipelines.WordVocabulary(["in", "\u00fcber"])
    assert len(words) == 4
    dense = words.encode(tf.constant([["In", "\u00dcBER"], ["x", ""]]))
    assert dense.dtype == "int32" and dense.numpy().tolist() == [[2, 3], [1, 0]]
    ragged = words.encode(tf.ragged.constant([["in"], [], ["y", "in"]]))
    assert ragged.to_list() == [[2], [], [1, 2]]


@pytest.mark.parametrize(
    ("vocabulary", "received"),
    [([], r"\[\]"), (["a", "B"], "'B' at index 1"), (["a", "a"], "'a' at index 1"), ([""], "''")],
)
def test_words_refuse_a_bad_vocabulary(vocabulary, received):
    with pytest.raises(ValueError, match=received):
        pipelines.WordVocabulary(vocabulary)
