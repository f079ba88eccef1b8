import keras
import numpy as np
import pytest
from gradients import value_and_gradient

from keras_dl.losses import SmoothedCrossentropy


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
def test_loss_and_gradient_are_those_of_one_hot_targets(smoothing):
    random = np.random.default_rng(0)
    targets, logits = random.integers(0, 7, (4, 5)), random.normal(size=(4, 5, 7))
    weights = random.random((4, 5)) < 0.7
    plain = keras.losses.CategoricalCrossentropy(
        from_logits=True, label_smoothing=smoothing, reduction=None
    )

    def expected(logits):
        each = plain(keras.ops.one_hot(targets, 7), logits)
        return keras.ops.sum(each * weights) / weights.sum()

    loss = SmoothedCrossentropy(smoothing)
    value, gradient = value_and_gradient(lambda each: loss(targets, each, weights), logits)
    right, gradients = value_and_gradient(expected, logits)
    np.testing.assert_allclose(value, right, rtol=1e-6)
    np.testing.assert_allclose(gradient, gradients, atol=1e-7)
    assert (gradient[~weights] == 0).all()


def test_bad_smoothing_is_refused():
    with pytest.raises(ValueError, match=r"at least 0 and below 1. Received 1"):
        SmoothedCrossentropy(1)
