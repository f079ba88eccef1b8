"""Each share of the weights moves as its optimizer alone would move it."""

import keras
import numpy as np
import pytest

from keras_dl import optimizers

VALUES = [
    np.array([1.0, -2.0], "float32"),
    np.array([[3.0]], "float32"),
    np.array([0.5], "float32"),
]
GRADIENTS = [np.array([0.3, 4.0], "float32"), np.array([[-2.0]], "float32"), np.ones(1, "float32")]


def _optimizers():
    return [
        keras.optimizers.Adam(0.1, global_clipnorm=1.0),
        keras.optimizers.SGD(0.2, momentum=0.9),
    ]


def _moved(optimizer, values, gradients):
    weights = [keras.Variable(value) for value in values]
    for _ in range(3):
        optimizer.apply([keras.ops.convert_to_tensor(each) for each in gradients], weights)
    return [weight.numpy() for weight in weights]


def test_weights_move_as_by_each_alone():
    found = _moved(optimizers.MultiOptimizer(_optimizers(), [1, 2]), VALUES, GRADIENTS)
    first, second = _optimizers()
    expected = _moved(first, VALUES[:1], GRADIENTS[:1]) + _moved(second, VALUES[1:], GRADIENTS[1:])
    for mine, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_configuration_comes_back():
    optimizer = optimizers.MultiOptimizer(_optimizers(), [1, 2], name="both")
    config = keras.saving.serialize_keras_object(optimizer)
    revived = keras.saving.deserialize_keras_object(config)
    assert revived.name == "both" and revived.sizes == [1, 2]
    assert [each.get_config() for each in revived.optimizers] == [
        each.get_config() for each in optimizer.optimizers
    ]


def test_averages_take_the_place_of_weights():
    averaging = keras.optimizers.SGD(0.2, use_ema=True, ema_momentum=0.5)
    optimizer = optimizers.MultiOptimizer([averaging, keras.optimizers.SGD(0.2)], [1, 2])
    weights = [keras.Variable(value) for value in VALUES]
    for _ in range(2):  # after the first step the average is the weight
        optimizer.apply([keras.ops.convert_to_tensor(each) for each in GRADIENTS], weights)
    before = [weight.numpy() for weight in weights]
    optimizer.finalize_variable_values(weights)
    changed = [(a != b.numpy()).any() for a, b in zip(before, weights, strict=True)]
    assert changed == [True, False, False]


@pytest.mark.tensorflow  # Keras scales losses under JAX only in `fit`
def test_under_loss_scaling():
    inner = optimizers.MultiOptimizer(_optimizers(), [1, 2])
    optimizer = keras.optimizers.LossScaleOptimizer(inner, initial_scale=8.0)
    scaled = [8 * each for each in GRADIENTS]
    found = _moved(optimizer, VALUES, scaled)
    plain = _moved(optimizers.MultiOptimizer(_optimizers(), [1, 2]), VALUES, GRADIENTS)
    for mine, theirs in zip(found, plain, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-6)


@pytest.mark.parametrize("sizes", [[3], [1, 1, 1]])
def test_as_many_sizes_as_optimizers(sizes):
    with pytest.raises(ValueError, match="optimizers and sizes must have the same length"):
        optimizers.MultiOptimizer(_optimizers(), sizes)


def test_no_optimizer_twice():
    with pytest.raises(ValueError, match="optimizers must be distinct"):
        optimizers.MultiOptimizer([keras.optimizers.SGD()] * 2, [1, 2])


def test_sizes_that_do_not_add_up():
    optimizer = optimizers.MultiOptimizer(_optimizers(), [1, 1])
    with pytest.raises(ValueError, match="sizes must add up"):
        _moved(optimizer, VALUES, GRADIENTS)


def test_a_step_size_that_is_set_goes_to_all():
    optimizer = optimizers.MultiOptimizer(_optimizers(), [1, 2])
    optimizer.learning_rate = 0.03
    assert [float(each.learning_rate) for each in optimizer.optimizers] == pytest.approx([0.03] * 2)
