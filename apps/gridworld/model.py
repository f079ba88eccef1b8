"""The table as a model, and what its SavedModel answers."""

import keras
import tensorflow as tf


def build(num_states, num_actions):
    """Returns the model from states, int32 `(batch,)`, to their values `(batch, actions)`."""
    states = keras.Input((), dtype="int32", name="state")
    table = keras.layers.Embedding(num_states, num_actions, embeddings_initializer="zeros")
    return keras.Model(states, table(states), name="gridworld")


def endpoints(model, assets):
    """Returns what the SavedModel answers: values and actions of states, and whose states."""
    number = len(assets["status"])

    def known(state):
        return (state >= 0) & (state < number)

    def serving_default(state):
        q = model(tf.clip_by_value(state, 0, number - 1), training=False)
        return {
            "q": tf.where(known(state)[:, None], q, 0.0),
            "action": tf.where(known(state), tf.argmax(q, 1, "int32"), -1),
        }

    def world(state):
        status = tf.gather(assets["status"], tf.clip_by_value(state, 0, number - 1))
        rows = tf.shape(state)[0]
        return {
            "status": tf.where(known(state), status, "no state"),
            "environment": tf.fill([rows], assets["environment"]),
            "slippery": tf.fill([rows], assets["slippery"]),
            "discount": tf.fill([rows], tf.constant(assets["discount"], "float32")),
            "states": tf.fill([rows], number),
            "columns": tf.fill([rows], assets["columns"]),
            "actions": tf.tile(tf.constant([assets["actions"]]), [rows, 1]),
        }

    signature = [tf.TensorSpec([None], "int32", "state")]
    return {"serving_default": (serving_default, signature), "world": (world, signature)}
