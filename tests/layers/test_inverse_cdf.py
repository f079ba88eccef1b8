"""Draws against the distributions of SciPy, and the inverse against a root finder in float64."""

import numpy as np
import pytest
import scipy.stats
import tensorflow as tf
from scipy.integrate import quad
from scipy.optimize import brentq

from keras_dl import layers

MIXTURE = scipy.stats.norm(-2, 0.3), scipy.stats.norm(1, 1)


class _Mixture:
    def pdf(self, x):
        return 0.4 * MIXTURE[0].pdf(x) + 0.6 * MIXTURE[1].pdf(x)

    def cdf(self, x):
        return 0.4 * MIXTURE[0].cdf(x) + 0.6 * MIXTURE[1].cdf(x)


DISTRIBUTIONS = {
    "norm": (scipy.stats.norm(3, 2), -9, 15),
    "expon": (scipy.stats.expon(scale=2), 0, 40),
    "beta": (scipy.stats.beta(2, 5), 0, 1),
    "gamma": (scipy.stats.gamma(3), 0, 30),
    "uniform": (scipy.stats.uniform(-1, 4), -1, 3),
    "triangle": (scipy.stats.triang(0.2, 0, 5), 0, 5),
    "cauchy, cut off": (scipy.stats.cauchy(), -20, 20),
    "logistic": (scipy.stats.logistic(), -25, 25),
    "gumbel": (scipy.stats.gumbel_r(), -4, 25),
    "mixture": (_Mixture(), -5, 7),
}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_draws_have_the_distribution(name):
    true, low, high = DISTRIBUTIONS[name]
    grid = np.linspace(low, high, 4001)
    layer = layers.InverseCDF(grid, true.pdf(grid), dtype="float64")
    draws = layer(np.random.default_rng(1).random(200_000)).numpy()
    share = true.cdf(high) - true.cdf(low)
    found = scipy.stats.kstest(draws, lambda x: (true.cdf(x) - true.cdf(low)) / share)
    assert found.pvalue > 0.01
    assert draws.min() >= low and draws.max() <= high


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_inverse_is_exact_in_every_cell(dtype):
    grid = np.array([-1.0, 0.0, 0.5, 2.0, 3.0, 4.0, 6.0])
    density = np.array([0.0, 2.0, 2.0, 0.5, 0.0, 0.0, 1.0])
    total = np.trapezoid(density, grid)

    def cdf(x):
        return quad(lambda t: np.interp(t, grid, density), -1, x, points=grid, limit=200)[0] / total

    levels = np.random.default_rng(0).random(60).astype(dtype)
    expected = [brentq(lambda x, u=u: cdf(x) - u, -1, 6, xtol=1e-14) for u in levels]
    found = layers.InverseCDF(grid, density, dtype=dtype)(levels).numpy()
    assert found.dtype == dtype
    np.testing.assert_allclose(found, expected, atol=1e-6 if dtype == "float32" else 1e-8)
    assert not ((found > 3.0) & (found < 4.0)).any()  # no mass there


def test_the_ends_of_the_levels_are_the_ends_of_the_mass():
    layer = layers.InverseCDF([0.0, 1.0, 2.0, 3.0, 4.0], [0.0, 0.0, 1.0, 0.0, 0.0])
    ends = layer(np.array([0.0, 1.0, np.nextafter(np.float32(1), np.float32(0))], "float32"))
    np.testing.assert_allclose(ends, [1, 3, 3], atol=1e-3)


def test_float32_resolves_the_last_levels_below_1():
    grid = np.linspace(0, 40, 4001)
    density = scipy.stats.expon(scale=2).pdf(grid)
    levels = (1 - np.arange(1, 2000) * 2.0**-24).astype("float32")
    exact, found = (
        layers.InverseCDF(grid, density, dtype=dtype)(levels.astype(dtype)).numpy()
        for dtype in ("float64", "float32")
    )
    assert exact[0] - exact[1] > 1
    np.testing.assert_allclose(found, exact, atol=1e-4)


@pytest.mark.parametrize("density", [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
def test_gradients_are_one_over_the_density_and_finite_at_the_ends(density):
    layer = layers.InverseCDF([0.0, 2.0], density)
    levels = tf.constant([0.0, 0.1, 0.3, 0.7, 0.9, 1.0])
    with tf.GradientTape() as tape:
        tape.watch(levels)
        found = layer(levels)
    gradient = tape.gradient(found, levels).numpy()
    assert np.isfinite(gradient).all()
    there = np.interp(found, [0.0, 2.0], density) / sum(density)
    np.testing.assert_allclose(gradient[1:-1], 1 / there[1:-1], rtol=1e-5)


@pytest.mark.parametrize(
    ("size", "height"), [(1e25, 1.0), (1e-30, 1.0), (1.0, 1e308), (1.0, 1e-300)]
)
def test_units_do_not_matter(size, height):
    levels = np.float32([0.0, 1 / 12, 2 / 3, 1.0])
    found = layers.InverseCDF([0.0, size, 2 * size], [0.0, height, height])(levels)
    np.testing.assert_allclose(found / size, [0.0, 0.5, 1.5, 2.0], rtol=1e-6)


def test_scale_and_shape():
    once = layers.InverseCDF([0.0, 1.0, 3.0], [1.0, 2.0, 1.0])
    levels = np.random.default_rng(0).random((2, 3, 4)).astype("float32")
    found = once(levels).numpy()
    assert found.shape == (2, 3, 4)
    np.testing.assert_allclose(
        layers.InverseCDF([0.0, 1.0, 3.0], [1e6, 2e6, 1e6])(levels), found, rtol=1e-5
    )


@pytest.mark.parametrize(
    ("grid", "density", "message"),
    [
        ([0.0, 1.0], [1.0], r"grid \[0.0, 1.0\] of length 2, density \[1.0\] of length 1"),
        ([0.0], [1.0], "at least two points"),
        ([1.0, 1.0], [1.0, 1.0], r"grid \[1.0, 1.0\] of length 2"),
        ([0.0, 1.0], [1.0, -0.5], r"density \[1.0, -0.5\] of length 2"),
        ([0.0, 1.0], [0.0, 0.0], "not all 0"),
        ([0.0, 1.0], [1.0, np.nan], "finite"),
        (np.arange(9.0), -np.ones(9), r"grid \[0.0, 1.0\] ... \[7.0, 8.0\] of length 9"),
    ],
)
def test_wrong_tables(grid, density, message):
    with pytest.raises(ValueError, match=message):
        layers.InverseCDF(grid, density)
