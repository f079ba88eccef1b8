"""Exact evaluation of a policy in an environment with known dynamics."""

import numpy as np

from keras_dl.rl.transition_table import TransitionTable


def greedy_policy(q: np.ndarray) -> np.ndarray:
    """Returns the greedy policy of a Q table; equally good actions are equally likely.

    Args:
        q: float `(states, actions)`.

    Returns:
        float64 `(states, actions)`, probabilities of the actions.
    """
    best = q == q.max(1, keepdims=True)
    return best / best.sum(1, keepdims=True)


def policy_values(transitions: TransitionTable, policy: np.ndarray, discount: float) -> np.ndarray:
    """Computes the exact expected discounted return of a policy from each state.

    Solves `V = R + discount P V` for the rewards R and transitions P under the policy. The expected
    return at the start of a game is `transitions.start @ V`.

    Args:
        transitions: `TransitionTable`.
        policy: float64 `(states, actions)`, probabilities of the actions.
        discount: float, at least 0 and below 1. Discount factor per step.

    Returns:
        float64 `(states,)`, in units of the reward.

    Raises:
        ValueError: if `discount` is out of range or `policy` has the wrong shape.

    Reference: Sutton & Barto 2018, Reinforcement Learning, section 4.1.
    """
    if not 0 <= discount < 1 or np.shape(policy) != transitions.shape:
        raise ValueError(
            "policy_values: discount must be at least 0 and below 1, and policy must have shape "
            f"{transitions.shape}. Received discount {discount}, policy {np.shape(policy)}. Pass "
            "the probability of each action in each state."
        )
    states = np.arange(transitions.shape[0])
    chances = policy[..., None] * transitions.probabilities
    moves = np.zeros((len(states), len(states)))
    cells = np.broadcast_to(states[:, None, None], chances.shape), transitions.next_states
    np.add.at(moves, cells, discount * chances * ~transitions.terminated)
    rewards = (chances * transitions.rewards).sum((1, 2))
    return np.linalg.solve(np.eye(len(states)) - moves, rewards)
