"""The fused kernel against Keras' own Adam."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_dl.optimizers import FusedAdam


def applied(optimizer, weight):
    """Returns the function of a gradient that makes one step."""
    return lambda gradient: optimizer.apply([gradient], [weight])


@pytest.mark.parametrize("compiled", [False, pytest.param(True, marks=pytest.mark.tensorflow)])
def test_steps_are_those_of_keras(compiled):
    schedule = keras.optimizers.schedules.PolynomialDecay(0.1, 5, 0.01)
    ours, theirs = FusedAdam(schedule, beta_1=0.8), keras.optimizers.Adam(schedule, beta_1=0.8)
    random = np.random.default_rng(0)
    start = random.normal(size=(3, 4)).astype("float32")
    weights = [keras.Variable(start), keras.Variable(start)]
    for optimizer, weight in zip((ours, theirs), weights, strict=True):
        optimizer.build([weight])
    steps = [applied(ours, weights[0]), applied(theirs, weights[1])]
    if compiled:
        steps = [tf.function(step, autograph=False) for step in steps]
    for _ in range(8):
        gradient = tf.constant(random.normal(size=(3, 4)), tf.float32)
        for step in steps:
            step(gradient)
    np.testing.assert_allclose(weights[0], weights[1], rtol=1e-5, atol=1e-6)
    for mine, other in zip(ours.variables, theirs.variables, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-5, atol=1e-6)


def test_it_trains_compiled_models_and_comes_back(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(FusedAdam(0.01), "mse", jit_compile=True)
    x = np.random.default_rng(0).normal(size=(64, 2))
    losses = model.fit(x, x.sum(1, keepdims=True), epochs=30, verbose=0).history["loss"]
    assert losses[-1] < 0.7 * losses[0]
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert type(again.optimizer).__name__ == "FusedAdam"
    assert int(again.optimizer.iterations) == 60


def test_amsgrad_is_refused():
    with pytest.raises(ValueError, match="amsgrad must be False"):
        FusedAdam(amsgrad=True)
