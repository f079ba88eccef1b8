"""Resumable training of tabular Q-learning with known dynamics."""

import math
from collections.abc import Mapping

import numpy as np

from keras_dl.rl.q_learning import QLearning
from keras_dl.rl.transition_table import TransitionTable
from keras_dl.rl.value_iteration import value_iteration
from keras_dl.training.atomic_file import Json
from keras_dl.training.resumable import check_same_training

_ROWS = 50
_UNSEEN = 1e-16  # smaller than a rounding error


class QLearningTraining:
    """Training loop of `QLearning.learn_population`, for `training.train_by_steps`.

    Each call of `step` trains for a fiftieth of the run and completes a row of the history: "steps"
    (of each agent so far), "reward_per_step" (mean over the row), "log10_largest_error" (of the Q
    values of reachable states, compared with value iteration) and "epsilon".

    Args:
        agent: new `QLearning`. Its table is trained in place.
        transitions: `TransitionTable` of the environment.
        num_agents: int. Number of agents that learn together.
        steps: int. Number of steps of each agent.
        settings: JSON-serializable dict that describes the environment and the agent. A checkpoint
            with other settings is rejected.

    Raises:
        ValueError: if `steps` is below 1.

    Example:
    >>> import gymnasium, tempfile
    >>> from keras_dl import rl, training
    >>> cliff = rl.TransitionTable.of(gymnasium.make("CliffWalking-v1"))
    >>> agent = rl.QLearning(*cliff.shape, discount=0.9, epsilon=0.5, learning_rate=1.0)
    >>> learning = rl.QLearningTraining(agent, cliff, num_agents=100, steps=500)
    >>> with training.Run(tempfile.mkdtemp()) as run:
    ...     history = training.train_by_steps(learning, run=run)
    steps 500 - reward_per_step ...
    """

    def __init__(
        self,
        agent: QLearning,
        transitions: TransitionTable,
        *,
        num_agents: int,
        steps: int,
        settings: dict[str, Json] | None = None,
    ) -> None:
        if steps < 1:
            raise ValueError(
                f"QLearningTraining: steps must be at least 1. Received {steps}. Use more steps."
            )
        self.agent = agent
        self._transitions = transitions
        self._num_agents = num_agents
        self._settings = {"num_agents": num_agents, "steps": steps, **(settings or {})}
        self._optimum = value_iteration(transitions, agent.discount)
        self._ends = np.linspace(0, steps, min(_ROWS, steps) + 1).astype(int)[1:]

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self._done >= self._ends[-1]

    def step(self) -> dict[str, float]:
        """Takes the steps of one row of the history and returns that row."""
        steps = int(self._ends[self._ends > self._done][0]) - self._done
        reward, _ = self.agent.learn_population(
            self._transitions, steps, num_agents=self._num_agents
        )
        error = np.abs(self.agent.table - self._optimum)[self._transitions.reachable].max()
        return {
            "steps": self._done,
            "reward_per_step": reward / (self._num_agents * steps),
            "log10_largest_error": math.log10(max(error, _UNSEEN)),
            "epsilon": self.agent.epsilon(self.agent.step),
        }

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Json]]:
        """Returns the state of the agent and the settings of this training run."""
        arrays, metadata = self.agent.state()
        return arrays, {"agent": metadata, "settings": self._settings}

    def restore(self, arrays: Mapping[str, np.ndarray], metadata: Mapping[str, Json]) -> None:
        """Restores a `state`.

        Raises:
            ValueError: if the state is from another training run.
            KeyError: if an entry is missing.
        """
        check_same_training(metadata["settings"], self._settings)
        self.agent.restore(arrays, metadata["agent"])

    def bytes_needed(self) -> int:
        """Returns the size of a `state` in bytes."""
        return sum(array.nbytes for array in self.agent.state()[0].values())

    @property
    def _done(self):
        """Number of steps that each agent has taken."""
        return self.agent.step // self._num_agents
