"""One layer's closed form, and a deeper net against many random inputs."""

import keras
import numpy as np
import pytest

from keras_dl import interpretation


@pytest.mark.tensorflow  # a compiled training loop
@pytest.mark.parametrize("activation", ["linear", "sigmoid", "tanh", "softplus"])
def test_one_layer_is_excited_by_its_weights(activation):
    keras.utils.set_random_seed(0)
    dense = keras.layers.Dense(6, activation)
    model = keras.Sequential([keras.Input((3, 4, 1)), keras.layers.Flatten(), dense])
    found = interpretation.activation_maximization(model, norm=2.0).reshape(6, 12)
    weights = dense.kernel.numpy().T
    weights = 2 * weights / np.linalg.norm(weights, axis=1, keepdims=True)
    np.testing.assert_allclose(found, weights, atol=1e-3)


@pytest.mark.tensorflow  # a compiled training loop
def test_a_deeper_net_is_excited_more_than_by_chance():
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(20, "tanh"), keras.layers.Dense(4)]
    model = keras.Sequential([keras.Input((8,)), *layers])
    found = interpretation.activation_maximization(model)
    assert np.linalg.norm(found, axis=1) == pytest.approx(1, rel=1e-5)
    chance = np.random.default_rng(0).normal(size=(20_000, 8))
    chance /= np.linalg.norm(chance, axis=1, keepdims=True)
    assert (np.diag(model(found)) > model(chance).numpy().max(axis=0) - 1e-3).all()


def test_wrong_arguments():
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4)])
    with pytest.raises(ValueError, match="norm and steps must be positive"):
        interpretation.activation_maximization(model, norm=0)
