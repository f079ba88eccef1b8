import keras
import numpy as np
import pytest

from keras_dl import layers

ANCHORS = [[1.0, 2.0], [3.0, 0.5]]


def test_as_numpy_in_float64():
    random = np.random.default_rng(0)
    head = layers.YOLOHead(ANCHORS, num_classes=3)
    features = random.normal(size=(2, 3, 4, 6)).astype("float32")
    head.build(features.shape)
    kernel, bias = (random.normal(size=each.shape) for each in head.get_weights())
    head.set_weights([kernel, bias])
    raw = (features.astype("float64") @ kernel[0, 0].astype("float32") + bias).reshape(
        2, 3, 4, 2, 8
    )
    expected = raw.copy()
    expected[..., 1:3] = 1 / (1 + np.exp(-raw[..., 1:3]))
    expected[..., 3:5] = np.array(ANCHORS) * np.exp(raw[..., 3:5])
    np.testing.assert_allclose(head(features), expected, rtol=1e-4, atol=1e-5)


def test_starts_with_the_anchors_and_the_objectness_prior():
    head = layers.YOLOHead(ANCHORS, num_classes=1, objectness_prior=0.01)
    answers = np.asarray(head(np.zeros((1, 2, 3, 4))))
    np.testing.assert_allclose(1 / (1 + np.exp(-answers[..., 0])), 0.01, rtol=1e-4)
    np.testing.assert_allclose(answers[..., 1:3], 0.5)
    np.testing.assert_allclose(answers[..., 3:5], np.broadcast_to(ANCHORS, (1, 2, 3, 2, 2)))


def test_sizes_stay_finite_however_large_the_features():
    head = layers.YOLOHead(ANCHORS, num_classes=1)
    assert np.isfinite(head(np.full((1, 1, 1, 4), 1e30, "float32"))[..., 1:5]).all()


def test_half_precision_does_not_reach_the_boxes():
    full = layers.YOLOHead(ANCHORS, num_classes=1)
    features = np.random.default_rng(0).normal(size=(1, 4, 4, 8)).astype("float16")
    expected = full(features)
    half = layers.YOLOHead(ANCHORS, num_classes=1, dtype="mixed_float16")
    half.build(features.shape)
    half.set_weights(full.get_weights())
    found = half(features)
    assert keras.backend.standardize_dtype(found.dtype) == "float32"
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("anchors", "options", "message"),
    [
        ([[1, 2, 3]], {}, r"Received \[\[1.0, 2.0, 3.0\]\]"),
        ([[1, -2]], {}, r"Received \[\[1.0, -2.0\]\]"),
        (ANCHORS, {"num_classes": 0}, "Received num_classes 0"),
        (ANCHORS, {"objectness_prior": 1.0}, "objectness_prior 1.0"),
    ],
)
def test_wrong_arguments_are_named(anchors, options, message):
    with pytest.raises(ValueError, match=message):
        layers.YOLOHead(anchors, **{"num_classes": 2, **options})
