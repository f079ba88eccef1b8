import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_dl import layers


def _by_loop(values, mask, mode):
    pooled = np.zeros((values.shape[0], values.shape[2]))
    for row in range(len(values)):
        kept = [values[row, time] for time in range(values.shape[1]) if mask[row, time]]
        if kept:
            pooled[row] = {"mean": np.mean, "max": np.max}[mode](kept, axis=0)
    return pooled


@pytest.mark.parametrize("mode", ["mean", "max"])
def test_counts_what_the_mask_leaves_holes_and_empty_rows_included(mode):
    random = np.random.default_rng(0)
    values = random.normal(size=(20, 7, 3)) - 2  # below 0, where a maximum with padding would err
    mask = random.random((20, 7)) < 0.5
    mask[0], mask[1] = False, True
    found = np.asarray(layers.MaskedPooling1D(mode)(values.astype("float32"), mask=mask))
    np.testing.assert_allclose(found, _by_loop(values, mask, mode), atol=1e-6)
    assert not found[0].any()
    everything = np.asarray(layers.MaskedPooling1D(mode)(values.astype("float32")))
    np.testing.assert_allclose(everything, _by_loop(values, np.ones_like(mask), mode), atol=1e-6)


@pytest.mark.parametrize("mode", ["mean", "max"])
def test_takes_the_mask_of_the_layer_before(mode):
    words = np.array([[1, 2, 0], [0, 2, 0], [0, 0, 0]])
    vectors = keras.layers.Embedding(3, 2, mask_zero=True)(words)
    found = np.asarray(layers.MaskedPooling1D(mode)(vectors))
    expected = _by_loop(np.asarray(vectors, "float64"), words != 0, mode)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_long_mean_in_half_precision_neither_overflows_nor_stalls():
    # Their sum is ten times what float16 can hold, and above 2048 it could not count by ones.
    values = np.tile(np.array([[[100.0, 1.0]]], "float16"), (1, 6000, 1))
    layer = layers.MaskedPooling1D("mean", dtype="mixed_float16")
    found = layer(values, mask=np.ones((1, 6000), bool))
    assert keras.backend.standardize_dtype(found.dtype) == "float16"
    np.testing.assert_array_equal(np.asarray(found), [[100.0, 1.0]])


@pytest.mark.parametrize("mode", ["mean", "max"])
def test_gradients_stay_finite_and_reach_no_padding(mode):
    values = tf.constant(np.random.default_rng(1).normal(size=(2, 4, 3)).astype("float32"))
    mask = np.array([[True, False, True, False], [False] * 4])
    with tf.GradientTape() as tape:
        tape.watch(values)
        total = tf.reduce_sum(layers.MaskedPooling1D(mode)(values, mask=mask))
    gradient = tape.gradient(total, values).numpy()
    assert np.isfinite(gradient).all() and not gradient[~mask].any()
    np.testing.assert_allclose(gradient[0].sum(0), 1, atol=1e-6)


def test_refuses_other_modes_and_shapes():
    with pytest.raises(ValueError, match="Received mode 'sum'"):
        layers.MaskedPooling1D("sum")
    with pytest.raises(ValueError, match=r"Received inputs \(2, 3\)"):
        layers.MaskedPooling1D("mean")(np.zeros((2, 3)))
