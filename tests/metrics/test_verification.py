"""Verification metrics against scikit-learn; identification against a loop."""

import numpy as np
import pytest
from scipy.interpolate import interp1d
from scipy.optimize import brentq
from sklearn.metrics import roc_auc_score, roc_curve

from keras_dl import metrics


def pairs(seed, ties):
    random = np.random.default_rng(seed)
    same = random.random(500) < 0.3
    scores = random.normal(size=500) + 1.5 * same
    return same, np.round(scores, 1) if ties else scores


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_rates_are_those_of_scikit_learn(seed, ties):
    same, scores = pairs(seed, ties)
    roc = metrics.verification_roc(same, scores)
    false, true, thresholds = roc_curve(same, scores, drop_intermediate=False)
    np.testing.assert_allclose(roc.false_accept_rates, false, atol=1e-12)
    np.testing.assert_allclose(roc.true_accept_rates, true, atol=1e-12)
    np.testing.assert_array_equal(roc.thresholds, thresholds)
    assert roc.area == pytest.approx(roc_auc_score(same, scores), abs=1e-12)
    equal = brentq(lambda rate: 1 - rate - interp1d(false, true)(rate), 0, 1, xtol=1e-14)
    assert roc.equal_error_rate == pytest.approx(equal, abs=1e-9)


@pytest.mark.parametrize("rate", [0.0, 0.01, 0.1, 1.0])
def test_the_threshold_keeps_its_rate(rate):
    same, scores = pairs(0, ties=True)
    roc = metrics.verification_roc(same, scores)
    accepted = scores >= roc.threshold(rate)
    assert accepted[~same].mean() <= rate
    assert accepted[same].mean() == pytest.approx(roc.true_accept_rate(rate))
    lower = scores[scores < roc.threshold(rate)]
    if len(lower):
        assert (scores >= lower.max())[~same].mean() > rate


@pytest.mark.parametrize(
    ("scores", "error"), [([4, 3, 2, 1], 0.0), ([1, 2, 3, 4], 1.0), ([1, 1, 1, 1], 0.5)]
)
def test_all_right_all_wrong_and_no_information(scores, error):
    roc = metrics.verification_roc([True, True, False, False], scores)
    assert roc.equal_error_rate == error


@pytest.mark.parametrize(
    ("same", "scores", "message"),
    [
        ([True, False], [1.0], r"Received shapes \(2,\) and \(1,\)"),
        ([True, False], [1.0, np.nan], "scores be finite"),
        ([True, True], [1.0, 2.0], "Received 2 and 0"),
    ],
)
def test_wrong_pairs_are_named(same, scores, message):
    with pytest.raises(ValueError, match=message):
        metrics.verification_roc(same, scores)


@pytest.mark.parametrize("rate", [0.0, 0.05, 0.2])
def test_identification_is_that_of_a_loop_over_thresholds(rate):
    random = np.random.default_rng(0)
    enrolled, truth = np.arange(8).repeat(2), random.integers(0, 16, 120)
    scores = random.normal(size=(120, 16)) + 2 * (enrolled[None] == truth[:, None])
    found = metrics.identification_rate(scores, enrolled, truth, rate)
    best, who = scores.max(1), enrolled[scores.argmax(1)]
    known, expected = truth < 8, 0.0
    for threshold in best:
        if (best >= threshold)[~known].mean() <= rate:
            expected = max(expected, ((who == truth) & (best >= threshold))[known].mean())
    assert found.rate == pytest.approx(expected)
    assert found.false_alarm_rate == (best >= found.threshold)[~known].mean() <= rate


def test_a_collapsed_network_identifies_as_a_guess_does():
    scores = np.ones((6, 4))
    found = metrics.identification_rate(scores, [0, 1, 2, 3], [0, 1, 2, 3, 9, 9], 1.0)
    assert found.rate == 0.25  # with argmax, one of four, or all if the order is that of the truth
    assert metrics.identification_rate(scores, [0, 1, 2, 3], [0, 1, 2, 3, 9, 9]).rate == 0


def test_wrong_galleries_are_named():
    with pytest.raises(ValueError, match=r"Received shape \(2, 3\) for 2 queries, 2 images"):
        metrics.identification_rate(np.zeros((2, 3)), [0, 1], [0, 1])
    with pytest.raises(ValueError, match="Received 2 and 0"):
        metrics.identification_rate(np.zeros((2, 2)), [0, 1], [0, 1])
