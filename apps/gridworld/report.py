"""Figures and pictures of a table, beside those of value iteration."""

import math

import numpy as np
import tensorflow as tf

from apps.gridworld import data, exploration, maps, policies
from keras_dl.rl.value_iteration import value_iteration


def figures(saved_model, config):
    """Returns how far a table is from the right one, and what both get in games."""
    world, q, name, discount, slippery = read(saved_model)
    optimum = value_iteration(world, discount)
    errors = np.abs(q - optimum)[world.played]
    found = {
        "environment": name,
        "slippery": slippery,
        "discount": discount,
        "states of a game, each with all actions": int(world.played.sum()),
        "largest error of a value (x 1000)": 1000 * errors.max(),
        "mean error of a value (x 1000)": 1000 * errors.mean(),
        "standard deviation of the errors (x 1000)": 1000 * errors.std(),
    }
    env = data.environment(name, slippery)
    for who, table in (("learnt", q), ("optimum", optimum)):
        policy = policies.greedy(table)
        returns = policies.play(env, table.argmax(1).tolist(), config.games, config.seed)
        found |= {
            f"{who}: discounted return from the start": policies.start_value(
                world, policy, discount
            ),
            f"{who}: mean return of {config.games} games": returns.mean(),
            f"{who}: its standard error": returns.std() / math.sqrt(config.games),
        }
    return {
        figure: value.item() if hasattr(value, "item") else value for figure, value in found.items()
    }


def pictures(saved_model, config):
    """Returns what a table thinks of its world, and what exploring has to do with it."""
    world, q, name, discount, slippery = read(saved_model)
    draw = maps.taxi if name == "Taxi-v4" else maps.grid
    return {
        "values": draw(world, q, name),
        "exploration": exploration.curves(world, discount, config, name),
    }


def read(saved_model):
    """Returns the dynamics and the table of a SavedModel, and name, discount and ground."""
    about = saved_model.signatures["world"](state=tf.constant([0]))
    about = {key: value.numpy()[0] for key, value in about.items()}
    name, slippery = about["environment"].decode(), about["slippery"].decode()
    states = tf.range(about["states"])
    q = saved_model.signatures["serving_default"](state=states)["q"].numpy().astype("float64")
    # The discount has at most six decimals, and float32 rounded it.
    return data.transitions(name, slippery), q, name, round(float(about["discount"]), 6), slippery
