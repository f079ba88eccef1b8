"""A small DQN at CartPole, and all that a run of it is."""

import dataclasses

import keras
import numpy as np

from keras_dl import rl, training
from keras_dl.models import q_mlp

SMALL = rl.DQNSettings(
    num_envs=4,
    capacity=400,
    learning_starts=100,
    batch_size=16,
    target_interval=60,
    epsilon=rl.LinearSchedule(1.0, 0.1, 400),
)


def cartpole(seed=0, steps=600, game="CartPole-v1", units=(16,), double=True, **changes):
    keras.utils.set_random_seed(seed)
    settings = dataclasses.replace(SMALL, **changes)
    environments = rl.gymnasium_games(game, settings.num_envs, seed=seed)
    (inputs,) = environments.frame_shape
    model = q_mlp((inputs,), environments.num_actions, units=units)
    agent = rl.DQN(model, keras.optimizers.Adam(3e-3), double=double)
    return rl.DQNTraining(agent, environments, settings, steps=steps, seed=seed, name=game)


def fit(loop, directory, *, resume=False, **options):
    """Trains, and keeps the history as an attribute of what is trained."""
    with training.Run(directory, resume=resume) as run:
        loop.history = training.train_by_steps(loop, run=run, **options)
    return loop.history


def state(loop):
    """All that a run is: every array and number of it."""
    arrays = [np.array(variable) for variable in loop.agent.variables]
    buffer = [each for each in vars(loop._buffer).values() if isinstance(each, np.ndarray)]
    tree = [loop._buffer.tree.priorities] if loop._buffer.tree else []
    games = list(loop.environments.state().values())
    history = getattr(loop, "history", {})
    rows = {name: each for name, each in history.items() if name != "seconds"}
    return [*arrays, *buffer, *tree, *games, loop._stacks.states], (
        rows,
        loop._random.bit_generator.state,
        loop.log.state()["scores"],
        loop.log.state()["sums"],
    )


def assert_equal(first, second):
    for one, other in zip(state(first)[0], state(second)[0], strict=True):
        np.testing.assert_array_equal(one, other)
    assert state(first)[1] == state(second)[1]
