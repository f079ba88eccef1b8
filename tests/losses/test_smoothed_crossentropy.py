import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_dl.losses import SmoothedCrossentropy


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
def test_loss_and_gradient_are_those_of_one_hot_targets(smoothing):
    random = np.random.default_rng(0)
    targets, logits = random.integers(0, 7, (4, 5)), tf.constant(random.normal(size=(4, 5, 7)))
    weights = random.random((4, 5)) < 0.7
    plain = keras.losses.CategoricalCrossentropy(
        from_logits=True, label_smoothing=smoothing, reduction=None
    )
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(logits)
        loss = SmoothedCrossentropy(smoothing, dtype="float64")(targets, logits, weights)
        each = plain(tf.one_hot(targets, 7), tf.cast(logits, "float32"))
        expected = tf.reduce_sum(each * weights) / weights.sum()
    np.testing.assert_allclose(loss, expected, rtol=1e-6)
    gradients = [tape.gradient(each, logits) for each in (loss, expected)]
    np.testing.assert_allclose(*gradients, atol=1e-7)
    assert (gradients[0].numpy()[~weights] == 0).all()


def test_bad_smoothing_is_refused():
    with pytest.raises(ValueError, match=r"at least 0 and below 1. Received 1"):
        SmoothedCrossentropy(1)
