"""States of several frames, for those who play."""

import numpy as np


class FrameStacks:
    """The newest frames of each game, as the network takes them.

    Frames before an episode began are 0, as they are in the `ReplayBuffer`.

    Args:
        frames: first frames of the games, `[num_envs, *frame_shape]`.
        stack: int. Frames in a state.
        state_shape: shape of one state, with the frames along the last axis.
    """

    def __init__(self, frames: np.ndarray, stack: int, state_shape: tuple[int, ...]) -> None:
        self._stack = np.zeros((stack, *frames.shape), frames.dtype)
        self._state_shape = state_shape
        self.push(frames, np.ones(len(frames), bool))

    @property
    def states(self) -> np.ndarray:
        """`[num_envs, *state_shape]`."""
        return np.stack(list(self._stack), axis=-1).reshape(-1, *self._state_shape)

    def push(self, frames: np.ndarray, autoreset: np.ndarray) -> None:
        """Adds the newest frames; the frames of games that began an episode are the only ones in
        their stacks."""
        # Whole planes: moving them along the last axis takes ten times as long.
        self._stack[:-1] = self._stack[1:]
        self._stack[:, autoreset] = 0
        self._stack[-1] = frames


def frames_in(state_shape: tuple[int, ...], frame_shape: tuple[int, ...]) -> int:
    """Returns how many frames a state has, 0 if none would fit."""
    if state_shape == frame_shape:
        return 1
    long = tuple(size for size in frame_shape if size > 1)
    return state_shape[-1] if long == state_shape[:-1] else 0
