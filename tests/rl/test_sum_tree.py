"""The tree of sums against NumPy's own sampling."""

import numpy as np
import pytest

from keras_dl.rl.sum_tree import SumTree


@pytest.mark.parametrize("num_leaves", [1, 2, 7, 64, 100])
def test_places_are_drawn_in_proportion(num_leaves):
    random = np.random.default_rng(0)
    tree = SumTree(num_leaves, alpha=0.7)
    tree.activate(np.arange(num_leaves))
    errors = random.normal(size=num_leaves)
    tree.update_priorities(np.arange(num_leaves), errors)
    wanted = (np.abs(errors) + 1e-6) ** 0.7
    np.testing.assert_allclose(tree.priorities, wanted)
    drawn = np.concatenate([tree.sample(50, random)[0] for _ in range(2000)])
    shares = np.bincount(drawn, minlength=num_leaves) / len(drawn)
    np.testing.assert_allclose(shares, wanted / wanted.sum(), atol=5e-3)


def test_weights_undo_what_is_drawn_too_often():
    tree = SumTree(6, alpha=1.0, beta=1.0)
    tree.activate(np.arange(6))
    tree.update_priorities(np.arange(6), np.array([1.0, -2, 3, -4, 5, 6]))
    indices, weights = tree.sample(600, np.random.default_rng(0))
    probabilities = np.arange(1, 7) / 21
    expected = (6 * probabilities[indices]) ** -1.0
    np.testing.assert_allclose(weights, expected / expected.max(), rtol=1e-5)
    # The mean of anything, weighted, is that over places drawn evenly.
    values = np.array([3.0, 1, 4, 1, 5, 9])
    assert abs(np.average(values[indices], weights=weights) - values.mean()) < 0.15


def test_new_ones_come_with_the_greatest_priority_and_hidden_ones_stay_away():
    tree = SumTree(8, alpha=1.0)
    tree.activate(np.arange(4))
    tree.update_priorities(np.arange(4), np.array([0.5, 7.0, 1.0, 2.0]))
    tree.activate(np.array([5]))
    assert tree.priorities[5] == pytest.approx(7.0)
    tree.deactivate(np.array([1, 2]))
    tree.update_priorities(np.array([1, 2, 3]), np.array([9.0, 9.0, 3.0]))
    np.testing.assert_allclose(tree.priorities, [0.5, 0, 0, 3, 0, 7, 0, 0], atol=1e-5)
    assert set(tree.sample(500, np.random.default_rng(0))[0]) == {0, 3, 5}


def test_a_part_of_a_draw_sees_all_places():
    tree = SumTree(1000)
    tree.activate(np.arange(1000))
    indices, _ = tree.sample(64, np.random.default_rng(0))
    for part in np.split(indices, 2):
        assert part.min() < 100 and part.max() > 900


def test_duplicate_places_leave_the_sums_right():
    tree = SumTree(5, alpha=1.0)
    tree.activate(np.arange(5))
    tree.update_priorities(np.array([2, 2, 4]), np.array([1.0, 3.0, 2.0]))
    assert tree._sums[1] == pytest.approx(tree.priorities.sum())


@pytest.mark.parametrize("wrong", [{"alpha": 1.5}, {"beta": -0.1}])
def test_exponents_are_shares(wrong):
    with pytest.raises(ValueError, match=str(next(iter(wrong.values())))):
        SumTree(8, **wrong)
