"""One update of a DQN against the same arithmetic in NumPy."""

import dataclasses

import keras
import numpy as np
import pytest

from keras_dl.models import q_network
from keras_dl.rl.dqn import DQN
from keras_dl.rl.frame_stacks import FrameStacks
from keras_dl.rl.replay_buffer import Batch


def linear_model(actions=3, inputs=4, seed=0):
    keras.utils.set_random_seed(seed)
    layer = keras.layers.Dense(actions, kernel_initializer="normal", bias_initializer="normal")
    return keras.Sequential([keras.Input((inputs,)), layer])


def batch(size=16, inputs=4, actions=3, seed=0):
    random = np.random.default_rng(seed)
    return Batch(
        states=random.normal(size=(size, inputs, 1)).astype("float32"),
        next_states=random.normal(size=(size, inputs, 1)).astype("float32"),
        actions=random.integers(0, actions, size).astype("int32"),
        returns=random.normal(size=size, scale=2).astype("float32"),
        discounts=np.where(random.random(size) < 0.3, 0, 0.97).astype("float32"),
        weights=random.random(size).astype("float32"),
        indices=np.arange(size),
    )


def numpy_step(weights, target_weights, data, rate, double):
    kernel, bias = (each.astype("float64") for each in weights)
    target_kernel, target_bias = (each.astype("float64") for each in target_weights)
    states, following = data.states[..., 0], data.next_states[..., 0]
    next_values = following @ target_kernel + target_bias
    chooser = following @ kernel + bias if double else next_values
    best = np.take_along_axis(next_values, chooser.argmax(1)[:, None], 1)[:, 0]
    goal = data.returns + data.discounts * best
    rows = np.arange(len(states))
    errors = (states @ kernel + bias)[rows, data.actions] - goal
    slope = np.zeros((len(states), kernel.shape[1]))
    slope[rows, data.actions] = np.clip(errors, -1, 1) * data.weights / len(states)
    huber = np.where(np.abs(errors) <= 1, errors**2 / 2, np.abs(errors) - 0.5)
    moved = kernel - rate * states.T @ slope, bias - rate * slope.sum(0)
    return moved, errors, (huber * data.weights).mean()


@pytest.mark.parametrize("double", [False, True])
@pytest.mark.parametrize("jit_compile", [False, True])
def test_updates_are_those_of_the_formula(double, jit_compile):
    model, other = linear_model(), linear_model(seed=1)
    agent = DQN(model, keras.optimizers.SGD(0.5), double=double, jit_compile=jit_compile)
    agent.target.set_weights(other.get_weights())
    weights = model.get_weights()
    data = [batch(seed=1), batch(seed=2)]
    both = {
        field.name: np.concatenate([getattr(each, field.name) for each in data])
        for field in dataclasses.fields(Batch)
    }
    learned = agent.learn(Batch(**both), updates=2)
    for index, each in enumerate(data):
        weights, errors, loss = numpy_step(weights, other.get_weights(), each, 0.5, double)
        np.testing.assert_allclose(
            learned["errors"].reshape(2, -1)[index], errors, rtol=1e-4, atol=1e-5
        )
        np.testing.assert_allclose(learned["loss"][index], loss, rtol=1e-4)
    for ours, expected in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=1e-5)
    # The copy is not trained, and is a copy: it stays when the network moves.
    for ours, expected in zip(agent.target.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, expected)


def test_a_scaled_loss_moves_weights_as_any():
    moved = []
    for optimizer in (
        keras.optimizers.SGD(0.5),
        keras.optimizers.SGD(0.5, loss_scale_factor=1024.0),
        keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.5)),
    ):
        agent = DQN(linear_model(), optimizer)
        agent.learn(batch())
        moved.append(agent.model.get_weights())
    assert np.abs(moved[0][0] - linear_model().get_weights()[0]).max() > 1e-2
    for one, other in zip(moved[0] * 2, moved[1] + moved[2], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)


def test_the_target_is_a_copy():
    agent = DQN(linear_model(), keras.optimizers.SGD(1.0))
    before = agent.target.get_weights()
    np.testing.assert_array_equal(before[0], agent.model.get_weights()[0])
    agent.learn(batch())
    np.testing.assert_array_equal(before[0], agent.target.get_weights()[0])
    assert np.abs(before[0] - agent.model.get_weights()[0]).max() > 0.01
    agent.copy_to_target()
    np.testing.assert_array_equal(agent.target.get_weights()[0], agent.model.get_weights()[0])


def test_actions_are_the_greatest_values():
    agent = DQN(linear_model(), keras.optimizers.SGD(1.0))
    states = batch().states[..., 0]
    kernel, bias = agent.model.get_weights()
    np.testing.assert_array_equal(agent.act(states), (states @ kernel + bias).argmax(1))


def test_nothing_is_traced_again():
    agent = DQN(q_network(num_actions=3), keras.optimizers.SGD(1e-3))
    pixels = np.zeros((4, 84, 84, 4), "uint8")
    numbers = np.ones(4, "float32")
    data = Batch(pixels, pixels, numbers.astype("int32"), numbers, numbers, numbers, None)
    agent.learn(data, updates=2)
    agent.act(pixels)
    for _ in range(5):
        agent.learn(data, updates=2)
        agent.act(pixels)
        agent.act(pixels[:2])
    assert agent._learn(2).experimental_get_tracing_count() == 1
    assert agent._greedy.experimental_get_tracing_count() == 1


def test_stacks_hold_the_newest_frames_of_an_episode():
    frames = np.arange(1, 13).reshape(6, 2, 1).astype("int64")
    stacks = FrameStacks(frames[0], 3, (3,))
    for time in range(1, 6):
        stacks.push(frames[time], np.array([False, time == 4]))
    np.testing.assert_array_equal(stacks.states, [[7, 9, 11], [0, 10, 12]])


def test_frames_of_a_stack_lie_along_the_last_axis():
    frames = np.random.default_rng(0).integers(0, 256, (5, 2, 1, 3, 6), "uint8")
    stacks = FrameStacks(frames[0], 4, (3, 6, 4))
    for each in frames[1:]:
        stacks.push(each, np.zeros(2, bool))
    for age in range(4):
        np.testing.assert_array_equal(stacks.states[..., 3 - age], frames[4 - age][:, 0])
