import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from keras_dl.embeddings import WordVectors, null_space_projection
from keras_dl.embeddings.linear_probe import cross_validated, parts


def _vectors(groups=300, units=12, gap=0.8):
    """Two groups that differ along two units and in nothing else."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(2 * groups + 50, units))
    labels = np.repeat([False, True], groups)
    rows[: 2 * groups, :2] += gap * np.where(labels, 1, -1)[:, None]
    words = [f"w{number}" for number in range(len(rows))]
    return WordVectors(words, rows * 3), words[: 2 * groups], labels


def test_no_linear_classifier_tells_the_groups_apart_any_more():
    vectors, words, labels = _vectors(groups=2000)
    found = null_space_projection(vectors, words, labels)
    assert found.before > 0.8
    assert found.after < 0.57
    assert found.held_out == 800
    assert f"{len(found.directions)} directions" in str(found)
    rows = found.vectors.vectors.astype("float64")
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    assert np.abs(rows @ found.directions[-1]).max() <= 1e-7
    np.testing.assert_allclose(np.linalg.norm(found.directions, axis=1), 1, atol=1e-12)
    # Another machine than the one inside, on rows that it has not seen.
    some = np.arange(len(words)) % 2 == 0
    other = LogisticRegression(C=100).fit(rows[:4000][some], labels[some])
    assert other.score(rows[:4000][~some], labels[~some]) < 0.56


def test_equals_projections_by_hand_and_keeps_what_is_across():
    vectors, words, labels = _vectors()
    found = null_space_projection(vectors, words, labels, accuracy=0.0, max_iterations=3)
    assert found.directions.shape == (3, 12)
    rows = vectors.vectors.astype("float64")
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    for direction in found.directions:
        rows = rows @ (np.eye(12) - np.outer(direction, direction))
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    np.testing.assert_allclose(found.vectors.vectors, rows, atol=1e-6)
    # The first direction is where the groups were made to differ: the first two units.
    assert found.directions[0][:2] @ [0.5**0.5, 0.5**0.5] > 0.95


def test_groups_that_cannot_be_told_apart_are_left_alone():
    vectors, words, labels = _vectors(gap=0.0)
    found = null_space_projection(vectors, words, labels, accuracy=0.7)
    assert found.directions.shape == (0, 12)
    assert found.before == found.after
    np.testing.assert_allclose(found.vectors.vectors, vectors.unit, atol=1e-7)


def test_the_seed_decides_alone():
    vectors, words, labels = _vectors()
    first, second, other = (
        null_space_projection(vectors, words, labels, seed=n) for n in (1, 1, 2)
    )
    np.testing.assert_array_equal(first.vectors.vectors, second.vectors.vectors)
    assert not np.array_equal(first.directions[0], other.directions[0])


def test_held_out_words_do_not_choose_the_directions():
    vectors, words, labels = _vectors()
    found = null_space_projection(vectors, words, labels, accuracy=0.0, max_iterations=1)
    rows = vectors.unit[: len(words)].astype("float64")
    # The mean of all words gives another direction than that of the three fifths for training.
    everything = rows[labels].mean(axis=0) - rows[~labels].mean(axis=0)
    cosine = found.directions[0] @ everything / np.linalg.norm(everything)
    assert 0.9 < cosine < 0.9999


def test_the_report_learns_from_held_out_words():
    rng = np.random.default_rng(0)
    labels = np.arange(2000) % 2 == 0
    rows = rng.normal(size=(2000, 40))
    rows[labels, :2] += 3
    train, stop, report = parts(labels, (0.6, 0.2, 0.2), np.random.default_rng(0))
    # In the words for training and stopping the groups differ along the first unit, in those of
    # the report along the second too.
    rows[np.concatenate([train, stop]), 1] = rng.normal(size=1600)
    words = [f"w{number}" for number in range(2000)]
    found = null_space_projection(WordVectors(words, rows), words, labels)
    assert found.before > 0.9 and found.after > 0.8
    unit = found.vectors.vectors.astype("float64")[report]
    assert found.after == pytest.approx(cross_validated(unit, labels[report], 0), abs=0.01)


def test_errors():
    vectors, words, labels = _vectors()
    with pytest.raises(ValueError, match=r"Received 600 words and labels of shape \(599,\)"):
        null_space_projection(vectors, words, labels[1:])
    with pytest.raises(
        ValueError, match=r"Received 349 words and labels of shape \(349,\) with 49 True"
    ):
        null_space_projection(vectors, words[:349], labels[:349])
    with pytest.raises(ValueError, match="Received 'nurse'"):
        null_space_projection(vectors, [*words, "nurse"], [*labels, True])
