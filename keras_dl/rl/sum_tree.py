"""Sampling in proportion to priorities that change."""

import numpy as np


class SumTree:
    """Priorities of prioritized replay, from which whole batches are drawn at once.

    Transition i is drawn with probability `P(i) = p_i / sum of p`,
    `p_i = (|error_i| + 1e-6)^alpha`, and counts `P(i)^-beta` in the loss, divided by the greatest
    of the batch. New ones have the greatest priority so far. A binary tree of sums finds them: one
    pass over a level serves the whole batch.

    Args:
        num_leaves: int. Places for transitions.
        alpha: float from 0 (all as likely) to 1.
        beta: float from 0 to 1 (no bias is left). An attribute, to be raised to 1 in training.

    Reference:
        Schaul et al., 2016, "Prioritized Experience Replay".
    """

    def __init__(self, num_leaves: int, alpha: float = 0.6, beta: float = 0.4) -> None:
        for name, value in (("alpha", alpha), ("beta", beta)):
            if not 0 <= value <= 1:
                raise ValueError(
                    f"{name} must be from 0 to 1. Received {value}. 0.6 and 0.4 are the paper's."
                )
        self.alpha = alpha
        self.beta = beta
        self.max_priority = 1.0
        self._depth = max(int(num_leaves - 1).bit_length(), 1)
        self._sums = np.zeros(2 << self._depth)
        self._num_leaves = num_leaves

    @property
    def priorities(self) -> np.ndarray:
        """float64 `[num_leaves]`: p of each place, 0 where nothing can be drawn."""
        start = 1 << self._depth
        return self._sums[start : start + self._num_leaves]

    def restore(self, priorities: np.ndarray, max_priority: float) -> None:
        """Takes all priorities back."""
        self.max_priority = float(max_priority)
        self._set(np.arange(self._num_leaves), priorities)

    def activate(self, indices: np.ndarray) -> None:
        """Gives new transitions the greatest priority so far."""
        self._set(indices, self.max_priority)

    def deactivate(self, indices: np.ndarray) -> None:
        """Keeps places from being drawn."""
        self._set(indices, 0.0)

    def update_priorities(self, indices: np.ndarray, errors: np.ndarray) -> None:
        """Sets the priorities of places, by the errors of their transitions, unless hidden."""
        priorities = (np.abs(errors) + 1e-6) ** self.alpha
        shown = self.priorities[indices] > 0
        if not shown.all():
            indices, priorities = indices[shown], priorities[shown]
        if len(indices):
            self.max_priority = max(self.max_priority, float(priorities.max()))
            self._set(indices, priorities)

    def sample(self, size: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draws `size` places, one from each of as many equal shares of the sum, in any order.

        Returns:
            int64 places and float32 weights, both `[size]`.
        """
        sums = self._sums
        # Shuffled, since places are times: a part of the draw is to see as much of them as all.
        wanted = (random.permutation(size) + random.random(size)) * (sums[1] / size)
        nodes = np.ones(size, "int64")
        for _ in range(self._depth):
            nodes *= 2
            left = sums[nodes]
            # Rounding must not lead to where nothing is.
            right = (wanted >= left) & (sums[nodes + 1] > 0)
            wanted -= left * right
            nodes += right
        drawn = sums[nodes]
        weights = (drawn / drawn.min()) ** -self.beta
        return nodes - (1 << self._depth), weights.astype("float32")

    def _set(self, indices, priorities):
        nodes = np.asarray(indices) + (1 << self._depth)
        self._sums[nodes] = priorities
        for _ in range(self._depth):
            nodes = np.unique(nodes >> 1)
            self._sums[nodes] = self._sums[2 * nodes] + self._sums[2 * nodes + 1]
