"""What the models of all kinds learn from: pictures of sets, folders and files, in parts."""

import numpy as np
import pytest
import tensorflow as tf
from generate_case import KINDS
from offered_set import offer

from apps.generate import data
from apps.generate.app import Config

PARTS = ("train", "validation", "test")


def test_parts_have_no_picture_in_common_and_are_the_same_each_time():
    found = [data.read("digits", part) for part in ("train", "validation", "test")]
    assert [len(pictures) for pictures, _ in found] == [1257, 180, 360]
    assert [len(labels) for _, labels in found] == [1257, 180, 360]
    again = data.read("digits", "test")[0]
    np.testing.assert_array_equal(again, found[2][0])
    kept = [{picture.tobytes() for picture in pictures} for pictures, _ in found]
    assert not (kept[0] & kept[1] or kept[0] & kept[2] or kept[1] & kept[2])


def test_sets_of_tensorflow_datasets_are_read(tmp_path, monkeypatch):
    pictures = np.random.default_rng(0).integers(0, 256, (120, 4, 4, 1), "uint8")
    _offer(tmp_path, monkeypatch, parted={"train": pictures[:90], "test": pictures[90:]})
    thirds = np.split(pictures, 3)
    _offer(tmp_path, monkeypatch, full=dict(zip(PARTS, thirds, strict=True)))
    _offer(tmp_path, monkeypatch, whole={"train": pictures})
    rows = {}
    for name in ("parted", "full", "whole"):
        rows[name] = []
        for part in PARTS:
            read, labels = data.read(f"tfds:{name}", part)
            assert read.dtype == "float32"
            # The label of each is its place among all of them.
            np.testing.assert_array_equal(np.round(read * 255), pictures[labels])
            rows[name].append(labels.tolist())
        assert sorted(sum(rows[name], [])) == list(range(120))
    assert sorted(rows["parted"][2]) == list(range(90, 120))
    assert [len(part) for part in rows["parted"]] == [83, 7, 30]
    assert [sorted(part)[0] for part in rows["full"]] == [0, 40, 80]
    assert [len(part) for part in rows["whole"]] == [84, 12, 24]


def test_sets_of_bits_are_read_as_they_are(tmp_path, monkeypatch):
    bits = np.random.default_rng(0).integers(0, 2, (40, 4, 4, 1), "uint8")
    _offer(tmp_path, monkeypatch, bits={"train": bits})
    read, labels = data.read("tfds:bits", "train")
    np.testing.assert_array_equal(read, bits[labels])


@pytest.mark.parametrize(
    ("image", "says"),
    [
        ({"shape": (None, 4, 1)}, "8 bits. Received tfds:pictures with Image"),
        ({"dtype": np.uint16}, "8 bits. Received tfds:pictures with Image"),
        ({"shape": (4, 4, 4)}, "8 bits. Received tfds:pictures with Image"),
        ({"key": "drawing"}, "8 bits. Received tfds:pictures with drawing, label"),
        ({"part": "test"}, "with a part train. Received tfds:pictures with test"),
    ],
)
def test_sets_of_other_things_are_refused(image, says, tmp_path, monkeypatch):
    image = {"key": "image", "part": "train", "shape": (4, 4, 1), "dtype": np.uint8, **image}
    shape = (4, 4, image["shape"][-1])
    part = {image.pop("part"): np.zeros((40, *shape), image["dtype"])}
    _offer(tmp_path, monkeypatch, **image, pictures=part)
    with pytest.raises(ValueError, match=says):
        data.read("tfds:pictures", "train")


def _offer(folder, monkeypatch, key="image", shape=(4, 4, 1), dtype=np.uint8, **sets):
    """Offers sets of pictures; the label of each is its place."""
    import tensorflow_datasets as tfds

    features = {key: tfds.features.Image(shape=shape, dtype=dtype)}
    features["label"] = tfds.features.Scalar(np.int64)
    for name, parts in sets.items():
        starts = np.cumsum([0, *map(len, parts.values())])
        rows = {
            part: tf.data.Dataset.from_tensor_slices(
                {key: pictures, "label": start + np.arange(len(pictures))}
            )
            for (part, pictures), start in zip(parts.items(), starts, strict=False)
        }
        offer(folder, monkeypatch, name, features, rows)


@pytest.mark.parametrize("kind", KINDS)
def test_batches_are_a_function_of_the_epoch(kind):
    found = data.pipeline(Config(kind=kind, batch_size=100))
    first, again, other = (list(found.train(tf.constant(e, "int64"))) for e in (0, 0, 1))
    assert len(first) == found.steps_per_epoch == 12
    take = (lambda batch: batch[0]) if kind == "autoencoder" else (lambda batch: batch)
    assert all((take(a).numpy() == take(b).numpy()).all() for a, b in zip(first, again))  # noqa: B905
    assert not (take(first[0]).numpy() == take(other[0]).numpy()).all()
    values = np.unique(take(first[0]))
    assert (set(values) == {0, 1}) == (kind == "vae")


def test_binary_pixels_have_the_brightness_as_their_mean():
    pictures = np.linspace(0, 1, 11, dtype="float32")[None].repeat(40_000, 0)
    drawn = data.binarized(pictures, 0)
    assert set(np.unique(drawn)) == {0, 1}
    np.testing.assert_allclose(drawn.mean(0), pictures[0], atol=0.01)
