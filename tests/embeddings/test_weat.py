import itertools

import numpy as np
import pytest

from keras_dl.embeddings import WordVectors, weat

X, Y = [f"x{n}" for n in range(8)], [f"y{n}" for n in range(8)]
A, B = [f"a{n}" for n in range(5)], [f"b{n}" for n in range(7)]


def _vectors(lean=0.5):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(28, 6)) * rng.uniform(0.5, 3, size=(28, 1))
    rows[:8, 0] += lean
    rows[16:21, 0] += 4
    return WordVectors([*X, *Y, *A, *B], rows)


def _association(vectors, word, a, b):
    """Caliskan's s(w, A, B), one cosine after the other, in float64."""

    def cosine(one, other):
        one, other = vectors[one].astype("float64"), vectors[other].astype("float64")
        return one @ other / np.sqrt((one @ one) * (other @ other))

    return np.mean([cosine(word, w) for w in a]) - np.mean([cosine(word, w) for w in b])


def test_equals_a_double_loop_over_all_splits():
    vectors = _vectors()
    found = weat(vectors, X, Y, A, B)
    s = {word: _association(vectors, word, A, B) for word in X + Y}
    of_x, of_y = [s[w] for w in X], [s[w] for w in Y]
    deviation = np.std(list(s.values()), ddof=1)
    difference = np.mean(of_x) - np.mean(of_y)
    assert abs(found.effect_size - difference / deviation) < 1e-12
    assert abs(found.statistic - (sum(of_x) - sum(of_y))) < 1e-12
    total = sum(s.values())
    sums = [2 * sum(s[w] for w in split) - total for split in itertools.combinations(X + Y, 8)]
    expected = np.mean([value >= sums[0] - 1e-12 for value in sums])
    assert (found.exact, found.splits) == (True, 12_870) == (True, len(sums))
    assert found.p == expected
    assert 0.01 < expected < 0.99  # so that a wrong side or a lost split shows
    population = weat(vectors, X, Y, A, B, ddof=0).effect_size
    np.testing.assert_allclose(population, difference / np.std(list(s.values())), rtol=1e-12)


def test_sampled_p_is_near_the_exact_one():
    exact, drawn = (weat(_vectors(), X, Y, A, B, permutations=n) for n in (12_870, 12_869))
    assert (exact.exact, drawn.exact, drawn.splits) == (True, False, 12_869)
    error = np.sqrt(exact.p * (1 - exact.p) / drawn.splits)
    assert 0 < abs(drawn.p - exact.p) < 2.58 * error  # the 99% interval
    again = weat(_vectors(), X, Y, A, B, permutations=12_869)
    assert drawn.p == again.p
    assert drawn.p != weat(_vectors(), X, Y, A, B, permutations=12_869, seed=1).p


@pytest.mark.parametrize("permutations", [100_000, 1000])
def test_p_is_small_for_a_strong_association_and_large_for_the_opposite(permutations):
    found = weat(_vectors(lean=30), X, Y, A, B, permutations=permutations)
    least = 1 / 12_870 if permutations > 12_870 else 1 / 1001
    assert found.p == least  # the observed split counts, whatever is rounded
    assert found.effect_size > 1.5
    opposite = weat(_vectors(lean=30), Y, X, A, B, permutations=permutations)
    assert opposite.p == 1
    np.testing.assert_allclose(opposite.effect_size, -found.effect_size, rtol=1e-12)


def test_missing_words_are_reported_and_sizes_may_differ():
    vectors = _vectors()
    found = weat(vectors, [*X[:3], "gone"], Y, A, [*B, "lost"])
    assert found.missing == ["gone", "lost"]
    assert found.sizes == (3, 8, 5, 7)
    assert found.splits == 165
    assert "missing: gone, lost" in str(found)
    assert found.p == weat(vectors, X[:3], Y, A, B).p


def test_errors():
    with pytest.raises(ValueError, match=r"targets_y .*\['y1', 'why'\], but only \['y1'"):
        weat(_vectors(), X, ["y1", "why"], A, B)
    with pytest.raises(ValueError, match=r"Received \['x1'\] more than once"):
        weat(_vectors(), X, ["y1", "x1"], A, B)
    same = WordVectors(list("xyzuab"), np.ones((6, 2)))
    with pytest.raises(ValueError, match=r"standard deviation of 0\.0"):
        weat(same, ["x", "y"], ["z", "u"], ["a", "b"], ["b", "a"])
