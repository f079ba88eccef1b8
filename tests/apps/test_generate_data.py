"""What the models of all kinds train on, how it is going, and bad input."""

import itertools
import pathlib

import keras
import numpy as np
import pytest
import tensorflow as tf
from offered_set import offer

from apps.generate import data, model, report
from apps.generate.app import Generate, MeasureConfig, TrainConfig
from keras_dl import training
from keras_dl.application import UserError
from keras_dl.application.command_line import main

KINDS = ("vae", "autoencoder", "gan", "rbm")
SPLITS = ("train", "validation", "test")


def test_parts_have_no_image_in_common_and_are_the_same_each_time():
    found = [data.read("digits", part) for part in ("train", "validation", "test")]
    assert [len(images) for images, _ in found] == [1257, 180, 360]
    assert [len(labels) for _, labels in found] == [1257, 180, 360]
    again = data.read("digits", "test")[0]
    np.testing.assert_array_equal(again, found[2][0])
    kept = [{image.tobytes() for image in images} for images, _ in found]
    assert not (kept[0] & kept[1] or kept[0] & kept[2] or kept[1] & kept[2])


def test_sets_of_tensorflow_datasets_are_read(tmp_path, monkeypatch):
    images = np.random.default_rng(0).integers(0, 256, (120, 4, 4, 1), "uint8")
    _offer(tmp_path, monkeypatch, parted={"train": images[:90], "test": images[90:]})
    thirds = np.split(images, 3)
    _offer(tmp_path, monkeypatch, full=dict(zip(SPLITS, thirds, strict=True)))
    _offer(tmp_path, monkeypatch, whole={"train": images})
    rows = {}
    for name in ("parted", "full", "whole"):
        rows[name] = []
        for part in SPLITS:
            read, labels = data.read(f"tfds:{name}", part)
            assert read.dtype == "float32"
            # The label of each is its place among all of them.
            np.testing.assert_array_equal(np.round(read * 255), images[labels])
            rows[name].append(labels.tolist())
        assert sorted(itertools.chain(*rows[name])) == list(range(120))
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
        ({"shape": (None, 4, 1)}, "8 bits. Received tfds:images with Image"),
        ({"dtype": np.uint16}, "8 bits. Received tfds:images with Image"),
        ({"shape": (4, 4, 4)}, "8 bits. Received tfds:images with Image"),
        ({"key": "drawing"}, "8 bits. Received tfds:images with drawing, label"),
        ({"part": "test"}, "split must be one of test, the splits of images/1.0.0. Received train"),
    ],
)
def test_sets_of_other_things_are_refused(image, says, tmp_path, monkeypatch):
    image = {"key": "image", "part": "train", "shape": (4, 4, 1), "dtype": np.uint8, **image}
    shape = (4, 4, image["shape"][-1])
    part = {image.pop("part"): np.zeros((40, *shape), image["dtype"])}
    _offer(tmp_path, monkeypatch, **image, images=part)
    with pytest.raises(UserError, match=says):
        data.read("tfds:images", "train")


def _offer(folder, monkeypatch, key="image", shape=(4, 4, 1), dtype=np.uint8, **sets):
    """Offers sets of images; the label of each is its place."""
    import tensorflow_datasets as tfds

    features = {key: tfds.features.Image(shape=shape, dtype=dtype)}
    features["label"] = tfds.features.Scalar(np.int64)
    for name, parts in sets.items():
        starts = np.cumsum([0, *map(len, parts.values())])
        rows = {
            part: tf.data.Dataset.from_tensor_slices(
                {key: images, "label": start + np.arange(len(images))}
            )
            for (part, images), start in zip(parts.items(), starts, strict=False)
        }
        offer(folder, monkeypatch, name, features, rows)


@pytest.mark.parametrize("kind", KINDS)
def test_batches_are_a_function_of_the_epoch(kind):
    found = data.training_data(TrainConfig(kind=kind, batch_size=100))
    first, again, other = (list(found.batches(tf.constant(e, "int64"))) for e in (0, 0, 1))
    assert len(first) == found.steps_per_epoch == 12
    take = (lambda batch: batch[0]) if kind == "autoencoder" else (lambda batch: batch)
    assert all((take(a).numpy() == take(b).numpy()).all() for a, b in zip(first, again))  # noqa: B905
    assert not (take(first[0]).numpy() == take(other[0]).numpy()).all()
    values = np.unique(take(first[0]))
    assert (set(values) == {0, 1}) == (kind == "vae")


