"""Sum tree for sampling in proportion to changing priorities."""

import numpy as np


class SumTree:
    """Sum tree of priorities for prioritized replay, which samples whole batches at once.

    Transition i is sampled with probability `P(i) = p_i / sum of p`, where
    `p_i = (|error_i| + 1e-6)^alpha`. Its weight in the loss is `P(i)^-beta`, divided by the largest
    weight of the batch. New transitions get the highest priority so far. One pass through the
    levels of the binary tree serves the whole batch.

    Args:
        num_leaves: int. Number of transitions.
        alpha: float from 0 (uniform sampling) to 1.
        beta: float from 0 to 1 (unbiased). Raise the attribute `beta` to 1 during training.

    Reference: Schaul et al. 2016, "Prioritized Experience Replay".
    """

    def __init__(self, num_leaves: int, alpha: float = 0.6, beta: float = 0.4) -> None:
        for name, value in (("alpha", alpha), ("beta", beta)):
            if not 0 <= value <= 1:
                raise ValueError(
                    f"SumTree: {name} must be from 0 to 1. Received {value}. Use alpha 0.6 and "
                    "beta 0.4, as in the paper."
                )
        self.alpha = alpha
        self.beta = beta
        self.max_priority = 1.0
        self._depth = max(int(num_leaves - 1).bit_length(), 1)
        self._sums = np.zeros(2 << self._depth)
        self._num_leaves = num_leaves

    @property
    def priorities(self) -> np.ndarray:
        """Priority p of each leaf, float64 `(num_leaves,)`; 0 if the leaf cannot be sampled."""
        start = 1 << self._depth
        return self._sums[start : start + self._num_leaves]

    def restore(self, priorities: np.ndarray, max_priority: float) -> None:
        """Restores all priorities."""
        self.max_priority = float(max_priority)
        self._set(np.arange(self._num_leaves), priorities)

    def activate(self, indices: np.ndarray) -> None:
        """Gives new transitions the highest priority so far."""
        self._set(indices, self.max_priority)

    def deactivate(self, indices: np.ndarray) -> None:
        """Excludes transitions from sampling."""
        self._set(indices, 0.0)

    def update_priorities(self, indices: np.ndarray, errors: np.ndarray) -> None:
        """Sets the priorities of active transitions from their errors."""
        priorities = (np.abs(errors) + 1e-6) ** self.alpha
        shown = self.priorities[indices] > 0
        if not shown.all():
            indices, priorities = indices[shown], priorities[shown]
        if len(indices):
            self.max_priority = max(self.max_priority, float(priorities.max()))
            self._set(indices, priorities)

    def sample(self, size: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Samples indices, one from each of `size` equal parts of the sum, in random order.

        Returns:
            int64 indices and float32 weights, both `(size,)`.
        """
        sums = self._sums
        # Shuffled, because indices follow time: each part of a sample should cover all times.
        wanted = (random.permutation(size) + random.random(size)) * (sums[1] / size)
        nodes = np.ones(size, "int64")
        for _ in range(self._depth):
            nodes *= 2
            left = sums[nodes]
            # Rounding must not lead into an empty subtree.
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
