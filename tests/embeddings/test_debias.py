import numpy as np
import pytest
from scipy.optimize import minimize

from keras_dl.embeddings import WordVectors, equalize, hard_debias, neutralize, soft_debias


def _vectors(n=40, units=20, seed=0):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n, units)) * rng.uniform(0.2, 5, size=(n, 1))
    return WordVectors([f"w{number}" for number in range(n)], rows)


def _direction(units=20, count=1):
    q, _ = np.linalg.qr(np.random.default_rng(7).normal(size=(units, count)))
    return q[:, 0] if count == 1 else q.T


def test_neutral_words_have_nothing_of_the_direction():
    vectors, direction = _vectors(2000), _direction()
    words = vectors.words[:1500]
    found = neutralize(vectors, direction, words)
    rows = found.vectors.astype("float64")
    assert found.vectors.dtype == "float32"
    assert np.abs(rows[:1500] @ direction).max() <= 1e-7
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(rows[1500:], vectors.unit[1500:], atol=1e-7)
    # What is left is the old vector as seen from across the direction.
    other = vectors.unit[3] - vectors.unit[3] @ direction * direction
    np.testing.assert_allclose(rows[3], other / np.linalg.norm(other), atol=1e-6)
    assert vectors.words == found.words


def test_a_word_of_nothing_but_bias_becomes_zero():
    direction = _direction()
    vectors = WordVectors(["only", "not"], [3 * direction, np.ones(20)])
    np.testing.assert_array_equal(neutralize(vectors, direction, ["only"])["only"], 0)


@pytest.mark.parametrize(("count", "size"), [(1, 2), (1, 3), (2, 2), (2, 3), (3, 5)])
def test_equalised_words_are_equidistant_to_neutral_ones(count, size):
    vectors, basis = _vectors(), _direction(count=count)
    sets = [vectors.words[:size], vectors.words[size : 2 * size]]
    neutral = vectors.words[10:]
    found = equalize(neutralize(vectors, basis, neutral), basis, sets)
    rows = found.vectors.astype("float64")
    for words in sets:
        members = rows[found.numbers(words)]
        np.testing.assert_allclose(np.linalg.norm(members, axis=1), 1, atol=1e-6)
        cosines = rows[10:] @ members.T
        assert np.ptp(cosines, axis=1).max() <= 1e-6
        distance = np.linalg.norm(rows[10:, None] - members, axis=2)
        assert np.ptp(distance, axis=1).max() <= 1e-6
        basis_rows = np.atleast_2d(basis)
        before, after = vectors.unit[vectors.numbers(words)] @ basis_rows.T, members @ basis_rows.T
        centered = before - before.mean(axis=0)
        # None has changed sides: each still lies where it lay from the mean of its set.
        alike = np.sum(centered * after, axis=1) / np.linalg.norm(centered, axis=1)
        np.testing.assert_allclose(alike, np.linalg.norm(after, axis=1), atol=1e-6)


def test_equalising_commutes_with_a_rotation_and_twice_is_once():
    vectors, direction = _vectors(), _direction()
    rotation, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(20, 20)))
    sets = [("w0", "w1"), ("w2", "w3")]
    found = equalize(neutralize(vectors, direction, vectors.words[4:]), direction, sets)
    turned = WordVectors(vectors.words, vectors.vectors @ rotation)
    other = direction @ rotation
    again = equalize(neutralize(turned, other, vectors.words[4:]), other, sets)
    np.testing.assert_allclose(again.vectors, found.vectors @ rotation, atol=2e-6)
    twice = equalize(found, direction, [*sets, sets[0]])
    np.testing.assert_allclose(twice.vectors, found.vectors, atol=1e-6)


def test_hard_debiasing_keeps_specific_words_and_never_neutralises_a_set():
    vectors, direction = _vectors(), _direction()
    found = hard_debias(vectors, direction, ["w5", "not there"], [("w0", "w1")])
    bias = found.vectors.astype("float64") @ direction
    assert np.abs(bias[[*range(2, 5), *range(6, 40)]]).max() <= 1e-7
    np.testing.assert_allclose(found["w5"], vectors.unit[5], atol=1e-7)
    assert abs(bias[0] - -bias[1]) < 1e-6 and abs(bias[0]) > 0.1


