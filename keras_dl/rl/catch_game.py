"""Catch: a game of falling balls that an agent learns from pixels in minutes."""

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv

SIZE = 84
_BALL, _PADDLE_HEIGHT, _PADDLE_WIDTH, _SPEED = 6, 4, 14, 6
_BALLS = 10


class Catch(VectorEnv):
    """Vectorized game in which a paddle catches balls: +1 for each catch, -1 for each miss.

    A ball starts in a random column, falls 6 pixels per step, drifts sideways and bounces off the
    walls. The paddle stays (action 0) or moves 6 pixels to the left (1) or right (2). One frame
    does not show how the ball drifts. An episode has ten balls, so scores range from -10 to 10.
    Random play scores about -6.

    Args:
        num_envs: int. Number of parallel games.
    """

    def __init__(self, num_envs: int) -> None:
        self.num_envs = num_envs
        self.metadata = {"autoreset_mode": AutoresetMode.NEXT_STEP}
        self.single_action_space = gymnasium.spaces.Discrete(3)
        self.single_observation_space = gymnasium.spaces.Box(0, 255, (SIZE, SIZE), np.uint8)
        self._random: list[np.random.Generator | None] = [None] * num_envs
        self._ball = np.zeros((num_envs, 2), "int64")  # row and column of the top left pixel
        self._drift = np.zeros(num_envs, "int64")
        self._paddle = np.zeros(num_envs, "int64")
        self._balls = np.zeros(num_envs, "int64")
        self._over = np.zeros(num_envs, bool)

    def reset(
        self,
        *,
        # The base class says int, but gymnasium's own vector environments take lists.
        seed: list[int] | None = None,  # type: ignore[override]
        options: dict[str, np.ndarray] | None = None,
    ) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Resets all games, or those in `options["reset_mask"]`; `seed` is a list or None."""
        which = (options or {}).get("reset_mask", np.ones(self.num_envs, bool))
        for game in np.flatnonzero(which):
            if seed is not None or self._random[game] is None:
                self._random[game] = np.random.default_rng(None if seed is None else seed[game])
            self._begin(game)
        return self._frames(), {}

    def step(
        self, actions: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, np.ndarray]]:
        """Moves the paddle and ball of each game; games that are over are reset instead."""
        began = self._over.copy()
        moves = np.array([0, -_SPEED, _SPEED])[actions]
        self._paddle = np.clip(self._paddle + moves, 0, SIZE - _PADDLE_WIDTH)
        self._ball[:, 0] += _SPEED
        column = self._ball[:, 1] + self._drift
        hit = (column < 0) | (column > SIZE - _BALL)
        self._drift = np.where(hit, -self._drift, self._drift)
        self._ball[:, 1] = np.clip(column, 0, SIZE - _BALL)
        landed = self._ball[:, 0] + _BALL > SIZE - _PADDLE_HEIGHT
        gap = self._ball[:, 1] - self._paddle
        caught = landed & (gap > -_BALL) & (gap < _PADDLE_WIDTH)
        rewards = np.where(began | ~landed, 0.0, np.where(caught, 1.0, -1.0))
        self._balls += landed
        for game in np.flatnonzero(landed & ~began):
            self._drop(game)
        for game in np.flatnonzero(began):
            self._begin(game)
        self._over = ~began & (self._balls >= _BALLS)
        return self._frames(), rewards, self._over.copy(), np.zeros(self.num_envs, bool), {}

    def _begin(self, game):
        self._paddle[game] = self._random[game].integers(0, SIZE - _PADDLE_WIDTH + 1)
        self._balls[game] = 0
        self._over[game] = False
        self._drop(game)

    def _drop(self, game):
        self._ball[game] = 0, self._random[game].integers(0, SIZE - _BALL + 1)
        self._drift[game] = self._random[game].integers(-4, 5)

    def _frames(self):
        frames = np.zeros((self.num_envs, SIZE, SIZE), np.uint8)
        for game in range(self.num_envs):
            row, column = self._ball[game]
            frames[game, row : row + _BALL, column : column + _BALL] = 255
            frames[game, -_PADDLE_HEIGHT:, self._paddle[game] :][:, :_PADDLE_WIDTH] = 128
        return frames
