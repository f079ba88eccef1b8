"""What the models of all kinds return, and how they are measured."""

import types

import numpy as np
import pytest
import tensorflow as tf
from scipy.spatial.distance import cdist
from sklearn.decomposition import PCA

from apps.generate import data, prediction, report
from apps.generate.app import SEVEN, Generate, MeasureConfig, TrainConfig
from keras_dl import export
from keras_dl.application import UserError, commands

KINDS = ("vae", "autoencoder", "gan", "rbm")
PRECISIONS = {"autoencoder": "mixed_float16", "gan": "float32", "rbm": "mixed_bfloat16"}
APP = Generate()
DIGITS = data.read("digits", "validation")[0][:50]


@pytest.fixture(scope="module", params=KINDS)
def case(request, tmp_path_factory, exports_in_one_process):
    """The shipped vae, or a model of a moment's training whose data were gone at its export."""
    kind, folder = request.param, tmp_path_factory.mktemp(request.param)
    path, trained = APP.shipped, None
    if kind != "vae":
        digits = str(folder / "digits.npy")
        np.save(digits, data.read("digits", "train")[0][:200])
        settings = {} if kind == "rbm" else {"units": (16,)}
        settings |= {"kind": kind, "data": digits, "precision": PRECISIONS[kind]}
        run = commands.train(
            APP, TrainConfig(latent_dim=3, epochs=1, **settings), run_dir=str(folder / "run")
        )
        (folder / "digits.npy").unlink()
        trained = commands.trained_of_run(APP, run)
        with exports_in_one_process():
            path = commands.export(APP, run_dir=str(run))
    again = commands.trained_of_saved_model(APP, path)
    found = {"kind": kind, "served": export.load(path), "trained": trained, "again": again}
    return types.SimpleNamespace(**found, net=again.model, shape=tuple(again.assets.shape))


def _images(served, *seeds):
    make = served.signatures["serving_default"]
    return make(seed=tf.constant(seeds, "int64"))["pictures"].numpy().astype(int)


def test_a_saved_model_gives_model_and_assets_back(case):
    if case.trained:
        assert case.again.assets == case.trained.assets
        for one, other in zip(case.trained.model.weights, case.net.weights, strict=True):
            if not one.path.endswith("machine/chain"):  # which no signature uses
                np.testing.assert_array_equal(one, other, err_msg=one.path)


def test_a_seed_is_an_image_whatever_its_company(case):
    together, alone = _images(case.served, 5, 6, 5), _images(case.served, 6)
    assert together.shape == (3, *case.shape)
    np.testing.assert_array_equal(together[0], together[2])
    np.testing.assert_allclose(together[1:2], alone, atol=1)
    assert (together[0] != together[1]).any()


def test_the_way_between_begins_and_ends_at_the_images(case):
    if "between" not in case.served.signatures:
        assert case.kind == "rbm"
        return
    seeds = {"seed": tf.constant([1, 4], "int64"), "other_seed": tf.constant([2, 4], "int64")}
    start, halfway, end = (
        case.served.signatures["between"](**seeds, share=tf.constant([share] * 2))["pictures"]
        for share in (0.0, 0.5, 1.0)
    )
    np.testing.assert_allclose(start.numpy().astype(int), _images(case.served, 1, 4), atol=1)
    np.testing.assert_allclose(end.numpy().astype(int), _images(case.served, 2, 4), atol=1)
    np.testing.assert_allclose(halfway[1].numpy().astype(int), start[1].numpy(), atol=1)
    for share in (float("nan"), -0.01, 1.01):
        with pytest.raises(tf.errors.InvalidArgumentError, match="share must be 0 to 1"):
            case.served.signatures["between"](**seeds, share=tf.constant([0.5, share]))


def test_codes_may_leave_out_their_last_numbers(case):
    decode, units = case.served.signatures["decode"], 50 if case.kind == "vae" else 3
    short, whole = (decode(code=tf.constant([[0.5] + [0.0] * more])) for more in (0, units - 1))
    np.testing.assert_array_equal(short["pictures"], whole["pictures"])
    for code in ([0.5] + [0.0] * units, [float("nan")], [float("inf")]):
        with pytest.raises(tf.errors.InvalidArgumentError):
            decode(code=tf.constant([code]))


