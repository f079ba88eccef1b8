import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score
from sklearn.svm import LinearSVC

from keras_dl.embeddings import linear_probe


def _groups(gap, sizes, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.repeat([False, True], sizes)
    rows = rng.normal(size=(len(labels), 6))
    rows[:, 2] += gap * labels
    return rows / np.linalg.norm(rows, axis=1, keepdims=True), labels


@pytest.mark.parametrize("gap", [0.0, 1.0, 8.0])
def test_equals_balanced_accuracy_on_other_rows(gap):
    train, labels = _groups(gap, (300, 100))
    test, test_labels = _groups(gap, (90, 40), seed=1)
    found = linear_probe.probe_accuracy(train, labels, test, test_labels)
    machine = LinearSVC(class_weight="balanced", dual=False).fit(train, labels)
    expected = balanced_accuracy_score(test_labels, machine.predict(test))
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert (found > 0.95) == (gap == 8.0)
    assert (found < 0.6) == (gap == 0.0)


def test_cross_validation_tests_every_row_by_a_probe_that_has_not_seen_it():
    rows, labels = _groups(1.0, (100, 80))
    folds = linear_probe.parts(labels, [0.2] * 5, np.random.default_rng(3))
    expected = []
    for test in folds:
        train = [row for row in range(180) if row not in set(test)]
        machine = LinearSVC(class_weight="balanced", dual=False).fit(rows[train], labels[train])
        expected.append(balanced_accuracy_score(labels[test], machine.predict(rows[test])))
    found = linear_probe.cross_validated(rows, labels, 3)
    np.testing.assert_allclose(found, np.mean(expected), rtol=1e-12)
    # What only a row itself could tell is not learned.
    noise = np.random.default_rng(0).random(180) < 0.5
    assert linear_probe.cross_validated(np.eye(180), noise, 0) < 0.65


def test_parts_hold_each_row_once_and_both_groups_in_their_shares():
    labels = np.arange(50) % 5 == 0
    found = linear_probe.parts(labels, (0.6, 0.2, 0.2), np.random.default_rng(0))
    np.testing.assert_array_equal(np.sort(np.concatenate(found)), np.arange(50))
    assert [(len(rows), labels[rows].sum()) for rows in found] == [(30, 6), (10, 2), (10, 2)]
    other = linear_probe.parts(labels, (0.6, 0.2, 0.2), np.random.default_rng(1))
    assert set(found[0]) != set(other[0])
