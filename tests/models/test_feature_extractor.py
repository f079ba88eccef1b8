import keras
import numpy as np
import pytest

from keras_dl import models

LAYERS = ["fire3", "conv1", "fire6"]


@pytest.fixture(scope="module")
def network():
    return models.squeezenet((40, 36, 3), 5, seed=0)


def _pixels(height, width):
    return np.random.default_rng(1).uniform(0, 255, (2, height, width, 3)).astype("float32")


def test_features_are_the_outputs_of_the_layers_for_any_size(network):
    extractor = models.feature_extractor(network, LAYERS)
    expected = keras.Model(network.inputs[0], [network.get_layer(each).output for each in LAYERS])
    found = extractor(_pixels(40, 36))
    assert set(found) == set(LAYERS) and not extractor.trainable_weights
    for name, features in zip(LAYERS, expected(_pixels(40, 36)), strict=True):
        np.testing.assert_array_equal(found[name], features)
    assert extractor(_pixels(64, 90))["conv1"].shape == (2, 31, 44, 64)
    names = {layer.name for layer in extractor.layers}
    assert "fire6" in names and "fire7_squeeze1x1" not in names


def test_average_pooling_replaces_max_pooling_alone(network):
    features = models.feature_extractor(network, ["pool1", "conv1"], pooling="average")(
        _pixels(40, 36)
    )
    pooled = keras.ops.average_pool(features["conv1"], 3, 2)
    np.testing.assert_allclose(features["pool1"], pooled, rtol=1e-6)


def test_weights_are_copies(network):
    extractor = models.feature_extractor(network, ["conv1"])
    before = network.get_layer("conv1").get_weights()[0]
    extractor.get_layer("conv1").set_weights(
        [np.zeros(each.shape) for each in extractor.get_weights()]
    )
    np.testing.assert_array_equal(network.get_layer("conv1").get_weights()[0], before)


@pytest.mark.parametrize("layers", [[], ["conv1", "conv99"]])
def test_unknown_layers_are_named(network, layers):
    with pytest.raises(ValueError, match=r"layers must be names of .*fire2.* Received \["):
        models.feature_extractor(network, layers)
    with pytest.raises(ValueError, match=r"pooling must be 'max' or 'average'. Received 'min'"):
        models.feature_extractor(network, ["conv1"], pooling="min")
