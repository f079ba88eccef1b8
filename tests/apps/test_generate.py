"""What the models of all kinds answer, how they are judged, and what is said of bad input."""

import itertools
import os
import pathlib
import subprocess
import sys
import types

import keras
import numpy as np
import pytest
import tensorflow as tf
from offered_set import offer
from PIL import Image
from scipy.spatial.distance import cdist

from apps.__main__ import main
from apps.generate import (
    answers,
    app,
    data,
    drawing,
    drawn_codes,
    judging,
    model,
    nearness,
    report,
)
from apps.generate.app import Config
from keras_dl import layers, training

_ROOT = str(pathlib.Path(__file__).parents[2])
PARTS = ("train", "validation", "test")
KINDS = ["vae", "autoencoder", "gan", "rbm"]
OPTIONS = {"code": 3, "draws": 4, "made": 40, "epochs": 1}


@pytest.fixture(scope="module", params=KINDS)
def live(request):
    """What answers like a SavedModel."""
    return _live(_config(request.param))


def _config(kind, **options):
    options = {**OPTIONS, **options}
    return Config(kind=kind, **options, units=Config.units if kind == "rbm" else (16,))


def _live(config):
    keras.utils.set_random_seed(0)
    net = model.build(config, data.pipeline(config))
    assets = {"kind": config.kind, "data": config.data, "shape": [8, 8, 1]}
    signatures = {
        name: tf.function(function, input_signature=signature)
        for name, (function, signature) in model.endpoints(net, assets).items()
    }
    return types.SimpleNamespace(signatures=signatures, net=net, config=config)


def _loaded(live):
    """Signatures of a loaded SavedModel know their answers."""
    found = {name: each.get_concrete_function() for name, each in live.signatures.items()}
    return types.SimpleNamespace(signatures=found)


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


def test_a_seed_is_a_picture_whatever_its_company(live):
    make = live.signatures["serving_default"]
    together = make(tf.constant([5, 6, 5], "int64"))["pictures"].numpy()
    alone = make(tf.constant([6], "int64"))["pictures"].numpy()
    assert together.shape == (3, 8, 8, 1) and together.dtype == np.uint8
    np.testing.assert_array_equal(together[0], together[2])
    np.testing.assert_allclose(together[1:2].astype(int), alone.astype(int), atol=1)
    assert (together[0] != together[1]).any()


def test_the_way_between_begins_and_ends_at_the_pictures(live):
    if "between" not in live.signatures:
        assert live.config.kind == "rbm"
        return
    first, second = tf.constant([1, 4], "int64"), tf.constant([2, 4], "int64")
    make = live.signatures["serving_default"]
    ends = [make(seed)["pictures"].numpy() for seed in (first, second)]
    for share, end in zip((0.0, 1.0), ends, strict=True):
        found = live.signatures["between"](first, second, tf.constant([share] * 2))
        np.testing.assert_allclose(found["pictures"].numpy().astype(int), end.astype(int), atol=1)
    halfway = live.signatures["between"](first, second, tf.constant([0.5, 0.5]))["pictures"].numpy()
    np.testing.assert_allclose(halfway[1].astype(int), ends[0][1].astype(int), atol=1)


def test_the_way_between_goes_along_the_sphere():
    random = np.random.default_rng(0)
    first, second = (tf.constant(random.normal(size=(6, 50)).astype("float32")) for _ in range(2))
    codes = drawn_codes.between(first, second, tf.fill([6], 0.5)).numpy()
    lengths = [np.linalg.norm(each, axis=1) for each in (first, codes, second)]
    angles = [
        np.arccos((codes * each).sum(1) / np.linalg.norm(each, axis=1) / lengths[1])
        for each in (first.numpy(), second.numpy())
    ]
    assert (lengths[1] > 0.9 * np.minimum(lengths[0], lengths[2])).all()
    assert np.abs(angles[0] - angles[1]).max() < 0.2


def test_codes_may_leave_out_their_last_numbers(live):
    decode = live.signatures["decode"]
    short, whole = (decode(tf.constant(code))["pictures"] for code in ([[0.5]], [[0.5, 0.0, 0.0]]))
    np.testing.assert_array_equal(short, whole)
    with pytest.raises(tf.errors.InvalidArgumentError):
        decode(tf.constant([[0.5, 0, 0, 0]]))


