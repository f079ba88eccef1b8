"""How the table is learnt, in parts that a run can go on after."""

import dataclasses
import json
import math

import numpy as np

from apps.gridworld import data, model
from keras_dl import training
from keras_dl.rl.epsilon import LinearEpsilon
from keras_dl.rl.q_learning import QLearning, VisitDecay
from keras_dl.rl.value_iteration import value_iteration
from keras_dl.training.array_file import load_arrays, not_a_checkpoint, save_arrays

_PARTS = 50  # of a run; each adds to the history and leaves a checkpoint
_UNSEEN = 1e-16  # an error below the last digit
_NOT_OF_LEARNING = ("run", "resume", "model", "games", "seeds")


class Learner:
    """Learns a table by Q-learning; what `apps.fit.Fit` is for models that learn by batches.

    Attributes:
        model: built `keras.Model` that has the table when `fit` is over.
        assets: dict for JSON: the world, its actions and the status of its states.
        work: str. How much there is to do.
    """

    def __init__(self, config):
        self._config = config
        self._learnt = {
            name: value
            for name, value in dataclasses.asdict(config).items()
            if name not in _NOT_OF_LEARNING
        }
        self._world = data.transitions(config.environment, config.slippery)
        self._optimum = value_iteration(self._world, config.discount)
        self._agent = _agent(self._world.shape, config)
        self.model = model.build(*self._world.shape)
        self.assets = {
            "environment": config.environment,
            "slippery": config.slippery,
            "discount": config.discount,
            "actions": list(data.ACTIONS[config.environment]),
            "columns": data.COLUMNS[config.environment],
            "status": _status(self._world),
        }
        self.work = f"{config.agents:,} agents of {config.steps:,} steps"

    def fit(self, folder, resume):
        """Learns until the end, and leaves checkpoint.npz and history.json in the folder."""
        history = {"steps": [], "reward_per_step": [], "log10_largest_error": [], "epsilon": []}
        path = folder / "checkpoint.npz"
        if resume and path.exists():
            history = self._restore(path)
        else:
            self._save(path, history)  # in place of what another run left in this folder
        ends = np.linspace(0, self._config.steps, min(_PARTS, self._config.steps) + 1).astype(int)
        done = len(history["epsilon"])
        for steps in np.diff(ends)[done:].tolist():
            self._learn(steps, history)
            self._save(path, history)
            _write_history(folder, history)
        _write_history(folder, history)
        self.model.set_weights([self._agent.table.astype("float32")])

    def _learn(self, steps, history):
        agents, played = self._config.agents, self._world.played
        reward, _ = self._agent.learn_many(self._world, steps, agents=agents)
        error = np.abs(self._agent.table - self._optimum)[played].max()
        history["steps"].append(self._agent.step // agents)
        history["reward_per_step"].append(reward / (agents * steps))
        history["log10_largest_error"].append(math.log10(max(error, _UNSEEN)))
        history["epsilon"].append(self._agent.epsilon(self._agent.step))

    def _save(self, path, history):
        arrays, place = self._agent.state()
        save_arrays(path, arrays, place | {"history": history, "learnt": self._learnt})

    def _restore(self, path):
        """Takes over the state of a checkpoint; returns its history."""
        arrays, place = load_arrays(path)
        try:
            history, learnt = place.pop("history"), place.pop("learnt")
        except KeyError as error:
            raise not_a_checkpoint(path, error) from error
        if learnt != self._learnt:
            raise ValueError(
                f"a checkpoint must be of the same run. Received {path} of {learnt} for "
                f"{self._learnt}. Resume as the run began."
            )
        try:
            self._agent.restore(arrays, place)
        except (KeyError, ValueError) as error:
            raise not_a_checkpoint(path, error) from error
        return history


def _agent(shape, config):
    falls = max(config.steps * config.agents // 2, 1)
    return QLearning(
        *shape,
        discount=config.discount,
        epsilon=LinearEpsilon(config.epsilon_start, config.epsilon_end, falls),
        learning_rate=config.learning_rate or VisitDecay(config.power),
        seed=config.seed,
    )


def _status(world):
    names = np.where(world.played, "played", np.where(world.ends, "the end", "never reached"))
    return names.tolist()


def _write_history(folder, history):
    with training.write_atomically(folder / "history.json", "w") as file:
        json.dump(history, file, indent=1)
