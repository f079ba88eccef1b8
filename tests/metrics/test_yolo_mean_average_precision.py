import keras
import numpy as np
import pytest

from keras_dl import boxes, layers, losses, metrics

ANCHORS = [[1.0, 1.0], [2.0, 2.5]]


def _data(seed=0, batch=12):
    """Features, true boxes and their targets, of images that are wider than high."""
    random = np.random.default_rng(seed)
    center, size = random.uniform(0.1, 0.9, (batch, 3, 2)), random.uniform(0.1, 0.4, (batch, 3, 2))
    some = np.concatenate([center - size / 2, center + size / 2], 2).astype("float32")
    labels = random.integers(0, 2, (batch, 3))
    targets, lost = boxes.encode_targets(some, labels, ANCHORS, (4, 6), 2)
    features = np.concatenate(
        [random.normal(size=(batch, 4, 6, 5)), np.asarray(targets).reshape(batch, 4, 6, -1)], -1
    )
    return features.astype("float32"), some, labels, targets, np.sum(lost)


def _afterwards(answers, some, labels):
    found = boxes.non_max_suppression(
        *boxes.decode(answers), box_format="rel_yxyx", score_threshold=0.05
    )
    metric = metrics.MeanAveragePrecision(2, box_format="rel_yxyx", image_shape=(64, 96))
    metric.update_state({"boxes": some, "labels": labels}, found)
    return {name: float(value) for name, value in metric.result().items()}


@pytest.mark.slow
def test_in_fit_as_afterwards():
    keras.utils.set_random_seed(0)
    features, some, labels, targets, lost = _data()
    assert lost == 0
    model = keras.Sequential([layers.YOLOHead(ANCHORS, 2)])
    metric = metrics.YOLOMeanAveragePrecision(2, (64, 96), score_threshold=0.05, capacity=1300)
    model.compile(
        keras.optimizers.Adam(0.05), losses.YOLOLoss("ciou", "crossentropy"), metrics=[metric]
    )
    history = model.fit(
        features, targets, batch_size=5, epochs=25, verbose=0, validation_data=(features, targets)
    ).history
    expected = _afterwards(model(features), some, labels)
    assert expected["ap50"] > 0.5 and history["val_ap50"][0] < expected["ap50"]
    for name, value in expected.items():
        np.testing.assert_allclose(history[f"val_{name}"][-1], value, atol=1e-4)


def test_survives_saving():
    metric = metrics.YOLOMeanAveragePrecision(2, (64, 96), max_boxes=7, mode="voc2007")
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric))
    assert copy.get_config() == metric.get_config()
    assert copy.suppression["max_boxes"] == 7
