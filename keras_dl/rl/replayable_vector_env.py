"""Games side by side that can be played again."""

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

# A seed takes Atari's emulator a tenth of a second, since it reads the game anew.
_EPISODES_OF_A_SEED = 8


@dataclasses.dataclass(frozen=True)
class Step:
    """What one action in each game led to. All arrays have one row to a game.

    Attributes:
        rewards: float32, not clipped.
        terminated: bool. What comes next is worth 0. A life lost counts where the game is made so,
            though it goes on.
        truncated: bool. A limit of time cuts the episode off; what comes next would have a value.
        autoreset: bool. True if this step was an automatic reset: the action was ignored, there is
            no transition, and the next frame is the first one of a new episode.
        scores: dict from game (int) to the score, all rewards as they are, of each episode that was
            found to be over.
    """

    rewards: np.ndarray
    terminated: np.ndarray
    truncated: np.ndarray
    autoreset: np.ndarray
    scores: dict


class ReplayableVectorEnv:
    """Plays the games of a `gymnasium.vector.VectorEnv` such that they can be repeated.

    Every eighth episode of a game, the first one too, begins from a seed, which comes from that of
    the run, the place of the game and the number of the episode. From there on the game is its
    actions: those of the last `memory` steps are kept, and of the steps before, back to a seed.
    From these `replay` brings the games back to where they were, frame by frame.

    A game whose episode is over begins the next one in the step that follows, whatever its action
    there is (gymnasium's `AutoresetMode.NEXT_STEP`); `Step.autoreset` tells.

    Args:
        vector_env: `gymnasium.vector.VectorEnv` with at most 256 discrete actions and next-step
            reset. If it has `send` and `recv`, its games go on beside other work between them.
        seed: int. Two of these with the same seed see the same frames after the same actions.
        life_loss: bool. The emulator tells a lost life as it tells an end.

    Attributes:
        frames: the newest frame, or state, of each game.
        time: int. Steps made in each game.
        memory: int. Steps of each game that `replay` must be able to bring back: 0 until it is set,
            which `DQNTraining` does before the first step.

    Raises:
        ValueError: if the environment resets itself in another way, or has other actions or states.
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
        self._numbers = np.zeros(self.num_envs, "int64")  # of the episodes under way
        # (step, number) of each game's episodes, from the last seed `memory` steps ago or before.
        self._begins = [collections.deque([(0, 0)]) for _ in range(self.num_envs)]
        self._actions: collections.deque[np.ndarray] = collections.deque()
        self._over = np.zeros(self.num_envs, bool)
        self._cut_off = np.zeros(self.num_envs, bool)
        self._scores = np.zeros(self.num_envs)
        self._reset(np.ones(self.num_envs, bool))

    def send(self, actions: ArrayLike) -> None:
        """Sends an action (int) to each game; they work on it until `receive`."""
        self._sent = np.asarray(actions, "int32")
        self._actions.append(self._sent.astype("uint8"))
        if hasattr(self._env, "send"):
            self._env.send(self._sent)

    def receive(self) -> Step:
        """Waits for the games, puts their frames into `frames` and returns the `Step`."""
        rewards, terminated, truncated, began = self._receive()
        for game in np.flatnonzero(began):
            self._numbers[game] += 1
            self._begins[game].append((self.time, int(self._numbers[game])))
        self._forget()
        return self._step(rewards, terminated, truncated, began)

    def state(self) -> dict[str, np.ndarray]:
        """Returns a dict of arrays from which `replay` brings the games back."""
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
        """Plays again what `state` tells; yields (frames, actions, `Step`) of each step.

        Steps before a game's first recorded episode are filler. Only the last `memory` steps are
        real for all games.

        Raises:
            ValueError: if the games go another way than they did.
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
            rewards, terminated, truncated, found = self._receive()
            began = self._begin_again(begins)
            if (found != began)[first_begins < self.time].any():
                raise self._other_games("end otherwise")
            yield frames, actions, self._step(rewards, terminated, truncated, began)
        if self._seen() != state["seen"]:
            raise self._other_games("show other frames")
        self._forget()

    def _seen(self):
        """Returns a sum of the newest frames, by which other games are told."""
        return np.int64(zlib.crc32(np.ascontiguousarray(self.frames)))

    def _other_games(self, what):
        return ValueError(
            f"the games must be those that the run began with. Received games that {what} at step "
            f"{self.time}. Resume with the same seed and the same versions of the games."
        )

    def _begin_again(self, begins):
        """Sets the numbers of the episodes that began at this time; returns which did."""
        began = np.array([(game, self.time) in begins for game in range(self.num_envs)])
        for game in np.flatnonzero(began):
            self._numbers[game] = begins[game, self.time]
        return began

    def _receive(self):
        """Returns rewards, terminated, truncated and which games began anew by themselves."""
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
        # The last step of what was played before an episode that began there says nothing of it.
        self._over = (terminated | truncated) & ~began
        self._cut_off = truncated & ~began
        return Step(rewards, terminated, truncated, began, scores)

    def _began(self, info):
        if not self._life_loss:
            return self._over
        # Where a game ended and not a life alone, the count of frames began anew.
        before, self._frame_numbers = self._frame_numbers, info["episode_frame_number"]
        return self._over & (self._cut_off | (self._frame_numbers <= before))

    def _reset(self, which):
        """Begins the episodes of some games, each from its seed."""
        seeds = [
            int(np.random.SeedSequence((self._seed, game, number)).generate_state(1)[0] >> 1)
            for game, number in enumerate(self._numbers.tolist())
        ]
        if hasattr(self._env, "ale"):
            seeds = np.array(seeds)[which]
        self.frames, info = self._env.reset(seed=seeds, options={"reset_mask": which})
        self._frame_numbers = info.get("episode_frame_number")

    def _forget(self):
        """Drops what was before the last seed of each game that is `memory` steps ago."""
        for begins in self._begins:
            old = [number for time, number in begins if time <= self.time - self.memory]
            while old and begins[0][1] < old[-1] - old[-1] % _EPISODES_OF_A_SEED:
                begins.popleft()
        first = min(begins[0][0] for begins in self._begins)
        while len(self._actions) > self.time - first:
            self._actions.popleft()


def _check(vector_env: "VectorEnv") -> "tuple[Discrete, Box]":
    """Returns the spaces of actions and of states."""
    mode = str(getattr(vector_env.metadata.get("autoreset_mode"), "value", "unknown"))
    if mode != "NextStep":
        raise ValueError(
            "vector_env must reset its games in the step after their end. Received autoreset_mode "
            f"{mode!r}. Make it with gymnasium.vector.AutoresetMode.NEXT_STEP."
        )
    from gymnasium.spaces import Box, Discrete  # which those who have no games do without

    actions, states = vector_env.single_action_space, vector_env.single_observation_space
    if not isinstance(actions, Discrete) or actions.n > 256 or actions.start != 0:
        raise ValueError(
            "vector_env must have from 1 to 256 discrete actions, counted from 0. Received "
            f"{actions}. Q-learning needs a value for each of them."
        )
    if not isinstance(states, Box) or not states.shape:
        raise ValueError(
            "vector_env must show arrays, as gymnasium.spaces.Box. Received "
            f"{states}. Learn numbered states by QLearning."
        )
    return actions, states
