import gymnasium
import numpy as np
import pytest

from keras_dl.rl import TransitionTable, greedy_policy, policy_values, value_iteration


@pytest.fixture(scope="module")
def cliff():
    # Its goal is no resting place: what follows the end of a game would count without care.
    return TransitionTable.of(gymnasium.make("CliffWalking-v1", is_slippery=True))


def test_a_policy_is_worth_what_iteration_says(cliff):
    policy = np.random.default_rng(0).dirichlet(np.ones(4), 48)
    values = np.zeros(48)
    for _ in range(400):
        targets = cliff.rewards + 0.9 * ~cliff.terminated * values[cliff.next_states]
        values = (policy * (cliff.probabilities * targets).sum(-1)).sum(-1)
    np.testing.assert_allclose(policy_values(cliff, policy, 0.9), values, atol=1e-9)
    # Of all policies the greedy one of the best values is worth most, in every state.
    q = value_iteration(cliff, 0.9)
    best = policy_values(cliff, greedy_policy(q), 0.9)
    np.testing.assert_allclose(best, q.max(1), atol=1e-8)
    assert (best >= values).all()


def test_greedy_shares_what_is_equal():
    policy = greedy_policy(np.array([[1.0, 2.0, 2.0], [0.0, 0.0, 0.0], [3.0, 1.0, 2.0]]))
    np.testing.assert_allclose(policy, [[0, 0.5, 0.5], [1 / 3] * 3, [1, 0, 0]])


def test_errors(cliff):
    with pytest.raises(ValueError, match=r"Received discount 1.0"):
        policy_values(cliff, np.ones((48, 4)) / 4, 1.0)
    with pytest.raises(ValueError, match=r"policy \(48, 3\)"):
        policy_values(cliff, np.ones((48, 3)) / 3, 0.9)
