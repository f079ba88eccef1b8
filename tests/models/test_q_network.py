"""Networks that value actions: their sizes, their numbers, and what keeps their filters alive."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_dl import rl
from keras_dl.models import q_mlp, q_network
from keras_dl.optimizers import FusedAdam


def test_pixels_are_scaled_once():
    model = q_network(num_actions=2)
    pixels = np.random.default_rng(0).integers(0, 256, (3, 84, 84, 4)).astype("uint8")
    first = next(layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D))
    rest = keras.Model(first.input, model.output)
    scaled = pixels.astype("float32") / 255
    np.testing.assert_allclose(model(pixels), rest(scaled), rtol=1e-5, atol=1e-6)
    assert model(pixels).shape == (3, 2)


@pytest.mark.parametrize("dueling", [False, True])
@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16", "mixed_float16"])
def test_networks_value_in_float32_and_survive(dueling, precision, tmp_path):
    keras.config.set_dtype_policy(precision)
    try:
        models = q_network(num_actions=6, dueling=dueling), q_mlp((5,), 6, dueling=dueling)
    finally:
        keras.config.set_dtype_policy("float32")
    for model, inputs in zip(
        models, [np.ones((2, 84, 84, 4), "uint8"), np.ones((2, 5))], strict=True
    ):
        values = model(inputs)
        assert values.shape == (2, 6) and values.dtype == tf.float32
        model.save(tmp_path / "model.keras")
        again = keras.saving.load_model(tmp_path / "model.keras")
        np.testing.assert_array_equal(values, again(inputs))


def test_a_saved_network_needs_only_the_library(processes, tmp_path):
    model = q_network((36, 36, 2), 3, dueling=True)
    frames = np.random.default_rng(0).integers(0, 256, (4, 36, 36, 2)).astype("uint8")
    model.save(tmp_path / "model.keras")
    for process in processes:
        (values,) = process.predict(tmp_path / "model.keras", [frames])
        np.testing.assert_allclose(values, model(frames), rtol=1e-4, atol=1e-5)


def test_only_the_last_layer_knows_the_game():
    few, many = q_network(num_actions=4), q_network(num_actions=18)
    shapes = [[tuple(weight.shape) for weight in model.weights] for model in (few, many)]
    assert shapes[0][:-2] == shapes[1][:-2] and few.count_params() == 1_686_180
    assert shapes[1][-2:] == [(512, 18), (18,)]


def test_a_dueling_network_splits_its_dense_layer():
    shapes = [
        tuple(weight.shape)
        for weight in q_network(num_actions=6, dueling=True).weights
        if weight.ndim == 2
    ]
    assert shapes == [(3136, 256), (3136, 256), (256, 1), (256, 6)]
    shapes = [
        tuple(weight.shape) for weight in q_mlp((4,), 2, units=(7, 5), dueling=True).weights[::2]
    ]
    assert shapes == [(4, 7), (7, 3), (7, 3), (3, 1), (3, 2)]


def test_advantages_have_no_mean():
    model = q_mlp((3,), 4, units=(5,), dueling=True)
    value, advantage = (
        keras.Model(model.input, model.get_layer(name).output) for name in ("value", "advantage")
    )
    x = np.random.default_rng(0).normal(size=(7, 3))
    expected = value(x) + advantage(x) - np.mean(advantage(x), axis=-1, keepdims=True)
    np.testing.assert_allclose(model(x), expected, rtol=1e-5, atol=1e-6)


def test_an_even_grey_adds_nothing_to_filters_that_learn():
    keras.utils.set_random_seed(0)
    model = q_network((36, 36, 2), 3)
    first = next(layer for layer in model.layers if layer.name.startswith("conv2d"))
    agent = rl.DQN(model, FusedAdam(1e-2))
    random = np.random.default_rng(0)
    frames = random.integers(0, 256, (2, 16, 36, 36, 2), "uint8")
    numbers = random.normal(size=16).astype("float32")
    before = np.array(first.kernel)
    assert np.abs(before.mean((0, 1, 2))).max() > 1e-3
    actions = random.integers(0, 3, 16).astype("int32")
    agent.learn(rl.Batch(*frames, actions, numbers, numbers, np.abs(numbers), None))
    after = np.array(first.kernel)
    assert np.abs(after.mean((0, 1))).max() > 1e-3, "filters compare frames"
    others = [layer for layer in model.layers if layer.name.startswith("conv2d")][1:]
    assert len(others) == 2 and all(layer.kernel_constraint is None for layer in others)
    np.testing.assert_allclose(after.mean((0, 1, 2)), 0, atol=1e-7)
    assert np.abs(after - (before - before.mean((0, 1, 2)))).max() > 5e-3, "filters learn"
    bias = np.array(first.bias)
    for gray in (0.0, 0.5, 1.0):
        even = first(np.full((1, 36, 36, 2), gray, "float32"))
        np.testing.assert_allclose(even, np.maximum(bias, 0) + 0 * even, atol=1e-5)


def test_wrong_sizes_are_refused():
    with pytest.raises(ValueError, match="Received num_actions 0"):
        q_network(num_actions=0)
    with pytest.raises(ValueError, match=r"Received input_shape \(20, 84, 4\)"):
        q_network((20, 84, 4), 3)
    with pytest.raises(ValueError, match=r"Received \(\)"):
        q_mlp((4,), 3, units=())
