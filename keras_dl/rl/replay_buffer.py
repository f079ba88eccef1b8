"""Experience replay that keeps every frame once."""

import dataclasses

import numpy as np
from numpy.typing import DTypeLike

from keras_dl.rl.free_memory import free_memory
from keras_dl.rl.sum_tree import SumTree


@dataclasses.dataclass(frozen=True)
class Batch:
    """Transitions over m steps: as many as the buffer adds up, fewer before an episode's end.

    Attributes:
        states: `[batch, *frame_shape, stack]`. Frames before the episode began are 0.
        next_states: the states m steps later, likewise.
        actions: int32 `[batch]`.
        returns: float32 `[batch]`: `sum of discount^k * reward_k, k < m`.
        discounts: float32 `[batch]`, what the value of the next state counts: `discount^m`, or 0
            where the episode terminated.
        weights: float32 `[batch]`, from 0 to 1: importance of each transition in the loss.
        places: int64 `[batch]`: where they lie, for `ReplayBuffer.update_priorities`.
    """

    states: np.ndarray
    next_states: np.ndarray
    actions: np.ndarray
    returns: np.ndarray
    discounts: np.ndarray
    weights: np.ndarray
    indices: np.ndarray


class ReplayBuffer:
    """Keeps the newest transitions of several games, each frame once, and samples from them.

    States are stacks of frames, put together when they are sampled: a frame of 84 x 84 pixels
    takes 7,056 bytes and is part of eight stacks. A ring of `capacity / num_envs` steps holds a
    frame of each game at each step.

    Args:
        capacity: int. Transitions that it holds, a multiple of `num_envs`.
        num_envs: int. Games that play side by side.
        frame_shape: ints. Shape of one frame, or state.
        frame_dtype: its dtype, "uint8" for pixels.
        stack: int. Frames in a state.
        n_steps: int. Rewards that are added up before the value of the next state is taken.
        discount: float from 0 to 1. What a reward one step later counts.
        prioritized_replay: bool. Prioritized replay, by the `SumTree` in the attribute `tree`.
            Otherwise it is None, and all transitions are as likely.

    Raises:
        ValueError: if a size is too small or the memory of this machine too small.

    Reference:
        Mnih et al., 2015, "Human-level control through deep reinforcement learning"; Sutton, 1988,
        "Learning to Predict by the Methods of Temporal Differences" (n steps).
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
                "capacity must be a multiple of num_envs, the games side by side, and hold more "
                f"than stack + n_steps frames of each. Received capacity {capacity}, num_envs "
                f"{num_envs}, stack {stack}, n_steps {n_steps} (whose rewards are added up). Give "
                f"{num_envs * max(length, stack + n_steps + 1)}, for instance."
            )
        frame_bytes = int(np.prod(frame_shape)) * np.dtype(frame_dtype).itemsize
        # Beside the frame: action, reward, two ends, and at most four sums of the tree.
        _check_memory(capacity, num_envs, frame_bytes + 7 + 32 * prioritized_replay)
        self.time = 0  # steps that were added, one transition or none of each game
        self._length, self._num_envs = length, num_envs
        self._stack, self._n_steps = stack, n_steps
        self._discount = discount
        self.tree = SumTree(capacity) if prioritized_replay else None
        self._frames = np.zeros((length * num_envs, *frame_shape), frame_dtype)
        self._actions = np.zeros(length * num_envs, "uint8")
        self._rewards = np.zeros(length * num_envs, "float32")
        self._terminated = np.zeros(length * num_envs, bool)
        # Frames that no action answered, the last of their episodes. What was before the first step
        # counts as one of them.
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
            frames: the frames that were answered, `[num_envs, *frame_shape]`.
            actions: int `[num_envs]`, the answers.
            rewards: float `[num_envs]` that followed, clipped if the learner wants them so.
            terminated: bool `[num_envs]`: the episode, or a life, ended by this action. Not where
                it was cut off: the next state has a value there.
            last: bool `[num_envs]`: the frame was the last of its episode, its action ignored.
        """
        row = slice((start := self.time % self._length * self._num_envs), start + self._num_envs)
        self._frames[row] = frames
        self._actions[row] = actions
        self._rewards[row] = rewards
        self._terminated[row] = terminated
        self._last[row] = last
        self.time += 1
        if self.tree is not None:
            self._show_and_hide()

    def sample(self, size: int, random: np.random.Generator) -> Batch:
        """Returns a `Batch` of `size` transitions.

        Args:
            size: int.
            random: `numpy.random.Generator`.

        Raises:
            ValueError: if there are no transitions yet.
        """
        if len(self) == 0:
            raise ValueError(
                f"a buffer must hold transitions to sample from. Received {self.time} steps, and "
                f"a transition needs {self._n_steps} more after it. Add more."
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
            errors: float `[batch]`, the differences between value and target.
        """
        if self.tree is not None:
            self.tree.update_priorities(batch.indices, errors)

    def _range(self):
        """First and end of the steps whose transitions can be sampled, with all their frames."""
        # The write head took the frames before the oldest: its first stacks are not whole.
        oldest = self.time - self._length
        first = oldest + self._stack - 1 if oldest >= 0 else 0
        return first, self.time - self._n_steps

    def _uniform(self, size, random):
        first, end = self._range()
        times = games = np.zeros(0, "int64")
        while len(times) < size:
            drawn = random.integers(0, (end - first) * self._num_envs, size + 8)
            drawn = drawn[~self._last[self._place(first + drawn // self._num_envs, drawn)]]
            times = np.append(times, first + drawn // self._num_envs)
            games = np.append(games, drawn % self._num_envs)
        return times[:size], games[:size]

    def _place(self, times, games):
        return times % self._length * self._num_envs + games % self._num_envs

    def _moment(self, slots):
        """Returns the newest steps that were written into some slots of the ring."""
        newest = self.time - 1
        return newest - (newest - slots) % self._length

    def _show_and_hide(self):
        """Keeps the priorities of what cannot be sampled at 0."""
        first, end = self._range()
        games = np.arange(self._num_envs)
        written = self.time - 1
        gone = np.arange(max(written - self._length, 0), first)[:, None]
        self.tree.deactivate(self._place(gone, games).ravel())
        if end > 0:
            indices = self._place(end - 1, games)
            self.tree.activate(indices[~self._last[indices]])

    def _batch(self, times, games, weights):
        ahead = times[:, None] + np.arange(self._n_steps)
        indices = self._place(ahead, games[:, None])
        ends = self._terminated[indices]
        cut_off = self._last[self._place(ahead + 1, games[:, None])]
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
        """Puts together the stacks whose newest frames are those of `times`."""
        states = np.empty((len(times), *self._frames.shape[1:], self._stack), self._frames.dtype)
        earlier = np.zeros(len(times), bool)
        for age in range(self._stack):
            indices = self._place(times - age, games)
            if age:
                earlier |= self._last[indices]
            # One plane at a time: several times as fast as transposing whole stacks.
            frames = self._frames[indices]
            frames[earlier] = 0
            states[..., self._stack - 1 - age] = frames
        return states


def _check_memory(capacity, num_envs, of_transition):
    """Refuses what would be killed for want of memory hours later, when the buffer is full."""
    free = free_memory()
    if capacity * of_transition > free:
        raise ValueError(
            "capacity must be so small that memory holds the transitions. Received capacity "
            f"{capacity:,}: {capacity * of_transition / 1e9:.1f} GB, and {free / 1e9:.1f} GB are "
            f"free. Give at most {free // (2 * of_transition * num_envs) * num_envs:,}."
        )
