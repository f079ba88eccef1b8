"""Training of the DQN, and the endpoints of its SavedModel."""

import dataclasses

import keras
import tensorflow as tf

from apps.atari import games
from apps.atari.app import Assets
from keras_dl import models, rl, training
from keras_dl.application import Endpoint, Trained, user_error

_FRAMES = [
    [[[(row * column + 60 * game) % 256] * 4 for column in range(84)] for row in range(84)]
    for game in range(2)
]
_RULES = ("sticky_actions", "no_ops", "life_loss")


def train(config, run):
    """Trains a DQN and writes the training history and checkpoints to the run directory."""
    learning = dqn_training(config)
    assets = Assets(games.name_of(config.game), games.actions_of(games.name_of(config.game)))
    model = network(len(assets.actions), config)
    run.begin(assets, f"{learning.total:,} steps of {assets.game}")
    training.train_by_steps(learning, run=run.run)
    model.set_weights(learning.agent.model.get_weights())
    return Trained(model, assets)


def dqn_training(config):
    """Returns the `rl.DQNTraining` of a run.

    Raises:
        UserError: if settings contradict each other.
    """
    game, steps = games.name_of(config.game), games.steps_of(config)
    settings, optimizer = rl.PRESETS[config.preset](steps)
    rules = {name: getattr(config, name) for name in _RULES}
    with user_error("settings"):
        settings = dataclasses.replace(settings, **_given(config, settings))
        environments = games.environments(game, settings.num_envs, seed=config.seed, **rules)
        keras.config.set_dtype_policy(config.precision)
        model = network(environments.num_actions, config)
        keras.config.set_dtype_policy("float32")
        return rl.DQNTraining(
            rl.DQN(model, optimizer, double=config.double),
            environments,
            settings,
            steps=steps,
            seed=config.seed,
            name=", ".join([game, *(f"{name} {value}" for name, value in rules.items())]),
        )


def network(num_actions, config):
    """Returns the Q-network of a game."""
    by_preset = {"fast": True, "nature": False}[config.preset]
    dueling = by_preset if config.dueling == "preset" else config.dueling == "yes"
    return models.q_network(games.STATE_SHAPE, num_actions, dueling=dueling)


def endpoints(model, assets):
    """Returns the endpoints, which predict action values and return the names of actions."""
    names = tf.constant([*assets.actions, ""])
    num_actions = len(assets.actions)

    def serving_default(frames):
        values = model(frames, training=False)
        return {"q": values, "action": tf.argmax(values, axis=-1, output_type=tf.int32)}

    def called(action):
        known = (action >= 0) & (action < num_actions)
        return {
            "name": tf.gather(names, tf.where(known, action, num_actions)),
            "game": tf.fill(tf.shape(action), assets.game),
        }

    frames = tf.TensorSpec([None, *games.STATE_SHAPE], "uint8", "frames")
    action = tf.TensorSpec([None], "int32", "action")
    return {
        "serving_default": Endpoint(serving_default, [frames], {"frames": _FRAMES}),
        "names": Endpoint(called, [action], {"action": [0, 2, -1, 99]}),
    }


def _given(config, settings):
    """Returns the settings given on the command line, and settings derived from them."""
    given = {name: getattr(config, name) for name in ("n_steps", "capacity")}
    given = {name: value for name, value in given.items() if value}
    if config.n_steps:
        given["learning_starts"] = max(
            settings.learning_starts, settings.num_envs * (config.n_steps + 1)
        )
    if config.prioritized_replay != "preset":
        given["prioritized_replay"] = config.prioritized_replay == "yes"
    return given
