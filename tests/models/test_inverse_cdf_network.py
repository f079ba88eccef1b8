"""A learnt inverse never falls, and its draws pass for those it learned from."""

import keras
import numpy as np
import pytest
import scipy.stats

from keras_dl import models


def _learnt(examples):
    keras.utils.set_random_seed(0)
    model = models.inverse_cdf_network()
    count, epochs, batch = len(examples), 40, 500
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
    ("draw", "cdf"),
    [
        (lambda random, count: random.normal(size=count), scipy.stats.norm.cdf),
        (_two_hills, _two_hills_cdf),
        (lambda random, count: random.exponential(size=count), scipy.stats.expon.cdf),
    ],
    ids=["normal", "two hills", "exponential"],
)
def test_draws_have_the_distribution_that_was_learnt(draw, cdf):
    model = _learnt(draw(np.random.default_rng(0), 20_000))
    uniform = np.random.default_rng(1).random((3_000, 1))
    made = model.predict(uniform, verbose=0)[:, 0]
    assert scipy.stats.kstest(made, cdf).pvalue > 0.01
    other = np.random.default_rng(2).normal(0.1, 1, 3_000)
    assert scipy.stats.kstest(other, cdf).pvalue < 0.01  # which would be found out
    levels = np.linspace(0, 1, 10_001)[:, None]
    values = model.predict(levels, verbose=0)[:, 0]
    assert np.isfinite(values).all() and (np.diff(values) >= -1e-6).all()


def test_saved_and_loaded(tmp_path):
    model = models.inverse_cdf_network((4, 3))
    levels = np.random.default_rng(0).random((5, 1))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(levels), model(levels))


@pytest.mark.parametrize("units", [(), (3, 0)])
def test_wrong_sizes(units):
    with pytest.raises(ValueError, match="at least one. Received"):
        models.inverse_cdf_network(units)
