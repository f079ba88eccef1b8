import numpy as np
import pytest
from sklearn.decomposition import PCA

from keras_dl.embeddings import WordVectors, bias_direction

PAIRS = [("she", "he"), ("her", "his"), ("mother", "father"), ("girl", "boy")]


def _vectors(seed=0, units=5):
    """Pairs that differ mostly along the first unit, of many lengths."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in PAIRS:
        middle, off = rng.normal(size=units), rng.normal(size=units) * 0.2
        off[0] += 1
        rows += [3 * (middle + off), 0.5 * (middle - off)]
    return WordVectors([word for pair in PAIRS for word in pair], rows)


def test_the_axes_are_those_of_pca_on_centred_pairs():
    vectors = _vectors()
    found = bias_direction(vectors, PAIRS)
    unit = vectors.vectors.astype("float64")
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    halves = (unit[::2] - unit[1::2]) / 2
    # A pair at its own mean is +half and -half: their mean is 0, so scikit-learn moves nothing.
    expected = PCA().fit(np.concatenate([halves, -halves]))
    np.testing.assert_allclose(
        found.explained_variance[:4], expected.explained_variance_ratio_[:4], atol=1e-12
    )
    np.testing.assert_allclose(abs(found.components[0] @ expected.components_[0]), 1, atol=1e-12)
    np.testing.assert_allclose(found.components @ found.components.T, np.eye(5), atol=1e-12)
    assert found.direction.dtype == "float64"


def test_first_words_are_on_the_positive_side():
    for seed in range(5):
        vectors = _vectors(seed)
        found = bias_direction(vectors, PAIRS)
        assert np.sum((vectors.unit[::2] - vectors.unit[1::2]) @ found.direction) > 0
        turned = bias_direction(vectors, [(second, first) for first, second in PAIRS])
        np.testing.assert_allclose(turned.direction, -found.direction, atol=1e-12)


def test_the_direction_turns_with_the_vectors():
    vectors = _vectors()
    rotation, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(5, 5)))
    turned = WordVectors(vectors.words, vectors.vectors @ rotation)
    expected = bias_direction(vectors, PAIRS).direction @ rotation
    np.testing.assert_allclose(bias_direction(turned, PAIRS).direction, expected, atol=1e-6)


def test_the_angle_is_small_where_pairs_agree_and_large_where_they_do_not():
    agree = WordVectors(list("abcdef"), [[1, 1], [-1, 1], [1, 2], [-1, 2], [2, 1], [-2, 1]])
    pairs = [("a", "b"), ("c", "d"), ("e", "f")]
    np.testing.assert_allclose(bias_direction(agree, pairs).angle, 0, atol=1e-5)
    apart = WordVectors(list("abcdef"), [*np.eye(6)])
    median, most = bias_direction(apart, pairs).angle
    assert 0 < median <= most <= 90
    assert most > 45
    assert bias_direction(apart, pairs, seed=3).angle == bias_direction(apart, pairs, seed=3).angle


def test_sets_of_three_span_a_plane():
    rng = np.random.default_rng(0)
    middles = np.repeat(rng.normal(size=(4, 6)), 3, axis=0)
    middles[:, :2] = 0
    middles /= np.linalg.norm(middles, axis=1, keepdims=True)
    corners = np.zeros((3, 6))
    corners[:, :2] = [[1, 0], [-0.5, 0.75**0.5], [-0.5, -(0.75**0.5)]]
    words = [f"{group}{number}" for number in range(4) for group in "xyz"]
    vectors = WordVectors(words, middles + np.tile(corners, (4, 1)))
    found = bias_direction(vectors, [words[start : start + 3] for start in range(0, 12, 3)])
    np.testing.assert_allclose(found.explained_variance[:3], [0.5, 0.5, 0], atol=1e-6)
    np.testing.assert_allclose(found.components[:2, 2:], 0, atol=1e-6)


def test_missing_pairs_are_reported():
    found = bias_direction(_vectors(), [*PAIRS, ("Mary", "John"), ("she", "John")])
    assert found.missing == [("Mary", "John"), ("she", "John")]
    assert found.pairs == PAIRS
    assert "Mary/John" in str(found)
    np.testing.assert_array_equal(found.direction, bias_direction(_vectors(), PAIRS).direction)


def test_errors():
    with pytest.raises(
        ValueError, match=r"1 such pairs; pairs without vectors are \[\('gal', 'guy'\)\]"
    ):
        bias_direction(_vectors(), [PAIRS[0], ("gal", "guy")])
    same = WordVectors(list("abcd"), [[1, 2], [1, 2], [3, 1], [3, 1]])
    with pytest.raises(ValueError, match=r"equal vectors in \[\('a', 'b'\), \('c', 'd'\)\]"):
        bias_direction(same, [("a", "b"), ("c", "d")])
