import numpy as np
import pytest
import tensorflow as tf
from offered_set import offer

from keras_dl.pipelines import read_tfds, tfds_builder

IMAGES = np.random.default_rng(0).integers(0, 256, (7, 4, 4, 3), "uint8")


@pytest.fixture
def builder(tmp_path, monkeypatch):
    import tensorflow_datasets as tfds

    features = {
        "image": tfds.features.Image(shape=(4, 4, 3)),
        "label": tfds.features.ClassLabel(names=["a", "b"]),
        "text": tfds.features.Text(),
        "tokens": tfds.features.Sequence(tfds.features.Text()),
        "objects": tfds.features.Sequence({"bbox": tfds.features.BBoxFeature()}),
    }
    boxes = [[[0.0, 0.0, 0.5, 1.0]] * (number % 3) for number in range(7)]
    rows = {
        "image": IMAGES,
        "label": [number % 2 for number in range(7)],
        "text": [f"text {number}" for number in range(7)],
        "tokens": tf.ragged.constant([["x"] * number for number in range(7)], "string"),
        "objects": {"bbox": tf.ragged.constant(boxes, "float32", 1, (4,))},
    }
    data = tf.data.Dataset.from_tensor_slices(rows)
    splits = {"train": data.take(4), "test": data.skip(4).take(3)}
    offer(tmp_path, monkeypatch, "small", features, splits)
    return tfds_builder("small", ["image", "label"])


def test_features_of_one_shape_are_arrays(builder, monkeypatch):
    monkeypatch.setattr("keras_dl.pipelines.tfds._BATCH_SIZE", 2)
    found = read_tfds(builder, "test", ["image", "label", "text"])
    np.testing.assert_array_equal(found["image"], IMAGES[4:])
    assert found["label"].tolist() == [0, 1, 0]
    assert found["text"].tolist() == [b"text 4", b"text 5", b"text 6"]


def test_features_of_many_shapes_are_lists(builder):
    found = read_tfds(builder, "train", ["tokens", "objects"])
    assert [tokens.tolist() for tokens in found["tokens"]] == [[b"x"] * n for n in range(4)]
    assert [each["bbox"].shape for each in found["objects"]] == [(0, 4), (1, 4), (2, 4), (0, 4)]


def test_images_can_stay_files(builder):
    found = read_tfds(builder, "train", ["image"], decode_images=False)
    np.testing.assert_array_equal(tf.io.decode_png(found["image"][3]), IMAGES[3])


def test_what_is_not_there_is_told(builder):
    with pytest.raises(
        ValueError, match=r"one of train, test, the splits of small/1.0.0. Received dev"
    ):
        read_tfds(builder, "dev", ["image"])
    with pytest.raises(ValueError, match="Received small with image, label, objects, text, tokens"):
        tfds_builder("small", ["image", "ner"])
    with pytest.raises(
        ValueError, match=r"Received nowhere: DatasetNotFoundError: .*TFDS_DATA_DIR"
    ):
        tfds_builder("nowhere")
