"""The values that are right, where the dynamics are known: what learning is measured against."""

import numpy as np

from keras_dl.rl.transition_table import TransitionTable


def value_iteration(
    transitions: TransitionTable, discount: float, *, tolerance: float = 1e-10
) -> np.ndarray:
    """Returns `Q*`, by `Q(s, a) <- E[r + discount max_a' Q(s', a')]` until it rests.

    An outcome that ends the game counts with its reward alone.

    Args:
        transitions: `TransitionTable`.
        discount: float, at least 0 and below 1. Worth of a reward one step later.
        tolerance: float. How far from `Q*` a value may be at most.

    Returns:
        float64 `(states, actions)`, in units of the reward.

    Raises:
        ValueError: if the discount is out of range.

    Reference: Sutton & Barto 2018, Reinforcement Learning, section 4.4.
    """
    if not 0 <= discount < 1:
        raise ValueError(
            f"value_iteration: discount must be at least 0 and below 1. Received {discount}. "
            "Games without an end have no finite value otherwise."
        )
    q = np.zeros(transitions.shape)
    goes_on = discount * ~transitions.terminated
    while True:
        targets = transitions.rewards + goes_on * q.max(1)[transitions.next_states]
        improved = (transitions.probabilities * targets).sum(-1)
        change = np.abs(improved - q).max()
        q = improved
        if change * discount <= tolerance * (1 - discount):  # what all later steps can add
            return q