def test_binary_pixels_have_the_brightness_as_their_mean():
    images = np.linspace(0, 1, 11, dtype="float32")[None].repeat(40_000, 0)
    drawn = data.binarized(images, 0)
    assert set(np.unique(drawn)) == {0, 1}
    np.testing.assert_allclose(drawn.mean(0), images[0], atol=0.01)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nothing", "Received 'nothing', which does not exist"),
        ("tfds:no_such_set", "Received no_such_set"),
        ("one.npy", "at least two images"),
        ("nan.npy", "nan.npy"),
        ("few.npy", "at least 31 images, for three splits. Received 30"),
        ("bits.npy", "Received bits.npy, where the largest value is only 1"),
    ],
)
def test_bad_data_are_named(name, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    good = np.random.default_rng(0).uniform(size=(31, 8, 8))
    np.save("one.npy", good[:1])
    np.save("few.npy", good[:30])
    np.save("bits.npy", (good > 0.5).astype("uint8"))
    good[7, 2, 2] = np.nan
    np.save("nan.npy", good)
    with pytest.raises(UserError, match=f"^--data.*{message}"):
        data.read(name, "train")


def test_the_classifier_is_found_from_any_directory(monkeypatch):
    used = []
    monkeypatch.setattr("apps.generate.report.measure", lambda _, config: used.append(config))
    Generate().measure(None, MeasureConfig())
    path = pathlib.Path(used[0].classifier)
    assert path.is_absolute() and (path / "saved_model.pb").exists()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "rbm", "units": (3,)}, "--units must be omitted for --kind rbm"),
        ({"kind": "rbm", "filters": (3,)}, "--filters requires --kind vae or gan"),
        ({"kind": "gan", "noise": 0.5}, "--noise must be 0 except for --kind autoencoder"),
        ({"latent_dim": -1}, "--latent-dim must be at least 0"),
        ({"units": (3, 0)}, "--units must be at least 1"),
        ({"learning_rate": -1.0}, "--learning-rate must be at least 0. Received -1"),
        ({"batch_size": 5000}, "--batch-size.*at most the number of examples, 1257"),
        ({"filters": (3, 3, 3, 3)}, "--filters.*multiples of 16"),
    ],
)
def test_bad_settings_are_named(settings, message):
    def build():
        config = TrainConfig(**settings)
        model.build(config, data.training_data(config))

    with pytest.raises(UserError, match=message):
        build()


def test_three_images_have_no_three_neighbors():
    with pytest.raises(UserError, match="--num-samples must be at least 4"):
        MeasureConfig(num_samples=3)


def test_a_directory_of_images_of_several_sizes_is_named(tmp_path, capsys):
    folder = tmp_path / "images"
    folder.mkdir()
    digits = report.to_uint8(data.read("digits", "validation")[0])
    for number, image in enumerate([*digits[:40], np.zeros((6, 9, 1), "uint8")]):
        (folder / f"{number:02}.png").write_bytes(report.to_png(image[None])[0])
    arguments = ["generate", "train", "--data", str(folder), "--run-dir", str(tmp_path / "run")]
    assert main([Generate()], arguments, "") == 2
    said = capsys.readouterr().err
    assert "40.png of 6 x 9" in said and "have the same size" in said
    assert not (tmp_path / "run").exists()
    (folder / "40.png").unlink()
    images = [data.read(str(folder), part)[0] for part in SPLITS]
    assert sorted(map(bytes, report.to_uint8(np.concatenate(images)))) == sorted(
        map(bytes, digits[:40])
    )


@pytest.mark.parametrize(("devices", "steps"), [(1, 10), (2, 1)])
def test_one_device_makes_several_steps_at_once(devices, steps):
    config = TrainConfig(batch_size=60, units=(8,), devices=devices)  # 20 steps an epoch
    assert model.build(config, data.training_data(config)).steps_per_execution == steps


def _said(config, folder, capsys, blind=None):
    """Trains, with a layer whose weights are 0 if one is named, and returns what was printed."""
    keras.utils.set_random_seed(0)
    found = data.training_data(config)
    net = model.build(config, found)
    if blind:
        part, name = blind
        layer = getattr(net, part).get_layer(name)
        layer.set_weights([np.zeros_like(weight) for weight in layer.get_weights()])
    options = {"epochs": config.epochs, "steps_per_epoch": found.steps_per_epoch}
    with training.Run(folder) as run:
        training.fit(net, found.batches, run=run, callbacks=found.callbacks, **options)
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("kind", "blind", "says"),
    [
        ("gan", ("generator", "made"), "the same few images"),
        ("vae", ("encoder", "mean"), "fewer than 2 of the latent"),
    ],
)
def test_what_goes_wrong_is_said_while_it_trains(kind, blind, says, tmp_path, capsys):
    config = TrainConfig(kind=kind, latent_dim=3, epochs=1, units=(16,), learning_rate=1e-12)
    assert says in _said(config, tmp_path, capsys, blind)


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"kind": "gan", "epochs": 60}, marks=pytest.mark.slow),
        {"kind": "vae", "epochs": 4},
        {"latent_dim": 1, "epochs": 3, "units": (32,), "learning_rate": 2e-3},
    ],
)
def test_nothing_is_said_of_what_goes_well(settings, tmp_path, capsys):
    said = _said(TrainConfig(**settings), tmp_path, capsys)
    epochs = settings["epochs"]
    assert f"epoch {epochs}/{epochs}" in said
    assert "the same few images" not in said and "latent variables carry" not in said
