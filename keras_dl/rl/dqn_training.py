"""Training loop of a DQN: play, replay, updates and checkpoints."""

import dataclasses
import math
import time
from collections.abc import Mapping

import keras
import numpy as np

from keras_dl.rl.dqn import DQN
from keras_dl.rl.dqn_settings import DQNSettings
from keras_dl.rl.frame_stacks import FrameStacks, frames_in
from keras_dl.rl.play_log import PlayLog
from keras_dl.rl.replay_buffer import Batch, ReplayBuffer
from keras_dl.rl.replayable_vector_env import ReplayableVectorEnv
from keras_dl.training.atomic_file import Json
from keras_dl.training.checkpoint import check_same
from keras_dl.training.resumable import check_same_training

_ROWS = 100


class DQNTraining:
    """Training loop that plays all games, stores their transitions and trains a DQN.

    `training.train_by_steps` runs it. The history has at most a hundred rows.

    While the games run the actions of one step, the network trains on earlier steps. All randomness
    comes from `seed`, and the order of operations is fixed. On a CPU, two runs with the same seed
    are bitwise equal, even if one of them was killed and resumed. The replay buffer is not saved to
    disk. To refill it after resuming, `ReplayableVectorEnv.replay` plays the games again.

    Args:
        agent: `DQN`.
        environments: new `ReplayableVectorEnv` with `settings.num_envs` games. Its `memory` is set
            to the length of the replay buffer.
        settings: `DQNSettings`.
        steps: int. Total number of steps, summed over the games. It is rounded up to a multiple of
            the number of games, and must allow an update after `settings.learning_starts`.
        seed: int. Seed of exploration and replay.
        name: str. Name of the game. A checkpoint with another name is rejected.

    Attributes:
        total: int. Total number of steps, after rounding.
        log: `PlayLog`.
        waited: float. Seconds spent waiting for the games.

    Raises:
        ValueError: if the games and the network do not match, the steps end before the first
            update, or the buffer does not fit into memory.
    """

    def __init__(
        self,
        agent: DQN,
        environments: ReplayableVectorEnv,
        settings: DQNSettings,
        *,
        steps: int,
        seed: int,
        name: str = "",
    ) -> None:
        state_shape = agent.model.input_shape[1:]
        stack = frames_in(state_shape, environments.frame_shape)
        if not stack or agent.model.output_shape[-1] != environments.num_actions:
            raise ValueError(
                "DQNTraining: agent must map a stack of frames to one value per action. Received a "
                f"model from {state_shape} to {agent.model.output_shape[-1]} values for frames of "
                f"{environments.frame_shape} and {environments.num_actions} actions. Build the "
                "model for these games."
            )
        if environments.num_envs != settings.num_envs or environments.time:
            raise ValueError(
                "DQNTraining: environments must be settings.num_envs new environments. Received "
                f"{environments.num_envs} environments after {environments.time} steps, with "
                f"num_envs {settings.num_envs}. Create new environments."
            )
        total, first = (
            -(-number // settings.num_envs) * settings.num_envs
            for number in (steps, settings.learning_starts)
        )
        if total // settings.train_frequency <= first // settings.train_frequency:
            update = (first // settings.train_frequency + 1) * settings.train_frequency
            least = -(-update // settings.num_envs) * settings.num_envs
            raise ValueError(
                "DQNTraining: steps must include an update, which happens at a multiple of "
                f"train_frequency after learning_starts. Received steps {steps}, train_frequency "
                f"{settings.train_frequency}, learning_starts {settings.learning_starts}. Use at "
                f"least {least:,} steps."
            )
        self.agent = agent
        self.environments = environments
        environments.memory = settings.capacity // settings.num_envs
        self.settings = settings
        self.total = total
        self.name = name
        self.log = PlayLog(settings.epsilon)
        self.waited = 0.0
        self._seed = seed
        self._random = np.random.default_rng(seed)
        self._buffer = ReplayBuffer(
            settings.capacity,
            settings.num_envs,
            environments.frame_shape,
            environments.frame_dtype,
            stack=stack,
            n_steps=settings.n_steps,
            discount=settings.discount,
            prioritized_replay=settings.prioritized_replay,
        )
        self._stacks = FrameStacks(environments.frames, stack, state_shape)

    @property
    def steps(self) -> int:
        """Number of steps taken so far, summed over the games."""
        return self.environments.time * self.settings.num_envs

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self.steps >= self.total

    def step(self) -> dict[str, float | None] | None:
        """Takes one step in all games and performs the updates that are due.

        Returns:
            dict, the row of the history that this step completes, or None if it completes no row.

        Raises:
            FloatingPointError: if the loss is no longer finite.
        """
        settings, games = self.settings, self.environments
        start = time.perf_counter()
        frames, actions = games.frames, self._act()
        games.send(actions)
        before = self.steps
        after = before + settings.num_envs
        if before >= settings.learning_starts:
            due = after // settings.train_frequency - before // settings.train_frequency
            self._learn(due)
            if after // settings.target_interval > before // settings.target_interval:
                self.agent.copy_to_target()
        sent = time.perf_counter()
        step = games.receive()
        self.waited += time.perf_counter() - sent
        self._remember(frames, actions, step)
        self.log.add_scores([score for _, score in sorted(step.scores.items())])
        self.log.seconds += time.perf_counter() - start
        ends_row = self.steps * _ROWS // self.total > before * _ROWS // self.total
        return self.log.row(self.steps) if ends_row else None

    def sample(self, size: int, random: np.random.Generator) -> Batch:
        """Samples a `Batch` from the replay buffer; see `ReplayBuffer.sample`."""
        return self._buffer.sample(size, random)

    def bytes_needed(self) -> int:
        """Returns an estimate of the maximum size of a `state` in bytes."""
        num_weights = sum(math.prod(variable.shape) for variable in self.agent.variables)
        of_transition = 1 + 8 * self.settings.prioritized_replay
        return 4 * num_weights + self.settings.capacity * of_transition

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Json]]:
        """Returns the state for `restore`: a dict of arrays and a JSON-serializable dict.

        It contains the actions of the games, but not their frames.
        """
        # Copies, because the next step reuses the memory of a variable.
        arrays = {
            name: np.array(keras.ops.convert_to_numpy(variable))
            for name, variable in self._named_variables().items()
        }
        arrays |= {f"games/{name}": each for name, each in self.environments.state().items()}
        metadata = {
            "played": self._played(),
            "random": self._random.bit_generator.state,
            "log": self.log.state(),
        }
        if self._buffer.tree is not None:
            arrays["priorities"] = self._buffer.tree.priorities.copy()
            metadata["max_priority"] = self._buffer.tree.max_priority
        return arrays, metadata

    def restore(self, arrays: Mapping[str, np.ndarray], metadata: Mapping[str, Json]) -> None:
        """Restores a `state`; replays the games to refill the buffer unless all steps are done.

        Raises:
            ValueError: if the state is from another game, network, version or other settings.
            KeyError: if an entry is missing.
        """
        check_same_training(metadata["played"], self._played())
        variables = self._named_variables()
        saved = {name: each for name, each in arrays.items() if name.startswith("agent/")}
        check_same(
            [(name, each.shape, str(each.dtype)) for name, each in saved.items()],
            [(name, tuple(v.shape), str(v.dtype)) for name, v in variables.items()],
        )
        for variable, array in zip(variables.values(), saved.values(), strict=True):
            variable.assign(array)
        self._random.bit_generator.state = metadata["random"]
        self.log.restore(metadata["log"])
        games = {name: arrays[f"games/{name}"] for name in ("time", "actions", "begins", "seen")}
        self.environments.time = int(games["time"])
        if not self.finished:
            self._play_again(games)
            if self._buffer.tree is not None:
                self._buffer.tree.restore(arrays["priorities"], metadata["max_priority"])

    def _act(self):
        """Returns epsilon-greedy actions; each game explores independently."""
        num_envs = self.settings.num_envs
        explores = self._random.random(num_envs) < self.settings.epsilon(self.steps)
        actions = self._random.integers(0, self.environments.num_actions, num_envs)
        if not explores.all():
            actions = np.where(explores, actions, self.agent.act(self._stacks.states))
        return actions

    def _learn(self, updates):
        if not updates:
            return
        if self._buffer.tree is not None:
            self._buffer.tree.beta = 0.4 + 0.6 * min(self.steps / self.total, 1.0)
        batch = self.sample(updates * self.settings.batch_size, self._random)
        learned = self.agent.learn(batch, updates)
        self._buffer.update_priorities(batch, learned["errors"])
        self.log.add_updates(learned)
        if not np.isfinite(learned["loss"]).all():
            raise FloatingPointError(
                f"DQNTraining: the loss must stay finite. Received {learned['loss']} at step "
                f"{self.steps}. Train again with a lower learning rate."
            )

    def _remember(self, frames, actions, step):
        rewards = np.clip(step.rewards, -1, 1) if self.settings.clip_rewards else step.rewards
        rewards = rewards * self.settings.reward_scale
        self._buffer.add(frames, actions, rewards, step.terminated, step.autoreset)
        self._stacks.push(self.environments.frames, step.autoreset)

    def _play_again(self, games):
        played = len(games["actions"])
        if played:
            print(f"playing {played * self.settings.num_envs:,} steps again", flush=True)
        self._buffer.time = int(games["time"]) - played
        for frames, actions, step in self.environments.replay(games):
            self._remember(frames, actions, step)

    def _named_variables(self):
        return {
            f"agent/{number}/{variable.path}": variable
            for number, variable in enumerate(self.agent.variables)
        }

    def _played(self):
        """Returns the settings that a checkpoint must share with this training run."""
        optimizer = self.agent.optimizer.get_config()
        del optimizer["name"]  # it numbers the optimizers of the process
        own = {
            "game": self.name,
            "steps": self.total,
            "seed": self._seed,
            "double": self.agent.double,
            "precisions": sorted({layer.dtype_policy.name for layer in self.agent.model.layers}),
            "optimizer": {"class": type(self.agent.optimizer).__name__, **optimizer},
        }
        return {**own, **dataclasses.asdict(self.settings)}
