"""A learned inverse never falls, and its draws pass for those it learned from."""

import keras
import numpy as np
import pytest
import scipy.special
import scipy.stats

from keras_dl import models


def _learnt(examples, epochs):
    keras.utils.set_random_seed(0)
    model = models.inverse_cdf_network()
    count, batch = len(examples), 500
    schedule = keras.optimizers.schedules.CosineDecay(0.02, epochs * count // batch)
    model.compile(keras.optimizers.Adam(schedule), "mse", steps_per_execution=20)
    levels = (np.arange(count)[:, None] + 0.5) / count
    model.fit(levels, np.sort(examples)[:, None], epochs=epochs, batch_size=batch, verbose=0)
    return model


def _two_hills(random, count):
    """Two normal distributions with a wide gap, standard deviation 1 in all."""
    side = random.random(count) < 0.35
    return np.where(side, random.normal(-1.2, 0.25, count), random.normal(0.65, 0.4, count))


def _two_hills_cdf(x):
    return 0.35 * scipy.stats.norm.cdf(x, -1.2, 0.25) + 0.65 * scipy.stats.norm.cdf(x, 0.65, 0.4)


@pytest.mark.parametrize(
    ("draw", "cdf", "epochs"),
    [
        (lambda random, count: random.normal(size=count), scipy.stats.norm.cdf, 10),
        (_two_hills, _two_hills_cdf, 30),
        (lambda random, count: random.exponential(size=count), scipy.stats.expon.cdf, 40),
    ],
    ids=["normal", "two hills", "exponential"],
)
def test_draws_have_the_distribution_that_was_learnt(draw, cdf, epochs):
    model = _learnt(draw(np.random.default_rng(0), 20_000), epochs)
    middles = (np.arange(10_000)[:, None] + 0.5) / 10_000
    reached = cdf(np.asarray(model(middles)))
    assert np.abs(reached - middles).max() < 0.02  # whatever is drawn: the bias of the net
    uniform = np.random.default_rng(1).random((3_000, 1))
    made = np.asarray(model(uniform))[:, 0]
    assert scipy.stats.kstest(made, cdf).pvalue > 0.01
    other = np.random.default_rng(2).normal(0.1, 1, 3_000)
    assert scipy.stats.kstest(other, cdf).pvalue < 0.01  # which would be found out
    levels = np.linspace(0, 1, 10_001)[:, None]
    values = np.asarray(model(levels))[:, 0]
    assert np.isfinite(values).all() and (np.diff(values) >= -1e-6).all()


def test_it_can_not_learn_to_fall():
    keras.utils.set_random_seed(0)
    model = models.inverse_cdf_network()
    model.compile(keras.optimizers.Adam(0.05), "mse")
    levels = (np.arange(2_000)[:, None] + 0.5) / 2_000
    model.fit(levels, -3 * levels, epochs=10, batch_size=200, verbose=0)
    assert (np.diff(np.asarray(model(levels))[:, 0]) >= -1e-6).all()


def test_tails_are_endless_past_the_hidden_layers():
    model = models.inverse_cdf_network((4, 3))
    for layer in model.layers:
        if layer.weights:
            kernel, bias = layer.get_weights()
            fill = np.ones_like if layer.name == "values" else np.zeros_like
            layer.set_weights([fill(kernel), np.zeros_like(bias)])
    levels = np.array([[1e-6], [0.3], [1 - 1e-5]])
    expected = levels + scipy.special.logit(levels)
    np.testing.assert_allclose(model(levels), expected, rtol=1e-2)
    assert np.isfinite(model(np.array([[0.0], [1.0]]))).all()


def test_saved_and_loaded(tmp_path):
    model = models.inverse_cdf_network((4, 3))
    levels = np.random.default_rng(0).random((5, 1))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(levels), model(levels))


@pytest.mark.parametrize("units", [(), (3, 0)])
def test_wrong_sizes(units):
    with pytest.raises(ValueError, match="units must contain at least one"):
        models.inverse_cdf_network(units)
