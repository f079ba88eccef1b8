"""How the table is learned."""

import dataclasses

import numpy as np

from apps.gridworld import data, model
from keras_dl import rl, training

_NOT_OF_LEARNING = ("run", "resume", "model", "games", "seeds")


class Learner:
    """Learns a table by Q-learning; what `apps.fit.Fit` is for models that learn by batches.

    Attributes:
        model: built `keras.Model` that has the table when `fit` is over.
        assets: dict for JSON: the world, its actions and the status of its states.
        work: str. How much there is to do.
    """

    def __init__(self, config):
        world = data.transitions(config.environment, config.slippery)
        learned = {
            name: value
            for name, value in dataclasses.asdict(config).items()
            if name not in _NOT_OF_LEARNING
        }
        self._training = rl.QLearningTraining(
            _agent(world.shape, config),
            world,
            agents=config.agents,
            steps=config.steps,
            settings=learned,
        )
        self.model = model.build(*world.shape)
        self.assets = {
            "environment": config.environment,
            "slippery": config.slippery,
            "discount": config.discount,
            "actions": list(data.ACTIONS[config.environment]),
            "columns": data.COLUMNS[config.environment],
            "status": _status(world),
        }
        self.work = f"{config.agents:,} agents of {config.steps:,} steps"

    def fit(self, run):
        """Learns until the end, and leaves checkpoint.npz and history.json in the run."""
        training.train_by_steps(self._training, run=run)
        self.model.set_weights([self._training.agent.table.astype("float32")])


def _agent(shape, config):
    falls = max(config.steps * config.agents // 2, 1)
    return rl.QLearning(
        *shape,
        discount=config.discount,
        epsilon=rl.LinearEpsilon(config.epsilon_start, config.epsilon_end, falls),
        learning_rate=config.learning_rate or rl.VisitDecay(config.power),
        seed=config.seed,
    )


def _status(world):
    names = np.where(world.played, "played", np.where(world.ends, "the end", "never reached"))
    return names.tolist()
