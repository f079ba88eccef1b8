"""A SavedModel at play."""

import numpy as np
import tensorflow as tf

from apps.atari import data
from apps.atari.app import OTHER_SEEDS, Config
from keras_dl import rl


class Player:
    """The game that a SavedModel knows, and what it does there.

    Attributes:
        game: str.
        actions: list of the names of the actions.
    """

    def __init__(self, saved_model):
        self._signatures = saved_model.signatures
        known = self._signatures["names"](action=tf.range(256))
        self.game = known["game"].numpy()[0].decode()
        self.actions = [name.decode() for name in known["name"].numpy() if name]

    def values(self, states):
        """Returns the values of the actions, float32 `[states, actions]`."""
        return self._signatures["serving_default"](frames=tf.constant(states))["q"].numpy()

    def act(self, states):
        """Returns the best actions."""
        return self.values(states).argmax(1)

    def random(self, states):
        """Returns action 0; with epsilon 1, it is never taken."""
        return np.zeros(len(states), int)

    def play(self, games, config, policy=None, epsilon=None, seed=None):
        """Plays games to their end, whose seeds are none of a training's; returns `rl.Games`."""
        seed = config.seed if seed is None else seed
        return rl.play_games(
            policy or self.act,
            self._environments(games, config, seed),
            state_shape=data.STATE_SHAPE,
            epsilon=config.epsilon if epsilon is None else epsilon,
            seed=seed,
        )

    def watch(self, config, actions, seed, **options):
        """Plays the first game of a seed again, by its actions; yields each frame and reward."""
        environments = self._environments(1, config, seed, **options)
        yield environments.frames[0], 0.0
        for action in actions:
            environments.send([action])
            reward = float(environments.receive().rewards[0])
            yield environments.frames[0], reward

    def _environments(self, games, config, seed, **options):
        if config.game != Config.game and data.name_of(config.game) != self.game:
            raise ValueError(
                f"--game must be that of the model. Received {config.game!r} for a player of "
                f"{self.game}. Leave it out: the model knows its game."
            )
        options |= {"sticky_actions": config.sticky_actions, "no_ops": config.no_ops}
        return data.environments(self.game, games, seed=OTHER_SEEDS + seed, **options)
