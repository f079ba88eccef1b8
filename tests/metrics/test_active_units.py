"""Variances against NumPy's, over batches."""

import numpy as np
import pytest

from keras_dl import metrics

MEANS = np.random.default_rng(0).normal(size=(700, 6)) * [1, 0.2, 0.11, 0.09, 0.01, 0] + 5


def test_count_is_that_of_the_variances():
    metric = metrics.ActiveUnits()
    for start in range(0, 700, 100):
        metric.update_state(MEANS[start : start + 100].astype("float32"))
    assert float(metric.result()) == (MEANS.var(axis=0) > 0.01).sum() == 3


def test_examples_without_weight_do_not_count():
    metric = metrics.ActiveUnits()
    metric.update_state([[0.0, 1.0], [0.0, 2.0], [9.0, 3.0]], sample_weight=[1, 1, 0])
    assert float(metric.result()) == 1


def test_nothing_seen():
    assert float(metrics.ActiveUnits().result()) == 0


def test_wrong_threshold():
    with pytest.raises(ValueError, match="threshold must be at least 0"):
        metrics.ActiveUnits(-1.0)
