"""The penalty against the Jacobian that automatic differentiation gives, for every activation."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_dl import layers
from keras_dl.layers.activation_derivatives import _DERIVATIVES

VALUES = np.random.default_rng(0).normal(size=(6, 5)) * 2


def _layer(activation):
    layer = layers.ContractiveDense(4, contraction=0.3, activation=activation, dtype="float64")
    layer.build((None, 5))
    random = np.random.default_rng(1)
    layer.set_weights([random.normal(size=(5, 4)), random.normal(size=4)])
    return layer


def _penalty_by_jacobian(activation, kernel, bias):
    values = tf.constant(VALUES)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(values)
        outputs = tf.unstack(activation(values @ kernel + bias), axis=1)
    rows = [tape.gradient(output, values, unconnected_gradients="zero") for output in outputs]
    return 0.3 * np.mean(np.sum(np.square(rows), axis=(0, 2)))


@pytest.mark.parametrize("activation", sorted(_DERIVATIVES))
def test_penalty_and_its_gradient_are_those_of_the_jacobian(activation):
    layer = _layer(activation)
    weights = layer.get_weights()
    with tf.GradientTape() as tape:
        layer(VALUES)
        found = layer.losses[0]
    by = {"unconnected_gradients": "zero"}
    gradients = tape.gradient(found, [layer.kernel.value, layer.bias.value], **by)
    expected = _penalty_by_jacobian(layer.activation, *weights)
    # Keras has some of its constants, as that of GELU, in float32.
    np.testing.assert_allclose(found, expected, rtol=1e-8)
    for which, index in [(0, (2, 1)), (0, (4, 3)), (1, (0,)), (1, (2,))]:
        sides = []
        for step in (1e-6, -1e-6):
            moved = [weight.copy() for weight in weights]
            moved[which][index] += step
            sides.append(_penalty_by_jacobian(layer.activation, *moved))
        slope = (sides[0] - sides[1]) / 2e-6
        np.testing.assert_allclose(gradients[which].numpy()[index], slope, rtol=1e-6, atol=1e-8)


def test_outputs_are_those_of_dense():
    layer, dense = _layer("elu"), keras.layers.Dense(4, activation="elu", dtype="float64")
    dense.build((None, 5))
    dense.set_weights(layer.get_weights())
    np.testing.assert_allclose(layer(VALUES), dense(VALUES), rtol=1e-14)


@pytest.mark.parametrize("activation", ["softmax", keras.ops.cos])
def test_an_activation_whose_derivative_is_not_known(activation):
    with pytest.raises(ValueError, match="Received <function"):
        layers.ContractiveDense(4, contraction=0.3, activation=activation)


def test_a_negative_factor():
    with pytest.raises(ValueError, match=r"Received -0.1"):
        layers.ContractiveDense(4, contraction=-0.1)
