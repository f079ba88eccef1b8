"""Value iteration with known dynamics."""

import numpy as np

from keras_dl.rl.transition_table import TransitionTable


def value_iteration(
    transitions: TransitionTable, discount: float, *, tolerance: float = 1e-10
) -> np.ndarray:
    """Computes `Q*` by iterating `Q(s, a) <- E[r + discount max_a' Q(s', a')]`.

    An outcome that ends the game counts only its reward.

    Args:
        transitions: `TransitionTable`.
        discount: float, at least 0 and below 1. Discount factor per step.
        tolerance: float. Largest allowed difference between a value and `Q*`.

    Returns:
        float64 `(states, actions)`, in units of the reward.

    Raises:
        ValueError: if `discount` is out of range.

    Reference: Sutton & Barto 2018, Reinforcement Learning, section 4.4.
    """
    if not 0 <= discount < 1:
        raise ValueError(
            f"value_iteration: discount must be at least 0 and below 1. Received {discount}. Use "
            "0.99, for instance."
        )
    q = np.zeros(transitions.shape)
    goes_on = discount * ~transitions.terminated
    while True:
        targets = transitions.rewards + goes_on * q.max(1)[transitions.next_states]
        improved = (transitions.probabilities * targets).sum(-1)
        change = np.abs(improved - q).max()
        q = improved
        if change * discount <= tolerance * (1 - discount):  # bound on all later changes
            return q
