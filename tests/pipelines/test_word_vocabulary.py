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
        ("It wasn\u2019t good, didn`t it?", "It was n\u2019t good , did n`t it ?"),
        ("It wasnt good. isn\u00b4t", "It was nt good . is n\u00b4t"),
        ("I didn\\'t. It isn&#39;t.", "I did n\\'t . It is n&#39;t ."),
        ("_A_ ~wonderful~ **film**.", "_ A _ ~ wonderful ~ ** film ** ."),
        (
            "Paris\U0001f600 and \u2605\u2605, London\u2764\ufe0f.",
            "Paris \U0001f600 and \u2605\u2605 , London \u2764\ufe0f .",
        ),
        (
            "\u201eBerlin\u201c, \u2039Rom\u203a, \u201aParis\u2018 now",
            "\u201e Berlin \u201c , \u2039 Rom \u203a , \u201a Paris \u2018 now",
        ),
        (
            "Paris\u2013London, Google/Microsoft, 5/5, 1990\u201395",
            "Paris \u2013 London , Google / Microsoft , 5/5 , 1990\u201395",
        ),
        ("Obama -born in Hawaii- spoke, well-known", "Obama - born in Hawaii - spoke , well-known"),
        ("\uff08London\uff09 \u300cTokyo\u300d", "\uff08 London \uff09 \u300c Tokyo \u300d"),
        ("Where:London;When:May 10:30", "Where : London ; When : May 10:30"),
        ("We left Berlin.Then he left.", "We left Berlin . Then he left ."),
        ("AT&amp;T, &quot;no&quot;", "AT&amp;T , &quot; no &quot;"),
        ("didnt wasnt isnt good", "did nt was nt is nt good"),
        (
            "www.Google.com, http://a.b/Foo.Bar and John.Smith@X.Com. End",
            "www.Google.com , http://a.b/Foo.Bar and John.Smith@X.Com . End",
        ),
        (
            "Dr.Smith@x.com met Dr.Smith in Rome.Then @bob.Then I",
            "Dr.Smith@x.com met Dr. Smith in Rome . Then @bob . Then I",
        ),
        ("It was good.I liked it, vitamin A.I", "It was good . I liked it , vitamin A.I"),
        (
            "Ann\U0001f469\u200d\U0001f4bb, \u2764\ufe0f\u200d\U0001f525\U0001f389\u200b.",
            "Ann \U0001f469\u200d\U0001f4bb , \u2764\ufe0f\u200d\U0001f525\U0001f389 .",
        ),
        (
            "(BBC/CNN/Coca-Cola's) Rome/Oslo and/or 5/5",
            "( BBC / CNN / Coca-Cola 's ) Rome / Oslo and/or 5/5",
        ),
        ("AT&T; isn&#x27;t &#8220;it&#8221;", "AT&T ; is n&#x27;t &#8220; it &#8221;"),
        ("", ""),
        (" \t ", ""),
        ("e.g. this", "e.g. this"),
    ],
)
def test_tokens_are_those_of_the_treebank(text, tokens):
    assert _tokens(text) == tokens.split()
    assert _tokens(tokens) == tokens.split(), "text in tokens changes"


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("<p>I <b>loved</b> it.</p><br />a < b and c > d", "I loved it . a < b and c > d"),
        (
            "x <b and c> y <b\nclass=z> <td nowrap width='5'>w <a href=\"/U?x=1\" > </a >",
            "x < b and c > y w",
        ),
        ("A&nbsp;film&#160;\u200b.", "A film ."),
        (
            "\ufeffAnn\u200b met\u200e \u200bBob won\u00adder\u00adful",
            "Ann met Bob won\u00adder\u00adful",
        ),
    ],
)
def test_tags_and_invisible_characters_around_words_are_in_no_token(text, tokens):
    assert _tokens(text) == tokens.split()


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


def test_other_spellings_have_the_id_of_the_usual_one():
    usual = ["n't", "wonderful", '"', "at&t", "angela", "...", "semi-final"]
    words = pipelines.WordVocabulary(usual)
    spelled = [
        "N\u2019T nt n\\'t n&#39;t n&#x2019;t n\u00b4t",
        "won\u00adder\u00adful",
        "\u201c \u00bb &quot; &#8220;",
    ]
    spelled += ["AT&amp;T", "\uff21\uff4e\uff47\uff45\uff4c\uff41", "\u2026", "semi\u2010final"]
    for word, others in zip(usual, spelled, strict=True):
        assert set(words.encode(others.split()).numpy()) == {usual.index(word) + 2}, word


@pytest.mark.parametrize(
    ("vocabulary", "received"),
    [([], r"\[\]"), (["a", "B"], "'B' at index 1"), (["a", "a"], "'a' at index 1"), ([""], "''")],
)
def test_words_refuse_a_bad_vocabulary(vocabulary, received):
    with pytest.raises(ValueError, match=received):
        pipelines.WordVocabulary(vocabulary)


def test_a_usual_spelling_in_the_vocabulary_counts_for_all_spellings():
    words = ["n\u2019t", "n't", "\u201c", "caf\u00e9"]
    encoded = pipelines.WordVocabulary(words).encode(
        ["n\u2019t", "n't", "n`t", "\u201c", '"', "caf\u00e9"]
    )
    assert encoded.numpy().tolist() == [3, 3, 3, 4, 1, 5]
