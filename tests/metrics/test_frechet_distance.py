"""Against the formula with SciPy's matrix root."""

import numpy as np
import pytest
import scipy.linalg

from keras_dl import metrics

RANDOM = np.random.default_rng(0)
FIRST = RANDOM.normal(size=(300, 12)) @ RANDOM.normal(size=(12, 12)) + 100
SECOND = RANDOM.normal(size=(200, 12)) @ RANDOM.normal(size=(12, 12)) + 101


def _by_scipy(first, second):
    covariances = [np.cov(features.T) for features in (first, second)]
    root = scipy.linalg.sqrtm(covariances[0] @ covariances[1]).real
    apart = np.square(first.mean(0) - second.mean(0)).sum()
    return apart + np.trace(covariances[0] + covariances[1] - 2 * root)


def test_distance_in_batches_is_the_one_by_scipy():
    metric = metrics.FrechetDistance(12)
    for start in range(0, 300, 100):
        metric.update_state(FIRST[start : start + 100], SECOND[start : start + 100])
    assert float(metric.result()) == pytest.approx(_by_scipy(FIRST, SECOND), rel=1e-6)


def test_features_without_variance():
    """A singular covariance, as of units that are always 0, has a root too."""
    flat = FIRST.copy()
    flat[:, 7] = 0
    metric = metrics.FrechetDistance(12)
    metric.update_state(flat, SECOND)
    near = flat + np.random.default_rng(1).normal(scale=1e-6, size=flat.shape)
    assert float(metric.result()) == pytest.approx(_by_scipy(near, SECOND), rel=1e-4)


def test_distance_to_itself_and_order():
    metric = metrics.FrechetDistance(12)
    metric.update_state(FIRST, FIRST)
    assert abs(float(metric.result())) < 1e-5
    metric.reset_state()
    metric.update_state(FIRST, SECOND)
    other = metrics.FrechetDistance(12)
    other.update_state(SECOND, FIRST)
    assert float(metric.result()) == pytest.approx(float(other.result()), rel=1e-9)


def test_wrong_units():
    with pytest.raises(ValueError, match="units must be at least 1"):
        metrics.FrechetDistance(0)
