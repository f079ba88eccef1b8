import keras
import numpy as np
import pytest

from keras_dl import layers


def test_equals_a_loop_over_what_the_mask_leaves():
    random = np.random.default_rng(0)
    values = random.normal(3, 2, size=(20, 7, 3)).astype("float32")
    mask = random.random((20, 7)) < 0.6
    mask[0], mask[1] = False, True
    expected = np.zeros_like(values)
    for row in range(20):
        for channel in range(3):
            kept = values[row, mask[row], channel].astype("float64")
            if len(kept):
                normalized = (kept - kept.mean()) / np.sqrt(kept.var() + 1e-3)
                expected[row, mask[row], channel] = normalized
    layer = layers.MaskedNormalization()
    np.testing.assert_allclose(layer(values, mask=mask), expected, atol=1e-5)
    assert abs(expected[1].std() - 1) < 0.01
    everything = layer(values, mask=np.ones_like(mask))
    np.testing.assert_array_equal(layer(values), everything)


def test_takes_the_mask_of_the_layer_before():
    values = np.array([[[1.0], [3.0], [0.0]]], "float32")
    found = layers.MaskedNormalization(1e-9)(keras.layers.Masking()(values))
    np.testing.assert_allclose(found[0, :, 0], [-1.0, 1.0, 0.0], atol=1e-5)


def test_a_constant_channel_is_zero_and_large_offsets_do_no_harm():
    values = np.full((1, 3000, 2), 1000.0, "float32")
    values[0, ::2, 1] += 1.0
    found = layers.MaskedNormalization()(values).numpy()
    np.testing.assert_array_equal(found[..., 0], 0)
    np.testing.assert_allclose(np.abs(found[..., 1]), 0.998, atol=1e-3)


def test_refuses_other_shapes_and_no_epsilon():
    with pytest.raises(ValueError, match=r"Received inputs \(2, 3\)"):
        layers.MaskedNormalization()(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="epsilon must be positive"):
        layers.MaskedNormalization(0.0)
