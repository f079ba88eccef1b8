"""Training of the table, and the endpoints of its SavedModel."""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from apps.gridworld import world
from apps.gridworld.app import Assets
from keras_dl import rl, training
from keras_dl.application import Endpoint, Trained

PARITY_INPUTS = {"state": [0, 3, 14, -1, 9999]}


def train(config, run):
    """Trains a table by Q-learning; writes history and checkpoints to the run directory."""
    table = world.transitions(config.environment, config.slippery)
    assets = assets_of(config, table)
    agent = rl.QLearning(
        *table.shape,
        discount=config.discount,
        epsilon=rl.LinearSchedule(
            config.epsilon_start, config.epsilon_end, max(config.steps * config.num_agents // 2, 1)
        ),
        learning_rate=config.learning_rate or rl.VisitCountSchedule(config.power),
        seed=config.seed,
    )
    learning = rl.QLearningTraining(
        agent,
        table,
        num_agents=config.num_agents,
        steps=config.steps,
        settings=dataclasses.asdict(config),
    )
    run.begin(assets, f"{config.num_agents:,} agents of {config.steps:,} steps")
    training.train_by_steps(learning, run=run.run)
    model = build(*table.shape)
    model.set_weights([agent.table.astype("float32")])
    return Trained(model, assets)


def assets_of(config, table):
    """Returns the `Assets` of a `TransitionTable`."""
    status = np.where(
        table.reachable, "played", np.where(table.terminal, "the end", "never reached")
    )
    return Assets(config.environment, config.slippery, config.discount, tuple(status.tolist()))


def build(num_states, num_actions):
    """Returns a model that maps states, int32 `(batch,)`, to action values."""
    states = keras.Input((), dtype="int32", name="state")
    table = keras.layers.Embedding(num_states, num_actions, embeddings_initializer="zeros")
    return keras.Model(states, table(states), name="gridworld")


def endpoints(model, assets):
    """Returns the endpoints, which predict action values and describe the world."""
    number = len(assets.status)
    actions = world.ACTIONS[assets.environment]

    def known(state):
        return (state >= 0) & (state < number)

    def serving_default(state):
        q = model(tf.clip_by_value(state, 0, number - 1), training=False)
        return {
            "q": tf.where(known(state)[:, None], q, 0.0),
            "action": tf.where(known(state), tf.argmax(q, 1, "int32"), -1),
        }

    def about(state):
        status = tf.gather(assets.status, tf.clip_by_value(state, 0, number - 1))
        rows = tf.shape(state)[0]
        return {
            "status": tf.where(known(state), status, "no state"),
            "environment": tf.fill([rows], assets.environment),
            "slippery": tf.fill([rows], assets.slippery),
            "discount": tf.fill([rows], tf.constant(assets.discount, "float32")),
            "states": tf.fill([rows], number),
            "columns": tf.fill([rows], world.COLUMNS[assets.environment]),
            "actions": tf.tile(tf.constant([actions]), [rows, 1]),
        }

    signature = [tf.TensorSpec([None], "int32", "state")]
    return {
        "serving_default": Endpoint(serving_default, signature, PARITY_INPUTS),
        "world": Endpoint(about, signature, PARITY_INPUTS),
    }