def test_a_shift_moves_latent_variables_that_change_the_image(case):
    signatures = case.served.signatures
    drawn = signatures["serving_default"](seed=tf.constant([7], "int64"))
    moves = prediction.directions(signatures, 3)
    assert (np.count_nonzero(moves, axis=1) <= 1).all() and len(moves) == 3
    rows = [{"input": "7", "shift": shift} for shift in ([], [0], [0, 1.5])]
    records = list(APP.predict(case.served, rows))
    np.testing.assert_array_equal(records[0]["image"], drawn["pictures"][0])
    np.testing.assert_array_equal(records[1]["image"], drawn["pictures"][0])
    moved = signatures["decode"](code=drawn["code"] + 1.5 * moves[1:2].astype("float32"))
    np.testing.assert_allclose(
        records[2]["image"].astype(int), moved["pictures"][0].numpy().astype(int), atol=1
    )
    (seven,) = APP.predict(case.served, [{"input": str(SEVEN), "shift": [1.0]}])
    assert ("error" in seven) == (case.kind == "gan")
    if case.kind == "vae":  # its first variables are active, and so change the image
        change = np.abs(records[2]["image"].astype(int) - records[0]["image"]).sum()
        assert change > 1000


def test_images_are_encoded_and_reconstructed(case):
    net, pixels = case.net, np.random.default_rng(0).integers(0, 256, (4, *case.shape), "uint8")
    images, encoded = pixels.astype("float32") / 255, tf.constant(report.to_png(pixels))
    if case.kind == "gan":
        judge = case.served.signatures["judge"](image_bytes=encoded)
        np.testing.assert_allclose(judge["real"], tf.sigmoid(net(images)[:, 0]), rtol=1e-5)
        return
    found = case.served.signatures["encode"](image_bytes=encoded)
    if case.kind == "vae":
        code = net.encoder(images)[0]
        back = tf.sigmoid(net.decoder(code))
    elif case.kind == "autoencoder":
        code, back = found["code"], net(images)
    else:
        code = net(images)
        back = tf.reshape(net.get_layer("machine").visible_mean(code), images.shape)
    np.testing.assert_allclose(found["code"], tf.cast(code, "float32"), rtol=1e-2, atol=1e-5)
    back = 255 * np.asarray(back)
    np.testing.assert_allclose(found["reconstruction"].numpy().astype(int), back, atol=1)


def test_codes_of_an_autoencoder_are_distributed_as_those_of_training(case):
    if case.kind == "autoencoder":
        images, _ = data._part(data.read("digits", "train")[0][:200], None, "train")
        encoded = tf.constant(report.to_png(report.to_uint8(images)))
        codes = case.served.signatures["encode"](image_bytes=encoded)["code"].numpy()
        root = np.array(case.trained.assets.latent_cholesky)
        np.testing.assert_allclose(case.trained.assets.latent_mean, codes.mean(0), atol=1e-2)
        np.testing.assert_allclose(root @ root.T, np.cov(codes.T), rtol=2e-2, atol=1e-4)


def test_records_of_seeds_and_images(case, tmp_path):
    (tmp_path / "none.png").write_text("no image")
    inputs = [" 3", str(SEVEN), str(tmp_path / "none.png"), "-1", "9" * 5000]
    seed, image, none, missing, large = APP.predict(case.served, inputs)
    np.testing.assert_array_equal(seed["image"], _images(case.served, 3)[0])
    assert seed["code"] is seed["real"] is None
    if case.kind == "gan":
        assert 0 < image["real"] < 1 and image["image"] is image["code"] is None
    else:
        assert image["image"].shape == case.shape and len(image["code"]) in (3, 50)
    assert none["error"].startswith("not a JPEG, PNG") and "No such file" in missing["error"]
    assert "a seed must be a whole number from 0 to 9223" in large["error"]


