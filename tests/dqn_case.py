"""A small DQN at CartPole, and all that a run of it is."""

import dataclasses

import keras
import numpy as np

from keras_dl import rl
from keras_dl.models import q_mlp

SMALL = rl.DQNSettings(
    num_envs=4,
    capacity=400,
    starts=100,
    batch_size=16,
    target_interval=60,
    epsilon=rl.LinearEpsilon(1.0, 0.1, 400),
)


def cartpole(seed=0, steps=600, game="CartPole-v1", units=(16,), double=True, **changes):
    keras.utils.set_random_seed(seed)
    settings = dataclasses.replace(SMALL, **changes)
    environments = rl.gymnasium_games(game, settings.num_envs, seed=seed)
    (inputs,) = environments.frame_shape
    model = q_mlp(environments.num_actions, inputs, units)
    agent = rl.DQN(model, keras.optimizers.Adam(3e-3), double=double)
    return rl.DQNTraining(agent, environments, settings, steps=steps, seed=seed, name=game)


def state(training):
    """All that a run is: every array and number of it."""
    arrays = [np.array(variable) for variable in training.agent.variables]
    buffer = [each for each in vars(training._buffer).values() if isinstance(each, np.ndarray)]
    tree = [training._buffer.tree.priorities] if training._buffer.tree else []
    games = list(training.environments.state().values())
    rows = {name: each for name, each in training.log.history.items() if name != "seconds"}
    return [*arrays, *buffer, *tree, *games, training._stacks.states], (
        rows,
        training._random.bit_generator.state,
        training.log.state()["scores"],
        training.log.state()["sums"],
    )


def assert_equal(first, second):
    for one, other in zip(state(first)[0], state(second)[0], strict=True):
        np.testing.assert_array_equal(one, other)
    assert state(first)[1] == state(second)[1]
