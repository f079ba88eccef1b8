import numpy as np
import pytest
from scipy.stats import pearsonr

from keras_dl.embeddings import WordVectors, neutralize, remaining_bias

DIRECTION = np.eye(8)[0]


def _vectors(hidden=0.0, n=400):
    """Words with a bias along the first unit, of which the second tells too, as does `hidden`."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(n, 8))
    rows[:, 1:] *= 0.7
    rows[:, 1] += hidden * np.sign(rows[:, 0])
    return WordVectors([f"w{number}" for number in range(n)], rows)


def _card(before, after, **sizes):
    words, professions = before.words[:300], before.words[280:360]
    sizes = {"n": 100, "neighbors": 20, **sizes}
    return remaining_bias(before, after, DIRECTION, words, professions, **sizes)


def test_bias_that_is_gone_and_bias_that_is_hidden():
    open_bias, hidden = _vectors(), _vectors(hidden=3.0)
    gone = _card(open_bias, neutralize(open_bias, DIRECTION, open_bias.words))
    assert gone.probe[0] > 0.95 and gone.probe[1] < 0.6
    assert gone.clusters[0] > 0.7 and gone.clusters[1] < 0.65
    assert gone.neighbors[0] > 0.7 and abs(gone.neighbors[1]) < 0.3
    assert gone.debiased and "Debiased as far as a linear probe" in str(gone)
    # Neutralized all the same, and yet every word can still be put on its side.
    left = _card(hidden, neutralize(hidden, DIRECTION, hidden.words))
    assert left.probe[1] > 0.95 and left.clusters[1] > 0.95 and left.neighbors[1] > 0.7
    assert not left.debiased
    assert "NOT debiased" in str(left)
    assert "Debiased" not in str(left)
    assert f"{left.probe[1]:.1%}" in str(left) and f"{left.neighbors[1]:.2f}" in str(left)


def test_the_same_vectors_twice_have_the_same_measures():
    found = _card(_vectors(), _vectors())
    for before, after in (found.probe, found.clusters, found.neighbors):
        assert before == after
    assert found.words == 100 and found.professions == 80 and found.missing == []


def test_neighbor_correlation_equals_a_loop():
    vectors = _vectors()
    found = _card(vectors, vectors).neighbors[0]
    unit = vectors.vectors.astype("float64")
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    bias, shares = [], []
    for profession in range(280, 360):
        others = [row for row in range(300) if row != profession]
        nearest = sorted(others, key=lambda row: -(unit[row] @ unit[profession]))[:20]
        bias.append(unit[profession, 0])
        shares.append(np.mean([unit[row, 0] > 0 for row in nearest]))
    np.testing.assert_allclose(found, pearsonr(bias, shares).statistic, rtol=1e-12)


def test_the_most_biased_words_come_from_the_vectors_before():
    before = _vectors()
    rng = np.random.default_rng(1)
    # Whatever is told of the words by other numbers must not be found: these are noise.
    noise = WordVectors(before.words, rng.normal(size=(400, 8)))
    assert _card(before, noise).probe[1] < 0.6
    assert _card(noise, before).probe[1] < 0.65


def test_missing_professions_are_reported():
    vectors = _vectors()
    professions = ["nurse", *vectors.words[:5]]
    found = remaining_bias(
        vectors, vectors, DIRECTION, vectors.words, professions, n=50, neighbors=10
    )
    assert found.missing == ["nurse"] and found.professions == 5


def test_neighbours_that_are_all_on_one_side_have_no_correlation():
    vectors = _vectors()
    positive = [word for word in vectors.words if vectors[word][0] > 0]
    found = remaining_bias(
        vectors, vectors, DIRECTION, positive, vectors.words[:90], n=50, neighbors=9
    )
    assert found.neighbors == (0.0, 0.0)


def test_errors():
    vectors = _vectors()
    with pytest.raises(ValueError, match="Received 400 and 300 words that differ"):
        _card(vectors, WordVectors(vectors.words[:300], vectors.vectors[:300]))
    for wrong in ({"n": 151}, {"n": 4}, {"neighbors": 300}, {"neighbors": 0}):
        (name, value), *_ = wrong.items()
        with pytest.raises(ValueError, match=f"Received .*{name} {value}.*300 words"):
            _card(vectors, vectors, **wrong)
    with pytest.raises(ValueError, match="2 professions"):
        remaining_bias(vectors, vectors, DIRECTION, vectors.words, ["w1", "w2", "nurse"], n=50)
