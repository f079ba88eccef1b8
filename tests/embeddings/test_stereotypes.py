import numpy as np
import pytest

from keras_dl.embeddings import WordVectors, hard_debias, stereotyped_analogies

PAIR = ("she", "he")
RATINGS = {"nurse": -0.9, "surgeon": 0.6, "maid": -0.7, "butler": 0.5, "clerk": 0.0}
OTHERS = ["sister", "brother"]


def _vectors():
    """Two words to a topic, one on either side of the first unit; `clerk` in the middle of one."""
    rows = {
        "she": (0.5, 1, 0, 0, 0),
        "he": (-0.5, 1, 0, 0, 0),
        "sister": (0.4, 0, 1, 0, 0),
        "brother": (-0.4, 0, 1, 0, 0),
        "nurse": (0.3, 0, 0, 1, 0),
        "surgeon": (-0.3, 0, 0, 1, 0.2),
        "maid": (-0.2, 0, 0, 0, 1),  # here the vectors contradict the list
        "butler": (0.2, 0, 0, 0, 1),
        "clerk": (0.0, 0, 0, 1, 0),
    }
    return WordVectors(list(rows), list(rows.values()))


def _brute_force(vectors, pair, words, n):
    """Every two words, one after the other, as the paper defines the score."""
    unit = {w: vectors[w].astype("float64") for w in words}
    unit = {w: row / np.linalg.norm(row) for w, row in unit.items()}
    seed = unit[pair[0]] - unit[pair[1]]
    found = []
    for x in words:
        scores = []
        for y in words:
            step = unit[x] - unit[y]
            if x != y and np.linalg.norm(step) <= 1:
                score = seed @ step / np.linalg.norm(seed) / np.linalg.norm(step)
                scores.append((score, y))
        if scores and max(scores)[0] > 1e-6:
            found.append((x, max(scores)[1], max(scores)[0]))
    return sorted(found, key=lambda entry: -entry[2])[:n]


def test_counts_what_the_list_calls_biased():
    found = stereotyped_analogies(_vectors(), PAIR, RATINGS, OTHERS)
    made = {(x, y) for x, y, _ in found.analogies}
    assert made >= {("she", "he"), ("sister", "brother"), ("butler", "maid")}
    # nurse : clerk is the straighter step; clerk : surgeon, 0 to 0.6, counts as well.
    assert made >= {("nurse", "clerk"), ("clerk", "surgeon")}
    assert (found.stereotyped, found.opposed, len(found.analogies)) == (2, 1, 5)
    assert found.share == 0.4
    assert "2 of 5" in str(found) and "40.0%" in str(found)


@pytest.mark.parametrize("n", [3, 40, 1000])
def test_equals_brute_force_on_random_vectors(n):
    rng = np.random.default_rng(0)
    words = [f"w{number}" for number in range(60)]
    vectors = WordVectors(words, rng.normal(size=(60, 3)))
    ratings = {word: float(rng.integers(-1, 2)) for word in words[2:40]}
    found = stereotyped_analogies(vectors, words[:2], ratings, words[40:], n=n)
    expected = _brute_force(vectors, words[:2], words, n)
    assert [entry[:2] for entry in found.analogies] == [entry[:2] for entry in expected]
    np.testing.assert_allclose(
        [entry[2] for entry in found.analogies], [entry[2] for entry in expected], rtol=1e-9
    )
    rated = [(x, y) for x, y, _ in expected if x in ratings and y in ratings]
    assert found.stereotyped == sum(ratings[x] < ratings[y] for x, y in rated) > 0
    assert found.opposed == sum(ratings[x] > ratings[y] for x, y in rated)


def test_nothing_stereotyped_is_left_of_exactly_neutral_words():
    vectors, direction = _vectors(), np.eye(5)[0]
    found = hard_debias(vectors, direction, [], [("she", "he"), ("sister", "brother")])
    after = stereotyped_analogies(found, PAIR, RATINGS, OTHERS)
    assert {(x, y) for x, y, _ in after.analogies} == {("she", "he"), ("sister", "brother")}
    assert after.share == 0


def test_words_that_are_missing_are_reported_and_no_analogy_is_no_share():
    found = stereotyped_analogies(_vectors(), PAIR, {**RATINGS, "pilot": 1.0}, ["aunt"])
    assert found.missing == ["pilot", "aunt"]
    apart = WordVectors([*PAIR, *RATINGS], np.eye(7))
    none = stereotyped_analogies(apart, PAIR, RATINGS)
    assert none.analogies == [] and np.isnan(none.share)


def test_errors():
    with pytest.raises(ValueError, match="Received 'her'"):
        stereotyped_analogies(_vectors(), ("her", "his"), RATINGS)
    with pytest.raises(ValueError, match=r"words, \['she', 'he', 'nurse'\] have vectors"):
        stereotyped_analogies(_vectors(), PAIR, {"nurse": -1, "pilot": 1})
    with pytest.raises(ValueError, match=r"different vectors.* Received pair \('he', 'he'\)"):
        stereotyped_analogies(_vectors(), ("he", "he"), RATINGS)
