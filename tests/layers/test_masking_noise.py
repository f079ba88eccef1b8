"""What is left is as it was, and the share of what is not."""

import numpy as np
import pytest

from keras_dl import layers

VALUES = np.random.default_rng(0).uniform(1, 2, size=(200, 300)).astype("float32")


def test_share_of_zeros_and_the_others():
    noisy = layers.MaskingNoise(0.3, seed=1)(VALUES, training=True).numpy()
    assert abs((noisy == 0).mean() - 0.3) < 0.01
    np.testing.assert_array_equal(noisy[noisy != 0], VALUES[noisy != 0])


def test_each_call_draws_anew_and_inference_does_not():
    layer = layers.MaskingNoise(0.3, seed=1)
    first, second = (layer(VALUES, training=True).numpy() for _ in range(2))
    assert (first != second).any()
    np.testing.assert_array_equal(layer(VALUES), VALUES)


@pytest.mark.parametrize("rate", [-0.1, 1.0])
def test_rate_out_of_range(rate):
    with pytest.raises(ValueError, match="at least 0 and below 1"):
        layers.MaskingNoise(rate)
