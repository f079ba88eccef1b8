"""Vectorized environment that can replay its games."""

import collections
import dataclasses
import zlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from gymnasium.spaces import Box, Discrete
    from gymnasium.vector import VectorEnv

# Seeding takes the Atari emulator a tenth of a second, because it loads the game again.
_EPISODES_OF_A_SEED = 8


@dataclasses.dataclass(frozen=True)
class Step:
    """Result of one action in each game. All arrays have one entry per game.

    Attributes:
        rewards: float32, not clipped.
        terminated: bool. Whether the next state has value 0. With `life_loss`, this is also True
            after the loss of a life, although the game continues.
        truncated: bool. Whether a time limit ended the episode. The next state would have a value.
        autoreset: bool. Whether this step was an automatic reset: the action was ignored, there is
            no transition, and the next frame is the first one of a new episode.
        scores: dict that maps the index of each game that was reset to its score, the sum of its
            unclipped rewards.
    """

    rewards: np.ndarray
    terminated: np.ndarray
    truncated: np.ndarray
    autoreset: np.ndarray
    scores: dict


class ReplayableVectorEnv:
    """Wrapper of a `gymnasium.vector.VectorEnv` that can replay its games.

    Every eighth episode of a game, starting with the first, begins with a new seed. This seed is
    derived from `seed`, the index of the game and the number of the episode. After that, the
    actions determine the game. The wrapper stores the actions of the last `memory` steps, and of
    earlier steps back to a new seed. From these actions, `replay` restores the games frame by
    frame.

    When an episode is over, the next step of the game begins a new episode and ignores its action
    (gymnasium's `AutoresetMode.NEXT_STEP`). `Step.autoreset` marks this step.

    Args:
        vector_env: `gymnasium.vector.VectorEnv` with at most 256 discrete actions and next-step
            reset. If it has the methods `send` and `recv`, its games run in parallel to the code
            between these two calls.
        seed: int. Wrappers with the same seed return the same frames after the same actions.
        life_loss: bool. Whether the emulator reports the loss of a life as the end of an episode.

    Attributes:
        frames: newest frame, or state, of each game.
        time: int. Number of steps taken in each game.
        memory: int. Number of steps of each game that `replay` must be able to restore. Initially
            0; `DQNTraining` sets it before the first step.

    Raises:
        ValueError: if the reset mode, the actions or the states of the environment are unsupported.
    """

    def __init__(self, vector_env: "VectorEnv", seed: int, life_loss: bool = False) -> None:
        actions, states = _check(vector_env)
        self.num_envs = vector_env.num_envs
        self.num_actions = int(actions.n)
        self.frame_shape = states.shape
        self.frame_dtype = states.dtype
        self._env = vector_env
        self._seed = seed
        self._life_loss = life_loss
        self.memory = 0
        self.time = 0
        self._numbers = np.zeros(self.num_envs, "int64")  # of the current episodes
        # (step, number) of each game's episodes, from the last seed at least `memory` steps ago.
        self._begins = [collections.deque([(0, 0)]) for _ in range(self.num_envs)]
        self._actions: collections.deque[np.ndarray] = collections.deque()
        self._over = np.zeros(self.num_envs, bool)
        self._cut_off = np.zeros(self.num_envs, bool)
        self._scores = np.zeros(self.num_envs)
        self._reset(np.ones(self.num_envs, bool))

    def send(self, actions: ArrayLike) -> None:
        """Sends an action (int) to each game; the games run until `receive`."""
        self._sent = np.asarray(actions, "int32")
        self._actions.append(self._sent.astype("uint8"))
        if hasattr(self._env, "send"):
            self._env.send(self._sent)

    def receive(self) -> Step:
        """Waits for the games, stores their frames in `frames` and returns the `Step`."""
        rewards, terminated, truncated, began = self._receive()
        for game in np.flatnonzero(began):
            self._numbers[game] += 1
            self._begins[game].append((self.time, int(self._numbers[game])))
        self._forget()
        return self._step(rewards, terminated, truncated, began)

    def state(self) -> dict[str, np.ndarray]:
        """Returns a dict of arrays from which `replay` restores the games."""
        begins = [(game, *begin) for game, deque in enumerate(self._begins) for begin in deque]
        actions = np.array(self._actions, "uint8").reshape(-1, self.num_envs)
        return {
            "time": np.asarray(self.time, "int64"),
            "actions": actions,
            "begins": np.array(begins),
            "seen": np.asarray(self._seen()),
        }

    def replay(
        self, state: Mapping[str, np.ndarray]
    ) -> Iterator[tuple[np.ndarray, np.ndarray, Step]]:
        """Replays the games of a `state`; yields (frames, actions, `Step`) for each step.

        Steps before a game's first recorded episode are placeholders. Only the last `memory` steps
        are real for all games.

        Raises:
            ValueError: if the games do not repeat exactly.
        """
        begins = {(int(game), int(time)): int(number) for game, time, number in state["begins"]}
        first_begins = np.full(self.num_envs, np.iinfo("int64").max)
        for game, time in begins:
            first_begins[game] = min(first_begins[game], time)
        self.time = int(state["time"]) - len(state["actions"])
        self._begin_again(begins)
        self._reset(np.ones(self.num_envs, bool))
        self._begins = [collections.deque() for _ in range(self.num_envs)]
        for (game, time), number in sorted(begins.items()):
            self._begins[game].append((time, number))
        self._actions.clear()
        for actions in state["actions"]:
            frames = self.frames
            self.send(actions)
            rewards, terminated, truncated, ended = self._receive()
            began = self._begin_again(begins)
            if (ended != began)[first_begins < self.time].any():
                raise self._other_games("end differently")
            yield frames, actions, self._step(rewards, terminated, truncated, began)
        if self._seen() != state["seen"]:
            raise self._other_games("show other frames")
        self._forget()

    def _seen(self):
        """Returns a checksum of the newest frames, which detects other games."""
        return np.int64(zlib.crc32(np.ascontiguousarray(self.frames)))

    def _other_games(self, what):
        return ValueError(
            "ReplayableVectorEnv: the games must be the same as in the saved run. Received games "
            f"that {what} at step {self.time}. Resume with the same seed and the same versions of "
            "the games."
        )

    def _begin_again(self, begins):
        """Sets the numbers of the episodes that began at this time; returns their games."""
        began = np.array([(game, self.time) in begins for game in range(self.num_envs)])
        for game in np.flatnonzero(began):
            self._numbers[game] = begins[game, self.time]
        return began

    def _receive(self):
        """Returns rewards, terminated, truncated and a mask of the games that were reset."""
        step = self._env.recv if hasattr(self._env, "recv") else self._step_now
        self.frames, rewards, terminated, truncated, info = step()
        self.time += 1
        return np.asarray(rewards, "float32"), terminated, truncated, self._began(info)

    def _step_now(self):
        return self._env.step(self._sent)

    def _step(self, rewards, terminated, truncated, began):
        scores = {int(game): float(self._scores[game]) for game in np.flatnonzero(began)}
        from_seed = began & (self._numbers % _EPISODES_OF_A_SEED == 0)
        if from_seed.any():
            self._reset(from_seed)
        self._scores = np.where(began, 0.0, self._scores + rewards)
        # The flags of a reset step do not concern the new episode.
        self._over = (terminated | truncated) & ~began
        self._cut_off = truncated & ~began
        return Step(rewards, terminated, truncated, began, scores)

    def _began(self, info):
        if not self._life_loss:
            return self._over
        # The frame count restarts only where a game ended, not where a life was lost.
        before, self._frame_numbers = self._frame_numbers, info["episode_frame_number"]
        return self._over & (self._cut_off | (self._frame_numbers <= before))

    def _reset(self, which):
        """Resets the games of a mask, each with its seed."""
        seeds = [
            int(np.random.SeedSequence((self._seed, game, number)).generate_state(1)[0] >> 1)
            for game, number in enumerate(self._numbers.tolist())
        ]
        if hasattr(self._env, "ale"):
            seeds = np.array(seeds)[which]
        self.frames, info = self._env.reset(seed=seeds, options={"reset_mask": which})
        self._frame_numbers = info.get("episode_frame_number")

    def _forget(self):
        """Drops the steps before each game's last seed that is at least `memory` steps old."""
        for begins in self._begins:
            old = [number for time, number in begins if time <= self.time - self.memory]
            while old and begins[0][1] < old[-1] - old[-1] % _EPISODES_OF_A_SEED:
                begins.popleft()
        first = min(begins[0][0] for begins in self._begins)
        while len(self._actions) > self.time - first:
            self._actions.popleft()


def _check(vector_env: "VectorEnv") -> "tuple[Discrete, Box]":
    """Checks the spaces of actions and states and returns them."""
    mode = str(getattr(vector_env.metadata.get("autoreset_mode"), "value", "unknown"))
    if mode != "NextStep":
        raise ValueError(
            "ReplayableVectorEnv: vector_env must reset its games in the step after their end. "
            f"Received autoreset_mode {mode!r}. Create it with "
            "gymnasium.vector.AutoresetMode.NEXT_STEP."
        )
    from gymnasium.spaces import Box, Discrete  # gymnasium is optional

    actions, states = vector_env.single_action_space, vector_env.single_observation_space
    if not isinstance(actions, Discrete) or actions.n > 256 or actions.start != 0:
        raise ValueError(
            "ReplayableVectorEnv: vector_env must have from 1 to 256 discrete actions, numbered "
            f"from 0. Received {actions}. Choose an environment with discrete actions."
        )
    if not isinstance(states, Box) or not states.shape:
        raise ValueError(
            "ReplayableVectorEnv: vector_env must have array states (gymnasium.spaces.Box). "
            f"Received {states}. For discrete states, use QLearning."
        )
    return actions, states
