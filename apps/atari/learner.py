"""What plays and learns."""

import dataclasses

import keras

from apps.atari import data, model
from keras_dl import rl, training


class Learner:
    """Trains a DQN; what `apps.fit.Fit` is for models that learn by batches.

    Attributes:
        model: built `keras.Model` of float32, which has the weights when `fit` is over.
        assets: dict for JSON: the game and the names of its actions.
        work: str. How much there is to do.
    """

    def __init__(self, config):
        game = data.name_of(config.game)
        steps = data.steps_of(config)
        settings, optimizer = rl.PRESETS[config.preset](steps)
        settings = dataclasses.replace(settings, **_given(config, settings))
        environments = data.environments(
            game,
            settings.num_envs,
            seed=config.seed,
            sticky_actions=config.sticky_actions,
            no_ops=config.no_ops,
            life_loss=config.life_loss,
        )
        keras.config.set_dtype_policy(config.precision)
        learns = model.network(environments.num_actions, config)
        keras.config.set_dtype_policy("float32")
        self.model = model.network(environments.num_actions, config)
        self._training = rl.DQNTraining(
            rl.DQN(learns, optimizer, double=config.double),
            environments,
            settings,
            steps=steps,
            seed=config.seed,
            name=f"{game}, sticky {config.sticky_actions}, no-ops {config.no_ops}, "
            f"life loss {config.life_loss}",
        )
        self.assets = {"game": game, "actions": data.actions_of(game)}
        self.work = f"{steps:,} steps of {game}"

    def fit(self, run):
        """Trains until the end, and leaves checkpoint.npz and history.json in the run."""
        training.train_by_steps(self._training, run=run)
        self.model.set_weights(self._training.agent.model.get_weights())


def _given(config, settings):
    """Returns the settings that were given on the command line, and what follows from them."""
    given = {name: getattr(config, name) for name in ("n_steps", "capacity")}
    given = {name: value for name, value in given.items() if value}
    if config.n_steps:
        given["starts"] = max(settings.starts, settings.num_envs * (config.n_steps + 1))
    if config.priorities != "preset":
        given["priorities"] = config.priorities == "yes"
    return given
