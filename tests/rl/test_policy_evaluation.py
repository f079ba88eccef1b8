import gymnasium
import numpy as np
import pytest

from keras_dl.rl import TransitionTable, greedy_policy, policy_values, value_iteration


@pytest.fixture(scope="module")
def lake():
    return TransitionTable.of(gymnasium.make("FrozenLake-v1"))


def test_a_policy_is_worth_what_iteration_says(lake):
    policy = np.random.default_rng(0).dirichlet(np.ones(4), 16)
    values = np.zeros(16)
    for _ in range(400):
        targets = lake.rewards + 0.9 * ~lake.terminated * values[lake.next_states]
        values = (policy * (lake.probabilities * targets).sum(-1)).sum(-1)
    np.testing.assert_allclose(policy_values(lake, policy, 0.9), values, atol=1e-12)
    # Of all policies the greedy one of the best values is worth most, in every state.
    q = value_iteration(lake, 0.9)
    best = policy_values(lake, greedy_policy(q), 0.9)
    np.testing.assert_allclose(best, q.max(1), atol=1e-9)
    assert (best >= values - 1e-12).all() and best[0] > values[0]


def test_greedy_shares_what_is_equal():
    policy = greedy_policy(np.array([[1.0, 2.0, 2.0], [0.0, 0.0, 0.0], [3.0, 1.0, 2.0]]))
    np.testing.assert_allclose(policy, [[0, 0.5, 0.5], [1 / 3] * 3, [1, 0, 0]])


def test_errors(lake):
    with pytest.raises(ValueError, match="Received discount 1.0"):
        policy_values(lake, np.ones((16, 4)) / 4, 1.0)
    with pytest.raises(ValueError, match=r"policy \(16, 3\)"):
        policy_values(lake, np.ones((16, 3)) / 3, 0.9)