def test_bounds_are_those_of_the_model(case):
    if case.kind != "vae":
        assert "bounds" not in case.served.signatures
        return
    binary = np.random.default_rng(0).integers(0, 2, (20, *case.shape), "uint8")
    encoded = report.to_png(255 * binary)

    def bounds(draws, rows=encoded):
        seed, draws = tf.constant(3, "int64"), tf.constant(draws)
        signature = case.served.signatures["bounds"]
        return signature(image_bytes=tf.constant(rows), seed=seed, draws=draws)

    with pytest.raises(tf.errors.InvalidArgumentError, match="assertion failed"):
        bounds(0)
    found = bounds(500)
    expected = case.net.importance_weighted_bound(np.float32(binary), 500, verbose=0)
    assert float(np.mean(found["bound"])) == pytest.approx(expected.mean(), rel=0.01)
    np.testing.assert_array_equal(bounds(1)["elbo"], found["elbo"])
    assert not any(each.numpy()[0].any() for each in bounds(1, [b"no image"]).values())
    metrics = report._bounds(
        case.served.signatures["bounds"], encoded, MeasureConfig(num_importance_samples=1)
    )
    values = {metric.key: metric.value for metric in metrics}
    assert values["elbo"] == pytest.approx(-values["reconstruction"] - values["kl"], rel=1e-5)
    assert values["elbo"] == values["importance_weighted_bound"]


def test_the_fewest_images_are_measured_and_drawn(case, tmp_path):
    np.save(tmp_path / "wide.npy", np.zeros((31, 8, 9)))
    with pytest.raises(UserError, match=r"model generates, .* x 1. Received .* 8 x 9 x 1"):
        APP.measure(case.served, MeasureConfig(data=str(tmp_path / "wide.npy")))
    if case.kind == "vae":
        return  # the contract measures one
    np.save(tmp_path / "few.npy", DIGITS[:31])
    found = APP.measure(case.served, MeasureConfig(data=str(tmp_path / "few.npy")))
    values = found.values()
    assert values["images"] == 4 and values["generated.images"] == 4
    assert min(values["generated.frechet_distance"], values["training.frechet_distance"]) > 0
    of_encoders = {"reconstructions", "latent_map", "neurons", "first_layer"}
    expected = {"samples", "interpolation"} | (set() if case.kind == "gan" else of_encoders)
    assert set(found.plots) == expected - ({"interpolation"} if case.kind == "rbm" else set())


def test_a_model_without_features_is_no_classifier():
    with pytest.raises(UserError, match=r"features for image_bytes. Received .*dates"):
        report._classifier(str(APP.shipped.with_name("dates")))
    with pytest.raises(UserError, match=r"--classifier must be a SavedModel. Received nowhere"):
        report._classifier("nowhere")


def test_distances_to_the_nearest_of_training():
    random = np.random.default_rng(0)
    images, train = random.uniform(size=(7, 4, 4, 1)), random.uniform(size=(30, 4, 4, 1))
    images[2] = train[3] = np.round(255 * train[3]) / 255
    pixels = report.to_uint8(images)
    expected = cdist(pixels.reshape(7, -1) / 255, train.reshape(30, -1)).min(1).mean()
    found = report._distances(pixels, pixels[2:3], train)
    assert found[0].value == pytest.approx(expected, abs=1e-6)
    assert found[1].value == pytest.approx(0, abs=1e-6)


def test_classes_and_their_shares():
    chances = np.eye(4)[[0, 0, 0, 1]] * 0.8 + 0.05
    labels = np.array([0, 1, 2, 2])
    metrics, notes = report._classes(chances, np.eye(4)[labels], labels)
    found = {metric.key: metric.value for metric in metrics}
    assert (found["generated.classes"], found["real.classes"]) == (2, 3)
    assert found["class_divergence"] == pytest.approx(0.75 * np.log(0.75 / 0.25), abs=1e-6)
    assert found["class_confidence"] == pytest.approx(0.85)
    assert notes[0].split() == ["generated", "images", "of", "each", "class", *"3100"]
    # Classes of what the classifier does not know say nothing.
    metrics, notes = report._classes(chances, np.eye(4)[labels - 1], labels)
    assert [metric.value for metric in metrics] == [0] and not notes


@pytest.mark.parametrize("units", [3, 64])
def test_components_are_those_of_scikit_learn(units):
    train = data.read("digits", "train")[0]
    zeros = {"code": np.zeros((50, units)), "reconstruction": np.zeros(DIGITS.shape, "uint8")}
    error, *components = report._reconstruction(zeros, train, DIGITS)
    assert error.value == pytest.approx(np.square(DIGITS).sum((1, 2, 3)).mean())
    if units == 64:  # as many components reconstruct everything
        assert not components
        return
    known, flat = (each.reshape(len(each), -1) for each in (train, DIGITS))
    pca = PCA(3).fit(known)
    rest = flat - pca.inverse_transform(pca.transform(flat))
    assert components[0].value == pytest.approx(np.square(rest).sum(1).mean(), rel=1e-4)
