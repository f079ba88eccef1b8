"""The layers of the first convolutional nets, against loops in float64."""

import keras
import numpy as np
import pytest

from keras_dl import layers

_random = np.random.default_rng(0)


def test_center_bgr_is_caffe_s():
    pixels = _random.uniform(0, 255, (2, 4, 5, 3)).astype("float32")
    expected = keras.applications.vgg16.preprocess_input(pixels.copy())
    np.testing.assert_allclose(layers.CaffePreprocessing()(pixels), expected, atol=1e-4)
    with pytest.raises(ValueError, match=r"Received shape \(2, 4, 5, 1\)"):
        layers.CaffePreprocessing()(pixels[..., :1])


def test_local_response_normalization_channel_by_channel():
    values = _random.normal(0, 30, (2, 3, 4, 7)).astype("float32")
    expected = np.zeros(values.shape)
    for channel in range(7):
        around = values[..., max(channel - 2, 0) : channel + 3].astype("float64")
        total = 2 + 1e-2 * (around**2).sum(-1)
        expected[..., channel] = values[..., channel] / total**0.75
    found = layers.LocalResponseNormalization(alpha=1e-2)(values)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    with pytest.raises(ValueError, match="Received depth 4"):
        layers.LocalResponseNormalization(depth=4)


def test_trainable_subsampling_block_by_block():
    maps = _random.normal(size=(2, 5, 6, 3)).astype("float32")
    layer = layers.TrainableSubsampling2D(2)
    layer.build(maps.shape)
    np.testing.assert_allclose(layer(maps)[0, 0, 0], maps[0, :2, :2].mean((0, 1)), rtol=1e-5)
    coefficient, bias = _random.normal(size=3), _random.normal(size=3)
    layer.set_weights([coefficient, bias])
    found = np.asarray(layer(maps))
    assert found.shape == (2, 2, 3, 3) == layer.compute_output_shape(maps.shape)
    for row, column in np.ndindex(2, 3):
        block = maps[:, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2].astype("float64")
        expected = coefficient * block.sum((1, 2)) + bias
        np.testing.assert_allclose(found[:, row, column], expected, rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="Received pool_size 0"):
        layers.TrainableSubsampling2D(0)


def test_each_map_of_a_partially_connected_convolution_sees_its_own():
    maps = _random.normal(size=(2, 5, 6, 4)).astype("float32")
    connections = [[0, 2, 3], [1], [3, 1]]
    layer = layers.PartiallyConnectedConv2D(connections, 2)
    layer.build(maps.shape)
    kernel, bias = (_random.normal(size=each.shape) for each in layer.get_weights())
    layer.set_weights([kernel, bias])
    found = np.asarray(layer(maps))
    assert found.shape == (2, 4, 5, 3) == layer.compute_output_shape(maps.shape)
    assert layer.count_params() == 6 * 4 + 3
    expected, pair = np.zeros(found.shape), 0
    for out, seen in enumerate(connections):
        for each in sorted(seen):
            for row, column in np.ndindex(4, 5):
                window = maps[:, row : row + 2, column : column + 2, each].astype("float64")
                expected[:, row, column, out] += (window * kernel[..., pair]).sum((1, 2))
            pair += 1
    np.testing.assert_allclose(found, expected + bias, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("connections", "message"),
    [
        ([[0, 0]], r"Received \[0, 0\]"),
        ([[]], r"Received \[\]"),
        ([[0], [5]], "Received 5"),
        ([], "Received 0 entries, kernel_size 2"),
    ],
)
def test_connections_that_cannot_be_are_named(connections, message):
    with pytest.raises(ValueError, match=message):
        layers.PartiallyConnectedConv2D(connections, 2).build((1, 4, 4, 3))


def test_code_distance_is_that_of_the_codes():
    values, codes = _random.normal(size=(4, 6)), np.sign(_random.normal(size=(3, 6)))
    expected = -((values[:, None] - codes) ** 2).sum(-1) / 2
    np.testing.assert_allclose(layers.EuclideanRBF(codes)(values), expected, rtol=1e-5)
    with pytest.raises(ValueError, match=r"Received shape \(6,\)"):
        layers.EuclideanRBF(codes[0])
    with pytest.raises(ValueError, match=r"must have 6 units.*Received shape \(4, 5\)"):
        layers.EuclideanRBF(codes)(values[:, :5])
