"""The network that plays, and what its SavedModel answers."""

import tensorflow as tf

from apps.atari import data
from keras_dl import models


def network(num_actions, config):
    """Returns the network of a game with so many actions."""
    by_preset = {"fast": True, "nature": False}[config.preset]
    dueling = by_preset if config.dueling == "preset" else config.dueling == "yes"
    return models.q_network(num_actions, data.STATE_SHAPE, dueling)


def endpoints(model, assets):
    """Returns the values of the actions and the best one, and what the actions are called."""
    names = tf.constant([*assets["actions"], ""])
    num_actions = len(assets["actions"])

    def serving_default(frames):
        values = model(frames, training=False)
        return {"q": values, "action": tf.argmax(values, axis=-1, output_type=tf.int32)}

    def called(action):
        known = (action >= 0) & (action < num_actions)
        return {
            "name": tf.gather(names, tf.where(known, action, num_actions)),
            "game": tf.fill(tf.shape(action), assets["game"]),
        }

    frames = tf.TensorSpec([None, *data.STATE_SHAPE], "uint8", "frames")
    return {
        "serving_default": (serving_default, [frames]),
        "names": (called, [tf.TensorSpec([None], "int32", "action")]),
    }
