"""A tied layer is tied: counted once, after saving, after a step."""

import keras
import numpy as np
import pytest

from keras_dl import layers


def _model():
    inputs = keras.Input((6,))
    encode = keras.layers.Dense(3, activation="sigmoid", name="encode")
    outputs = layers.TiedDense(encode, activation="tanh", name="decode")(encode(inputs))
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.SGD(1.0), "mse")
    return model


VALUES = np.random.default_rng(0).normal(size=(8, 6)).astype("float32")


def test_outputs_are_those_of_the_transpose():
    model = _model()
    kernel, bias, own = (weight.numpy() + 0.1 for weight in model.weights)
    model.set_weights([kernel, bias, own])
    hidden = 1 / (1 + np.exp(-(VALUES @ kernel + bias)))
    np.testing.assert_allclose(model(VALUES), np.tanh(hidden @ kernel.T + own), rtol=1e-5)


def test_only_a_bias_is_added():
    assert _model().count_params() == 6 * 3 + 3 + 6


def test_the_kernel_learns_from_both_of_its_places():
    model = _model()
    kernel, bias, own = (np.float64(weight.numpy()) for weight in model.weights)

    def loss(changed):
        hidden = 1 / (1 + np.exp(-(VALUES @ changed + bias)))
        return np.mean((np.tanh(hidden @ changed.T + own) - VALUES) ** 2)

    gradient = np.zeros_like(kernel)
    for index in np.ndindex(*kernel.shape):
        step = np.zeros_like(kernel)
        step[index] = 1e-6
        gradient[index] = (loss(kernel + step) - loss(kernel - step)) / 2e-6
    model.train_on_batch(VALUES, VALUES)
    np.testing.assert_allclose(model.weights[0], kernel - gradient, atol=1e-6)


def test_a_saved_and_loaded_model_is_tied_and_stays_so(tmp_path):
    model = _model()
    model.fit(VALUES, VALUES, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.count_params() == model.count_params()
    np.testing.assert_array_equal(loaded(VALUES), model(VALUES))
    for each in (model, loaded):
        each.fit(VALUES, VALUES, verbose=0)
    np.testing.assert_array_equal(loaded(VALUES), model(VALUES))
    decode, encode = loaded.get_layer("decode"), loaded.get_layer("encode")
    assert decode.tied_to.kernel is encode.kernel


def test_the_other_layer_must_have_a_kernel_by_then():
    with pytest.raises(ValueError, match=r"'late' with kernel None, inputs \(1, 3\)"):
        layers.TiedDense(keras.layers.Dense(3, name="late"))(np.zeros((1, 3)))
    with pytest.raises(ValueError, match="'Dense' with kernel None"):
        layers.TiedDense("Dense")(np.zeros((1, 3)))


def test_inputs_of_another_size():
    dense = keras.layers.Dense(3)
    dense(np.zeros((1, 6)))
    with pytest.raises(ValueError, match=r"kernel \(6, 3\), inputs \(1, 4\)"):
        layers.TiedDense(dense)(np.zeros((1, 4)))
