"""What the models of all kinds answer, and how they are judged."""

import itertools
import types

import keras
import numpy as np
import pytest
import tensorflow as tf
from generate_case import KINDS, digits_bytes, small
from PIL import Image
from scipy.spatial.distance import cdist

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
from keras_dl import layers


@pytest.fixture(scope="module", params=KINDS)
def live(request):
    """What answers like a SavedModel."""
    return _live(small(request.param))


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
        judge = live.signatures["judge"](tf.constant(judging.to_png(digits_bytes()[:4])))
        logits = live.net(digits_bytes()[:4].astype("float32") / 255, training=False)
        np.testing.assert_allclose(judge["real"], tf.sigmoid(logits[:, 0]), rtol=1e-5)
        return
    found = live.signatures["encode"](tf.constant(judging.to_png(digits_bytes()[:4])))
    pictures = digits_bytes()[:4].astype("float32") / 255
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


def test_bounds_are_those_of_the_model():
    live = _live(small("vae"))
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
    config = small("rbm")
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


def test_a_classifier_and_data_that_do_not_fit(live, tmp_path):
    with pytest.raises(ValueError, match="features of image_bytes. Received saved_models/d"):
        judging.Classifier("saved_models/dates")
    np.save(tmp_path / "wide.npy", np.random.default_rng(0).uniform(size=(31, 8, 9)))
    config = Config(data=str(tmp_path / "wide.npy"))
    with pytest.raises(ValueError, match="the model makes, 8 x 8 x 1. Received .* 8 x 9 x 1"):
        report.figures(_loaded(live), config)


def test_the_fewest_pictures_are_measured_and_drawn(tmp_path):
    np.save(tmp_path / "few.npy", np.random.default_rng(0).uniform(size=(31, 8, 8)))
    config = small("vae", data=str(tmp_path / "few.npy"), batch_size=4)
    live = _loaded(_live(config))
    assert report.figures(live, config)["made pictures"] == 4
    assert "latent_map" in report.pictures(live, config)


def test_opposite_codes_have_a_straight_way_between_them():
    ways = drawn_codes.between(*(tf.constant([[v]]) for v in (0.5, -1.0)), tf.constant([0.5]))
    np.testing.assert_allclose(ways, [[-0.25]])