def test_pictures_are_encoded_and_given_back(live):
    if live.config.kind == "gan":
        judge = live.signatures["judge"](tf.constant(judging.to_png(_bytes()[:4])))
        logits = live.net(_bytes()[:4].astype("float32") / 255, training=False)
        np.testing.assert_allclose(judge["real"], tf.sigmoid(logits[:, 0]), rtol=1e-5)
        return
    found = live.signatures["encode"](tf.constant(judging.to_png(_bytes()[:4])))
    pictures = _bytes()[:4].astype("float32") / 255
    if live.config.kind == "vae":
        code = live.net.encoder(pictures)[0]
        back = tf.sigmoid(live.net.decoder(code))
    elif live.config.kind == "autoencoder":
        code, back = found["code"], live.net(pictures)
    else:
        code = live.net(pictures)
        back = tf.reshape(live.net.get_layer("machine").visible_mean(code), (4, 8, 8, 1))
    np.testing.assert_allclose(found["code"], code, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(
        found["reconstruction"].numpy().astype(int), 255 * np.asarray(back), atol=1
    )


def test_each_path_has_a_name_of_its_own():
    names = answers._Names()
    found = [names.of(path) for path in ("x/a.png", "y/a.png", "x/a_2.png", "x/a.png")]
    assert found == ["a", "a_2", "a_2_2", "a"]


def _bytes():
    return judging.to_bytes(data.read("digits", "validation")[0])


def test_bounds_are_those_of_the_model():
    live = _live(_config("vae"))
    binary = (255 * data.binarized(data.read("digits", "validation")[0][:50], 0)).astype("uint8")
    encoded = tf.constant(judging.to_png(binary))

    def bounds(draws):
        return live.signatures["bounds"](encoded, tf.constant(3, "int64"), tf.constant(draws))

    with pytest.raises(tf.errors.InvalidArgumentError, match="draws must be at least 1"):
        bounds(0)
    one, many = bounds(1), bounds(2_000)
    np.testing.assert_allclose(one["bound"], one["elbo"], rtol=1e-6)
    expected = live.net.importance_weighted_bound(binary / np.float32(255), 2_000, verbose=0)
    assert float(np.mean(many["bound"])) == pytest.approx(expected.mean(), abs=0.05)
    elbo = np.mean([live.net.evaluate(binary / 255, verbose=0, return_dict=True)["elbo"]])
    assert float(np.mean(one["elbo"])) == pytest.approx(elbo, abs=2)
    assert float(np.mean(one["elbo"])) < float(np.mean(many["bound"]))
    mean, log_var = live.net.encoder(binary / np.float32(255))
    kl = layers.GaussianSampling.kl_divergence(mean, log_var)
    np.testing.assert_allclose(one["kl"], kl, rtol=1e-4, atol=1e-5)


def test_pictures_of_a_machine_have_its_distribution():
    keras.utils.set_random_seed(0)
    machine = layers.RestrictedBoltzmannMachine(3, name="machine")
    net = keras.Sequential([keras.Input((2, 2, 1)), keras.layers.Flatten(), machine])
    random = np.random.default_rng(0)
    for weight in machine.trainable_variables:
        weight.assign(random.normal(size=weight.shape))
    found = model.endpoints(net, {"kind": "rbm", "shape": [2, 2, 1]})
    make, signature = found["serving_default"]
    make = tf.function(make, input_signature=signature)
    made = make(tf.range(4_000, dtype="int64"))["pictures"].numpy()
    states = np.array(list(itertools.product([0, 1], repeat=4)), "float32")
    weights = np.exp(-np.float64(machine.free_energy(states)))
    expected = (weights[:, None] * states).sum(0) / weights.sum()
    np.testing.assert_allclose(made.reshape(-1, 4).mean(0) / 255, expected, atol=0.03)


def test_precision_and_recall_are_those_of_a_double_loop():
    random = np.random.default_rng(0)
    real, made = random.normal(size=(60, 3)), random.normal(0.7, 0.6, size=(50, 3))

    def share(some, others):
        radii = np.sort(cdist(others, others), axis=1)[:, 3]
        return np.mean([(np.linalg.norm(others - one, axis=1) <= radii).any() for one in some])

    found = nearness.precision_and_recall(real, made)
    assert found == (share(made, real), share(real, made))
    assert found[0] > found[1] + 0.1
    far = nearness.precision_and_recall(real, made + 100)
    assert far == (0, 0)


def test_distances_to_the_nearest_of_training():
    random = np.random.default_rng(0)
    some, training = random.uniform(size=(7, 4, 4, 1)), random.uniform(size=(30, 4, 4, 1))
    training[3] = some[2]
    expected = cdist(some.reshape(7, -1), training.reshape(30, -1)).min(1)
    np.testing.assert_allclose(nearness.nearest(some, training), expected, atol=1e-6)
    assert nearness.nearest(some, training)[2] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("known", [True, False])
def test_classes_only_of_what_the_classifier_knows(known, monkeypatch):
    pictures, labels = data.read("digits", "validation")
    labels = labels if known else (labels + 1) % 10
    monkeypatch.setattr(data, "read", lambda *_: (pictures, labels))
    config = _config("rbm")
    found = report.figures(_loaded(_live(config)), config)
    assert ("classes made" in found) == known
    assert (found["real pictures whose class the classifier knows"] > 0.8) == known


def test_shares_of_classes():
    chances = np.eye(4)[[0, 0, 0, 1]] * 0.8 + 0.05
    found = report._classes(chances, np.array([0, 1, 2, 2]))
    assert (found["classes made"], found["classes of the real ones"]) == (2, 3)
    divergence = found["KL of their shares from the real ones, nats"]
    assert divergence == pytest.approx(0.75 * np.log(0.75 / 0.25), abs=1e-6)
    assert found["probability of the likeliest class, mean"] == pytest.approx(0.85)
    assert found["made of each class"] == "3 1 0 0"


def test_figures_and_pictures_of_all_kinds(live):
    figures = report.figures(_loaded(live), live.config)
    assert figures["pictures"] == 180 and figures["made pictures"] == 40
    assert figures["Frechet distance"] > figures["the same of pictures of training"] > 0
    assert ("ELBO, nats" in figures) == (live.config.kind == "vae")
    if live.config.kind == "vae":
        assert figures["ELBO, nats"] == pytest.approx(
            -figures["reconstruction, nats"] - figures["KL, nats"], abs=1e-4
        )
    pictures = report.pictures(_loaded(live), live.config)
    seen = {"reconstructions", "latent_map", "neurons", "first_layer"}
    expected = {"samples", "interpolation"} | (set() if live.config.kind == "gan" else seen)
    if live.config.kind == "rbm":
        expected.remove("interpolation")
    assert set(pictures) == expected
    for figure in pictures.values():
        figure.canvas.draw()


@pytest.mark.parametrize("live", ["autoencoder"], indirect=True)
def test_components_are_those_of_scikit_learn(live):
    from sklearn.decomposition import PCA

    training, pictures = (data.read("digits", part)[0] for part in ("train", "validation"))
    found = report._reconstruction(_loaded(live), training, pictures)
    known, flat = (each.reshape(len(each), -1) for each in (training, pictures))
    pca = PCA(3).fit(known)
    rest = flat - pca.inverse_transform(pca.transform(flat))
    name = "the same by 3 principal components"
    assert found[name] == pytest.approx(np.square(rest).sum(1).mean(), rel=1e-4)


def test_a_code_as_large_as_a_picture_has_no_components_beside_it():
    training, pictures = (data.read("digits", part)[0] for part in ("train", "validation"))

    def encode(image_bytes):
        count = len(image_bytes)
        return {"code": tf.zeros([count, 64]), "reconstruction": tf.zeros([count, 8, 8, 1])}

    model = types.SimpleNamespace(signatures={"encode": encode})
    assert list(report._reconstruction(model, training, pictures)) == ["squared error of a picture"]


@pytest.mark.parametrize("units", [1, 2, 5])
def test_maps_of_codes_of_any_size(units):
    codes = np.random.default_rng(0).normal(size=(30, units))
    seen = []

    def decode(codes):
        seen.append(codes)
        return np.zeros((len(codes), 4, 4, 1), "uint8")

    drawing.latent_map(codes, None, decode, 6).canvas.draw()
    assert seen[0].shape == (36 if units > 1 else 6, units)


def test_a_line_for_each_input(live, tmp_path):
    picture = tmp_path / "a picture.png"
    picture.write_bytes(app._SEVEN)
    (tmp_path / "none.png").write_text("no picture")
    config = Config(kind=live.config.kind, pictures=str(tmp_path / "made"))
    given = [b"3", str(picture).encode(), str(tmp_path / "none.png").encode(), b"-1", b"9" * 5000]
    (lines,) = answers.lines(live, [given], config)
    path = lines[0].split("\t")[1]
    with Image.open(path) as made:
        assert made.size == (112, 112)
    if live.config.kind == "gan":
        assert lines[1].split("\t")[1].startswith("real 0.")
    else:
        _, path, code = lines[1].split("\t")
        assert len(code.split()) == 3
        with Image.open(path) as made:
            assert made.size == (112, 112)
    assert lines[2].endswith("error: no whole picture")
    if live.config.kind != "gan":
        (tmp_path / "other").mkdir()
        other = tmp_path / "other" / picture.name
        other.write_bytes(app._SEVEN)
        again = [str(path).encode() for path in (picture, other, picture)]
        (found,) = answers.lines(live, [again], config)
        written = [line.split("\t")[1] for line in found]
        assert written[0] == written[2] != written[1]
    assert "error: No such file" in lines[3] and "error: a seed must be below" in lines[4]


def test_a_folder_of_pictures_is_learnt_and_one_that_is_no_good_is_named(tmp_path, capsys):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number, picture in enumerate(_bytes()[:40]):
        (folder / f"{number}.png").write_bytes(judging.to_png(picture[None])[0])
    given = ["generate", "train", "--data", str(folder), "--epochs", "1", "--batch-size", "8"]
    assert main([*given, "--units", "8", "--run", str(tmp_path / "run")]) == 0
    assert (tmp_path / "run" / "model.keras").exists()
    wide = np.zeros((6, 9, 1), "uint8")
    (folder / "wide.png").write_bytes(judging.to_png(wide[None])[0])
    assert main([*given, "--run", str(tmp_path / "other")]) == 2
    said = capsys.readouterr().err
    assert "wide.png of 6 x 9" in said and "one size" in said
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "nothing"], "Received 'nothing', which is not there"),
        (["--data", "tfds:no_such_set"], "Received tfds:no_such_set"),
        (["--data", "one.npy"], "two pictures or more"),
        (["--data", "nan.npy"], "nan.npy"),
        (["--data", "few.npy"], "31 pictures or more, for three parts. Received 30"),
        (["--data", "bits.npy"], "Received no more than 1 in bits.npy"),
        (["--made", "3"], "--made must be at least 4"),
        (["--kind", "rbm", "--units", "3"], "--units must be left out of --kind rbm"),
        (["--batch-size", "5000"], "at most the number of pictures, 1257"),
        (["--kind", "rbm", "--filters", "3"], "--filters must be empty but for --kind vae or gan"),
        (["--kind", "gan", "--noise", "0.5"], "--noise must be 0 but for --kind autoencoder"),
        (["--kind", "vae", "--filters", "3", "3", "3", "3"], "multiples of 16"),
        (["--code", "-1"], "--code must be at least 0"),
        (["--learning-rate", "-1"], "--learning-rate must be positive and finite. Received -1"),
    ],
)
def test_bad_input_is_named(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    good = np.random.default_rng(0).uniform(size=(31, 8, 8))
    np.save("one.npy", good[:1])
    np.save("few.npy", good[:30])
    np.save("bits.npy", (good > 0.5).astype("uint8"))
    good[7, 2, 2] = np.nan
    np.save("nan.npy", good)
    assert main(["generate", "train", *arguments, "--run", str(tmp_path / "run")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_a_classifier_and_data_that_do_not_fit(live, tmp_path):
    with pytest.raises(ValueError, match="features of image_bytes. Received saved_models/d"):
        judging.Classifier("saved_models/dates")
    np.save(tmp_path / "wide.npy", np.random.default_rng(0).uniform(size=(31, 8, 9)))
    config = Config(data=str(tmp_path / "wide.npy"))
    with pytest.raises(ValueError, match="the model makes, 8 x 8 x 1. Received .* 8 x 9 x 1"):
        report.figures(_loaded(live), config)


def _said(config, folder, capsys, blind=None):
    """Trains, with a layer whose weights are 0 if one is named, and returns what was printed."""
    found = data.pipeline(config)
    net = model.build(config, found)
    if blind:
        part, name = blind
        layer = getattr(net, part).get_layer(name)
        layer.set_weights([np.zeros_like(weight) for weight in layer.get_weights()])
    options = {"epochs": config.epochs, "callbacks": found.callbacks, "folder": folder}
    training.fit(net, found.train, steps_per_epoch=found.steps_per_epoch, **options)
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("kind", "blind", "says"),
    [
        ("gan", ("generator", "made"), "the same few pictures"),
        ("vae", ("encoder", "mean"), "less than 2 of the latent"),
    ],
)
def test_what_goes_wrong_is_said_while_it_trains(kind, blind, says, tmp_path, capsys):
    config = _config(kind, learning_rate=1e-12)
    assert says in _said(config, tmp_path, capsys, blind)


@pytest.mark.parametrize(("kind", "epochs"), [("gan", 60), ("vae", 4)])
def test_nothing_is_said_of_what_goes_well(kind, epochs, tmp_path, capsys):
    said = _said(Config(kind=kind, epochs=epochs), tmp_path, capsys)
    assert f"epoch {epochs}/{epochs}" in said
    assert "the same few pictures" not in said and "latent variables say" not in said


def test_one_latent_variable_that_says_something_is_enough(tmp_path, capsys):
    config = Config(code=1, epochs=3, units=(32,), learning_rate=2e-3)
    assert "latent variables say" not in _said(config, tmp_path, capsys)


@pytest.mark.parametrize(
    ("kind", "precision"),
    [(kind, "float32") for kind in KINDS]
    + [("autoencoder", "mixed_float16"), ("rbm", "mixed_bfloat16")],
)
def test_every_kind_goes_the_whole_way(kind, precision, tmp_path, capsys):
    run, given = str(tmp_path / "run"), ["--code", "3", "--precision", precision]
    given += [] if kind == "rbm" else ["--units", "8"]
    given += ["--epochs", "1", "--made", "50"]
    assert main(["generate", "--kind", kind, *given, "--draws", "2", "--run", run]) == 0
    assert "answers compared" in capsys.readouterr().out
    assert (tmp_path / "run" / "made" / "seed_1.png").exists()
    assert main(["generate", "train", "--resume", "--run", run]) == 0


_ON_TWO_DEVICES = """
import sys
import tensorflow as tf
devices = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], devices)
from apps.__main__ import main
sys.exit(main(["generate", "train", *sys.argv[1:]]))
"""


def test_two_devices(tmp_path):
    # 20 steps an epoch: one device makes ten at a time.
    given = ["--devices", "2", "--epochs", "1", "--batch-size", "60", "--run", str(tmp_path)]
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": _ROOT}
    command = [sys.executable, "-c", _ON_TWO_DEVICES, *given]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "20 steps an epoch" in done.stdout and (tmp_path / "model.keras").exists()


def test_the_fewest_pictures_are_measured_and_drawn(tmp_path):
    np.save(tmp_path / "few.npy", np.random.default_rng(0).uniform(size=(31, 8, 8)))
    config = _config("vae", data=str(tmp_path / "few.npy"), batch_size=4)
    live = _loaded(_live(config))
    assert report.figures(live, config)["made pictures"] == 4
    assert "latent_map" in report.pictures(live, config)


def test_opposite_codes_have_a_straight_way_between_them():
    ways = drawn_codes.between(*(tf.constant([[v]]) for v in (0.5, -1.0)), tf.constant([0.5]))
    np.testing.assert_allclose(ways, [[-0.25]])