def _objective(unit, neutral, direction, strength, transform):
    """Bolukbasi's two terms, written as they are in the paper."""
    kept = (transform @ unit.T).T @ (transform @ unit.T) - unit @ unit.T
    bias = (transform @ neutral.T).T @ (transform @ direction)
    return np.sum(kept**2) + strength * np.sum(bias**2)


# With most words neutral the optimum has full rank; with few words and a strong pull it has not.
@pytest.mark.parametrize(
    ("words", "neutral", "strength", "rank"),
    [(12, 12, 0.5, 3), (12, 12, 50.0, 3), (12, 6, 3.0, 3), (4, 1, 3.0, 2), (4, 2, 100.0, 2)],
)
def test_soft_debiasing_is_what_scipy_finds(words, neutral, strength, rank):
    units, vectors, direction = 3, _vectors(words, 3, seed=4), _direction(3)
    unit = vectors.vectors.astype("float64")
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    found = soft_debias(vectors, direction, vectors.words[:neutral], strength)

    def loss(flat):
        return _objective(unit, unit[:neutral], direction, strength, flat.reshape(units, units))

    starts = [np.eye(units), np.eye(units) + 0.1 * np.random.default_rng(0).normal(size=(3, 3))]
    best = min(
        (minimize(loss, s.ravel(), method="BFGS", options={"gtol": 1e-9}) for s in starts),
        key=lambda result: result.fun,
    )
    expected = unit @ best.x.reshape(units, units).T
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    # T is known up to a rotation, so the similarities are compared.
    rows = found.vectors.astype("float64")
    np.testing.assert_allclose(rows @ rows.T, expected @ expected.T, atol=2e-4)
    assert np.linalg.matrix_rank(rows, tol=1e-4) == rank


def test_the_strength_of_soft_debiasing():
    vectors, direction = _vectors(200), _direction()
    unchanged = soft_debias(vectors, direction, vectors.words, 0)
    np.testing.assert_allclose(unchanged.vectors, vectors.unit, atol=1e-6)
    bias = [
        np.abs(soft_debias(vectors, direction, vectors.words, strength).vectors @ direction).max()
        for strength in (0, 1, 100, 1e12)
    ]
    assert bias[0] > bias[1] > bias[2] > bias[3]
    assert bias[3] < 1e-4


def test_errors():
    vectors, direction = _vectors(), _direction()
    with pytest.raises(ValueError, match="Received 'nurse'"):
        neutralize(vectors, direction, ["nurse"])
    for wrong in (np.ones(3), np.zeros(20), np.full(20, np.nan), np.ones((2, 20))):
        with pytest.raises(ValueError, match=rf"neutralize.*Received shape \({wrong.shape[0]},"):
            neutralize(vectors, wrong, ["w1"])
    with pytest.raises(ValueError, match=r"soft_debias.*Received shape \(2, 20\)"):
        soft_debias(vectors, _direction(count=2), ["w1"], 1)
    with pytest.raises(ValueError, match=r"Received \['w1'\] more than once"):
        equalize(vectors, direction, [("w0", "w1"), ("w1", "w2")])
    flat = neutralize(vectors, direction, ["w0", "w1"])
    with pytest.raises(ValueError, match=r"Received \('w0', 'w1'\), with the components"):
        equalize(flat, direction, [("w0", "w1")])
    for wrong in (-1, np.nan):
        with pytest.raises(ValueError, match=f"strength.* Received {wrong}"):
            soft_debias(vectors, direction, ["w1"], wrong)
    with pytest.raises(ValueError, match=r"soft_debias: strength.*Received 1e\+12. Use at most"):
        soft_debias(_vectors(4, 3, seed=4), _direction(3), ["w0"], 1e12)
    with pytest.raises(ValueError, match=r"span all 20 dimensions. Received vectors of rank 10"):
        soft_debias(_vectors(10), direction, ["w1"], 1)
