"""What the SavedModel of a player answers."""

import tensorflow as tf

from apps.atari import data


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
