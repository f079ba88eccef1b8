"""Stacks of frames, the states that a policy acts on."""

import numpy as np


class FrameStacks:
    """Stack of the newest frames of each game, in the input shape of the network.

    Frames from before an episode began are 0, as in `ReplayBuffer`.

    Args:
        frames: first frames of the games, `(num_envs, *frame_shape)`.
        stack: int. Number of frames in a state.
        state_shape: tuple of ints. Shape of one state, with the frames along the last axis.
    """

    def __init__(self, frames: np.ndarray, stack: int, state_shape: tuple[int, ...]) -> None:
        self._stack = np.zeros((stack, *frames.shape), frames.dtype)
        self._state_shape = state_shape
        self.push(frames, np.ones(len(frames), bool))

    @property
    def states(self) -> np.ndarray:
        """Current states, `(num_envs, *state_shape)`."""
        return np.stack(list(self._stack), axis=-1).reshape(-1, *self._state_shape)

    def push(self, frames: np.ndarray, autoreset: np.ndarray) -> None:
        """Adds the newest frames; clears the older ones of games that began an episode."""
        # Moves whole planes: moving them along the last axis takes ten times as long.
        self._stack[:-1] = self._stack[1:]
        self._stack[:, autoreset] = 0
        self._stack[-1] = frames


def frames_in(state_shape: tuple[int, ...], frame_shape: tuple[int, ...]) -> int:
    """Returns the number of frames in a state, or 0 if the shapes do not match."""
    if state_shape == frame_shape:
        return 1
    long = tuple(size for size in frame_shape if size > 1)
    return state_shape[-1] if long == state_shape[:-1] else 0
