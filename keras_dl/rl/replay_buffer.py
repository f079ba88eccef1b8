"""Experience replay that stores each frame once."""

import dataclasses

import numpy as np
from numpy.typing import DTypeLike

from keras_dl.rl.free_memory import free_memory
from keras_dl.rl.sum_tree import SumTree


@dataclasses.dataclass(frozen=True)
class Batch:
    """Batch of m-step transitions; m is `n_steps`, or less at the end of an episode.

    Attributes:
        states: `(batch, *frame_shape, stack)`. Frames from before the episode began are 0.
        next_states: states m steps later, with the same shape.
        actions: int32 `(batch,)`.
        returns: float32 `(batch,)`. `sum of discount^k * reward_k, k < m`.
        discounts: float32 `(batch,)`. Weight of the value of the next state: `discount^m`, or 0
            where the episode terminated.
        weights: float32 `(batch,)`, from 0 to 1. Weight of each transition in the loss.
        indices: int64 `(batch,)`. Indices for `ReplayBuffer.update_priorities`.
    """

    states: np.ndarray
    next_states: np.ndarray
    actions: np.ndarray
    returns: np.ndarray
    discounts: np.ndarray
    weights: np.ndarray
    indices: np.ndarray


class ReplayBuffer:
    """Replay buffer that stores the newest transitions of several games, and each frame once.

    States are stacks of frames, which are assembled when they are sampled. Stored stacks would need
    eight times the memory, because each frame (7,056 bytes for 84 x 84 pixels) is part of eight
    stacks. A ring buffer of `capacity / num_envs` steps stores one frame of each game per step.

    Args:
        capacity: int. Number of transitions, a multiple of `num_envs`.
        num_envs: int. Number of parallel games.
        frame_shape: tuple of ints. Shape of one frame.
        frame_dtype: dtype of a frame, "uint8" for pixels.
        stack: int. Number of frames in a state.
        n_steps: int. Number of rewards that are summed before the value of the next state is added.
        discount: float from 0 to 1. Discount factor per step.
        prioritized_replay: bool. Whether to sample by priority, with the `SumTree` in the attribute
            `tree`. Otherwise `tree` is None and all transitions are equally likely.

    Raises:
        ValueError: if a size is too small or the buffer does not fit into memory.

    Reference: Mnih et al. 2015, "Human-level control through deep reinforcement learning"; Sutton
    1988, "Learning to Predict by the Methods of Temporal Differences" (n steps).
    """

    def __init__(
        self,
        capacity: int,
        num_envs: int,
        frame_shape: tuple[int, ...],
        frame_dtype: DTypeLike = "uint8",
        *,
        stack: int = 4,
        n_steps: int = 1,
        discount: float = 0.99,
        prioritized_replay: bool = False,
    ) -> None:
        length, rest = divmod(capacity, num_envs)
        if rest or length <= stack + n_steps:
            raise ValueError(
                "ReplayBuffer: capacity must be a multiple of num_envs and hold more than stack + "
                f"n_steps frames of each game. Received capacity {capacity}, num_envs {num_envs}, "
                f"stack {stack}, n_steps {n_steps}. Use "
                f"{num_envs * max(length, stack + n_steps + 1)}, for instance."
            )
        frame_bytes = int(np.prod(frame_shape)) * np.dtype(frame_dtype).itemsize
        # In addition to the frame: action, reward, two flags, and at most four sums of the tree.
        _check_memory(capacity, num_envs, frame_bytes + 7 + 32 * prioritized_replay)
        self.time = 0  # number of steps added
        self._length, self._num_envs = length, num_envs
        self._stack, self._n_steps = stack, n_steps
        self._discount = discount
        self.tree = SumTree(capacity) if prioritized_replay else None
        self._frames = np.zeros((length * num_envs, *frame_shape), frame_dtype)
        self._actions = np.zeros(length * num_envs, "uint8")
        self._rewards = np.zeros(length * num_envs, "float32")
        self._terminated = np.zeros(length * num_envs, bool)
        # Whether a frame is the last of its episode, where actions are ignored. Frames from before
        # the first step count as last.
        self._last = np.ones(length * num_envs, bool)

    def __len__(self) -> int:
        """Number of stored transitions, including terminal frames, which are never sampled."""
        first, end = self._range()
        return max(end - first, 0) * self._num_envs

    def add(
        self,
        frames: np.ndarray,
        actions: np.ndarray,
        rewards: np.ndarray,
        terminated: np.ndarray,
        last: np.ndarray,
    ) -> None:
        """Adds one step of each game.

        Args:
            frames: frames on which the actions were taken, `(num_envs, *frame_shape)`.
            actions: int `(num_envs,)`.
            rewards: float `(num_envs,)`. Rewards of the actions, already clipped if needed.
            terminated: bool `(num_envs,)`. Whether the action ended the episode or a life. False
                for a truncated episode, because its next state has a value.
            last: bool `(num_envs,)`. Whether the frame ended its episode; its action was ignored.
        """
        row = slice((start := self.time % self._length * self._num_envs), start + self._num_envs)
        self._frames[row] = frames
        self._actions[row] = actions
        self._rewards[row] = rewards
        self._terminated[row] = terminated
        self._last[row] = last
        self.time += 1
        if self.tree is not None:
            self._activate_and_deactivate()

    def sample(self, size: int, random: np.random.Generator) -> Batch:
        """Samples a `Batch` of transitions.

        Args:
            size: int. Number of transitions.
            random: `numpy.random.Generator`.

        Raises:
            ValueError: if there are no transitions yet.
        """
        if len(self) == 0:
            raise ValueError(
                "ReplayBuffer: the buffer must contain a complete transition before sampling. "
                f"Received {self.time} steps, but a transition needs {self._n_steps} more steps "
                "after its own. Add more steps."
            )
        if self.tree is None:
            times, games = self._uniform(size, random)
            weights = np.ones(size, "float32")
        else:
            indices, weights = self.tree.sample(size, random)
            times, games = self._moment(indices // self._num_envs), indices % self._num_envs
        return self._batch(times, games, weights)

    def update_priorities(self, batch: Batch, errors: np.ndarray) -> None:
        """Sets the priorities of sampled transitions.

        Args:
            batch: `Batch`.
            errors: float `(batch,)`. Differences between value and target.
        """
        if self.tree is not None:
            self.tree.update_priorities(batch.indices, errors)

    def _range(self):
        """Returns the first and the end of the steps that can be sampled with all their frames."""
        # The oldest stacks are incomplete, because their first frames are overwritten.
        oldest = self.time - self._length
        first = oldest + self._stack - 1 if oldest >= 0 else 0
        return first, self.time - self._n_steps

    def _uniform(self, size, random):
        first, end = self._range()
        times = games = np.zeros(0, "int64")
        while len(times) < size:
            drawn = random.integers(0, (end - first) * self._num_envs, size + 8)
            drawn = drawn[~self._last[self._slots(first + drawn // self._num_envs, drawn)]]
            times = np.append(times, first + drawn // self._num_envs)
            games = np.append(games, drawn % self._num_envs)
        return times[:size], games[:size]

    def _slots(self, times, games):
        return times % self._length * self._num_envs + games % self._num_envs

    def _moment(self, slots):
        """Returns the newest steps that were written to the given slots of the ring."""
        newest = self.time - 1
        return newest - (newest - slots) % self._length

    def _activate_and_deactivate(self):
        """Activates new transitions, and deactivates those that cannot be sampled."""
        first, end = self._range()
        games = np.arange(self._num_envs)
        written = self.time - 1
        gone = np.arange(max(written - self._length, 0), first)[:, None]
        self.tree.deactivate(self._slots(gone, games).ravel())
        if end > 0:
            indices = self._slots(end - 1, games)
            self.tree.activate(indices[~self._last[indices]])

    def _batch(self, times, games, weights):
        ahead = times[:, None] + np.arange(self._n_steps)
        indices = self._slots(ahead, games[:, None])
        ends = self._terminated[indices]
        cut_off = self._last[self._slots(ahead + 1, games[:, None])]
        # The k-th reward counts unless the episode ended before it.
        counts = np.ones(indices.shape, bool)
        counts[:, 1:] = ~np.logical_or.accumulate((ends | cut_off)[:, :-1], 1)
        steps = counts.sum(1)
        discounts = np.float32(self._discount) ** np.arange(self._n_steps + 1, dtype="float32")
        return Batch(
            states=self._states(times, games),
            next_states=self._states(times + steps, games),
            actions=self._actions[indices[:, 0]].astype("int32"),
            returns=(self._rewards[indices] * counts) @ discounts[:-1],
            discounts=discounts[steps] * ~(ends & counts).any(1),
            weights=weights,
            indices=indices[:, 0],
        )

    def _states(self, times, games):
        """Assembles the stacks whose newest frames are those of `times`."""
        states = np.empty((len(times), *self._frames.shape[1:], self._stack), self._frames.dtype)
        earlier = np.zeros(len(times), bool)
        for age in range(self._stack):
            indices = self._slots(times - age, games)
            if age:
                earlier |= self._last[indices]
            # One plane at a time: several times as fast as transposing whole stacks.
            frames = self._frames[indices]
            frames[earlier] = 0
            states[..., self._stack - 1 - age] = frames
        return states


def _check_memory(capacity, num_envs, of_transition):
    """Rejects a buffer that would exhaust the memory hours later, when it is full."""
    free = free_memory()
    if capacity * of_transition > free:
        raise ValueError(
            f"ReplayBuffer: capacity must fit into memory. Received capacity {capacity:,}, which "
            f"takes {capacity * of_transition / 1e9:.1f} GB, but {free / 1e9:.1f} GB are free. "
            f"Use at most {free // (2 * of_transition * num_envs) * num_envs:,}."
        )
