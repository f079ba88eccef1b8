import gensim
import numpy as np
import pytest

from keras_dl.embeddings import WordVectors

WORDS = [f"word{place}" for place in range(60)]


@pytest.fixture
def vectors():
    return WordVectors(WORDS, np.random.default_rng(1).normal(size=(60, 9)))


@pytest.fixture
def theirs(vectors):
    found = gensim.models.KeyedVectors(9)
    found.add_vectors(vectors.words, vectors.vectors)
    return found


@pytest.mark.parametrize(
    ("positive", "negative"),
    [
        ("word3", []),
        (["word1", "word2"], ["word3"]),
        (["word9"], WORDS[:4]),
        ("word1", "word2"),
    ],
)
def test_most_similar_is_that_of_gensim(vectors, theirs, positive, negative):
    expected = theirs.most_similar(positive, negative, topn=7)
    found = vectors.most_similar(positive, negative, k=7)
    if len(negative) < 4:  # gensim takes the mean, with the same order but another length
        np.testing.assert_allclose([s for _, s in found], [s for _, s in expected], rtol=1e-5)
    assert [word for word, _ in found] == [word for word, _ in expected]


def test_multiplication_is_the_formula_of_levy_and_goldberg(vectors):
    def near(word, other):
        one, two = (vectors.vectors[WORDS.index(each)].astype("float64") for each in (word, other))
        return (1 + one @ two / np.linalg.norm(one) / np.linalg.norm(two)) / 2

    expected = {
        word: near(word, "word1") * near(word, "word2") / (near(word, "word3") + 0.001)
        for word in WORDS
        if word not in ("word1", "word2", "word3")
    }
    best = sorted(expected, key=expected.get, reverse=True)[:5]
    found = vectors.most_similar(["word1", "word2"], ["word3"], k=5, method="mul")
    assert [word for word, _ in found] == best
    np.testing.assert_allclose([s for _, s in found], [expected[w] for w in best], rtol=1e-5)


def test_similarity_and_distance(vectors, theirs):
    assert vectors.similarity("word1", "word2") == pytest.approx(
        theirs.similarity("word1", "word2"), abs=1e-6
    )
    expected = np.linalg.norm(theirs["word1"] - theirs["word2"])
    assert vectors.distance("word1", "word2") == pytest.approx(expected, rel=1e-6)
    assert vectors.distance("word1", "word1") == 0
    with_zero = WordVectors(["nothing", "a", "b"], [[0, 0], [1, 0], [2, 1]])
    assert with_zero.similarity("nothing", "a") == 0
    assert with_zero.most_similar("a", k=9) == [
        ("b", pytest.approx(2 / 5**0.5)),
        ("nothing", pytest.approx(0)),
    ]


def test_words_are_found_and_spelling_is_helped():
    vectors = WordVectors(["london", "paris", "Paris"], np.eye(3))
    assert len(vectors) == 3 and "paris" in vectors and "rome" not in vectors
    np.testing.assert_array_equal(vectors["Paris"], [0, 0, 1])
    np.testing.assert_array_equal(vectors.numbers(["paris", "london"]), [1, 0])
    with pytest.raises(ValueError, match=r"Received 'londno'. Did you mean 'london'?"):
        vectors["londno"]
    with pytest.raises(ValueError, match=r"Received 'xyzzyq'. No word has a similar spelling."):
        vectors.most_similar("xyzzyq")


@pytest.mark.parametrize(
    ("words", "vectors", "received"),
    [
        (["a", "b"], np.eye(3), r"2 words, vectors of shape \(3, 3\)"),
        ([], np.zeros((0, 2)), "0 words"),
        (["a"], np.zeros(3), r"\(3,\)"),
        (["a", "b", "a"], np.eye(3), "'a' twice"),
        (["a", "b"], [[1, 2], [np.nan, 1]], "for 'b'"),
    ],
)
def test_refuses_what_does_not_fit(words, vectors, received):
    with pytest.raises(ValueError, match=received):
        WordVectors(words, vectors)


def test_words_are_found_in_their_usual_spelling():
    vectors = WordVectors(["café", "don't", "Paris", "paris", "king", "US"], np.eye(6))
    for given, found in (
        ("cafe\u0301", "café"),
        ("CAFÉ", "café"),
        ("don\u2019t", "don't"),
        ("Paris", "Paris"),
        ("PARIS", "paris"),
        ("ki\u200bng", "king"),
        ("\uff2bing", "king"),
        ("US", "US"),
        ("us", "us"),
        ("Rome", "Rome"),
    ):
        assert vectors.spelling(given) == found


def test_words_that_cancel_have_no_neighbors(vectors):
    for positive, negative in (("word1", "word1"), (["word1", "word2"], ["word2", "word1"])):
        with pytest.raises(ValueError, match="the sum of the vectors must not be 0"):
            vectors.most_similar(positive, negative)
    assert vectors.most_similar(["word1", "word2"], "word1", k=1)


def test_refuses_questions_that_have_no_answer(vectors):
    for arguments, received in (
        ({"positive": "word1", "method": "both"}, "'both'"),
        ({"positive": "word1", "k": 0}, "k 0"),
        ({"positive": []}, r"positive \[\]"),
    ):
        with pytest.raises(ValueError, match=received):
            vectors.most_similar(**arguments)
