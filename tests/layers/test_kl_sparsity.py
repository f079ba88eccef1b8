"""The penalty against SciPy's divergence, and what it does to a batch."""

import keras
import numpy as np
import pytest
import scipy.special
import tensorflow as tf

from keras_dl import layers

ACTIVATIONS = np.random.default_rng(0).uniform(0.01, 0.9, size=(7, 3, 5))


def test_penalty_is_the_divergence_of_the_means():
    layer = layers.KLSparsity(target=0.05, weight=0.3, dtype="float64")
    outputs = layer(ACTIVATIONS)
    mean = 1e-6 + (1 - 2e-6) * ACTIVATIONS.reshape(-1, 5).mean(axis=0)
    expected = scipy.special.rel_entr(0.05, mean) + scipy.special.rel_entr(0.95, 1 - mean)
    np.testing.assert_allclose(layer.losses[0], 0.3 * expected.sum(), rtol=1e-12)
    np.testing.assert_array_equal(outputs, ACTIVATIONS)


@pytest.mark.parametrize("activations", [np.zeros((4, 2)), np.ones((4, 2))])
def test_dead_and_saturated_units_cost_a_finite_sum(activations):
    layer = layers.KLSparsity(target=0.05, weight=1.0)
    layer(activations)
    assert np.isfinite(float(layer.losses[0])) and float(layer.losses[0]) > 0


@pytest.mark.parametrize(("line", "sign"), [(-16.0, -1), (16.0, 1)])
def test_dead_and_saturated_units_are_told_the_way_back(line, sign):
    lines = tf.fill((4, 2), line)
    layer = layers.KLSparsity(target=0.05, weight=1.0)
    with tf.GradientTape() as tape:
        tape.watch(lines)
        layer(tf.sigmoid(lines))
        loss = layer.losses[0]
    assert (sign * tape.gradient(loss, lines).numpy() > 1e-4).all()


def test_units_come_to_the_target():
    inputs = np.random.default_rng(1).normal(size=(512, 8)).astype("float32")
    keras.utils.set_random_seed(0)
    hidden = keras.layers.Dense(6, activation="sigmoid")
    model = keras.Sequential([hidden, layers.KLSparsity(target=0.1, weight=1.0)])
    model.compile(keras.optimizers.Adam(0.05), steps_per_execution=8)
    model.fit(inputs, epochs=30, batch_size=64, verbose=0)
    np.testing.assert_allclose(hidden(inputs).numpy().mean(axis=0), 0.1, atol=0.02)


@pytest.mark.parametrize("arguments", [(0.0, 1.0), (1.0, 1.0), (0.1, -1.0)])
def test_wrong_arguments(arguments):
    with pytest.raises(ValueError, match="target must be between 0 and 1"):
        layers.KLSparsity(*arguments)
