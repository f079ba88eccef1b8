"""Synthetic alphabets, tasks and pairs, galleries by the command line, and what is calibrated."""

import functools
import pathlib
import types

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage

from apps.one_shot import content, data, endpoints, enrolled, model, tasks, views
from apps.one_shot.app import Assets, MeasureConfig, OneShot, TrainConfig
from apps.one_shot.synthetic import strokes
from keras_dl import models
from keras_dl.application import UserError, commands
from keras_dl.application.command_line import main
from keras_dl.embeddings import Gallery

RANDOM = np.random.default_rng(0)
LABELS = np.arange(12).repeat(5)[np.random.default_rng(1).permutation(60)]
GROUPS = LABELS // 4


def png(image):
    return tf.io.encode_png(np.uint8(image)[..., None]).numpy()


@pytest.fixture(scope="module")
def drawn():
    return strokes.characters(2, 5)


def test_hands_draw_a_character_alike(drawn):
    images, labels, groups = drawn
    assert images.shape == (400, 28, 28) and images.dtype == np.uint8
    assert (np.bincount(labels) == 10).all() and (groups == labels // 20).all()
    ink = 255.0 - images.reshape(400, -1)
    ink /= np.linalg.norm(ink, axis=1, keepdims=True)
    similarity = ink @ ink.T
    same = labels[:, None] == labels[None]
    assert similarity[same & ~np.eye(400, dtype=bool)].mean() > similarity[~same].mean() + 0.1
    assert (ink > 0).mean() > 0.03


def test_splits_have_no_alphabet_in_common():
    config = MeasureConfig(num_examples=400)
    splits = [data.read(config, split) for split in ("train", "validation", "test")]
    encoded = [each for split in splits for each in split.encoded]
    assert len({*encoded}) == len(encoded)


@pytest.mark.parametrize("within", [True, False])
def test_tasks_have_two_different_images_of_each_class(within):
    known, queries = tasks.one_shot_tasks(LABELS, GROUPS, 4, 30, RANDOM, within=within)
    assert known.shape == queries.shape == (30, 4)
    assert (LABELS[known] == LABELS[queries]).all() and (known != queries).all()
    assert all(len({*LABELS[row]}) == 4 for row in known)
    same_group = [len({*GROUPS[row]}) == 1 for row in known]
    assert all(same_group) if within else not all(same_group)


def test_equal_embeddings_are_a_guess():
    known, queries = tasks.one_shot_tasks(LABELS, GROUPS, 4, 10, RANDOM, within=False)
    equal = np.ones((60, 3))
    found = tasks.accuracies(known, queries, lambda one, other: equal[one] @ equal[other].T)
    assert (found == 0.25).all() and found.shape == (10,)
    right = np.eye(12)[LABELS]
    found = tasks.accuracies(known, queries, lambda one, other: right[one] @ right[other].T)
    assert (found == 1).all()


def test_pairs_are_of_the_kind_that_they_should_be():
    first, second = tasks.same_pairs(LABELS, 500, RANDOM)
    assert (LABELS[first] == LABELS[second]).all() and (first != second).all()
    assert np.bincount(LABELS[first]).min() > 20
    first, second = tasks.different_pairs(LABELS, 500, RANDOM)
    assert len(first) == 500 and (LABELS[first] != LABELS[second]).all()
    vectors = np.eye(12)[LABELS] + 0.9 * np.eye(12)[LABELS // 2 * 2]  # two classes are similar
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    first, second = tasks.critical_pairs(vectors, LABELS, 500, 10.0, RANDOM)
    assert (LABELS[first] != LABELS[second]).all()
    assert (LABELS[first] // 2 == LABELS[second] // 2).mean() > 0.9


def test_the_classifier_of_pairs_knows_how_often_pairs_are_the_same():
    labels = np.arange(40).repeat(8)
    vectors = np.random.default_rng(0).normal(size=(40, 6))[labels]
    vectors += 0.6 * np.random.default_rng(1).normal(size=vectors.shape)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype("float32")
    head = model.fitted_classifier(vectors, labels, 0)
    random = np.random.default_rng(2)
    pairs = [draw(labels, 4000, random) for draw in (tasks.same_pairs, tasks.different_pairs)]
    first, second = np.concatenate(pairs, axis=1)
    logits = head.predict([vectors[first], vectors[second]], batch_size=1000, verbose=0)[:, 0]
    probability, same = 1 / (1 + np.exp(-logits)), labels[first] == labels[second]
    assert ((probability > 0.5) == same).mean() > 0.85
    for low in (0.1, 0.4, 0.7):  # also where pairs were drawn more often
        inside = (probability >= low) & (probability < low + 0.2)
        assert same[inside].mean() == pytest.approx(probability[inside].mean(), abs=0.15)


def test_the_threshold_lets_one_percent_of_the_unknown_through():
    random = np.random.default_rng(0)
    labels = np.arange(64).repeat(6)
    vectors = random.normal(size=(384, 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    intercept, slope = model.fitted_threshold(vectors, labels, 0)
    assert slope > 0
    for size in (2, 8, 32):
        alarms = []
        for _ in range(100):
            known = tasks.one_of_each(labels, random.choice(64, size, False), random)
            others = vectors[~np.isin(labels, labels[known])] @ vectors[known].T
            alarms.append((others.max(1) >= intercept + slope * np.log(size)).mean())
        assert 0.004 < np.mean(alarms) < 0.025


def test_views_are_near_and_repeated_by_their_seed():
    images = np.full((50, 28, 28, 1), 255, "uint8")
    images[:, 10:18, 12:16] = 0
    one, same, other = (views.near(images, [seed, 0]).numpy() for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any() and one.shape == images.shape
    assert one[:, 0].min() > 254.9  # no dark borders
    ink = (255 - one).sum((1, 2, 3)) / (255.0 * 32)
    assert 0.5 < ink.min() < 0.9 and 1.1 < ink.max() < 2
    rows = (255 - one).sum((2, 3)) @ np.arange(28) / (255 - one).sum((1, 2, 3))
    assert 0.5 < np.abs(rows - 13.5).max() < 4


def test_photos_are_mirrored_and_partly_erased():
    images = np.tile(np.linspace(100, 150, 28)[None, None, :, None], (50, 28, 1, 1))
    seed = tf.constant([1, 0], "int64")
    photos = views.near(tf.constant(images, "uint8"), seed, photos=True).numpy()
    plain = views.plain(tf.constant(images, "uint8"), photos=True).numpy()
    rises = np.diff(photos.mean((1, 3))).mean(1)
    assert 10 < (rises < 0).sum() < 40
    assert (np.ptp(plain, axis=1) < 0.01).all()  # all rows are the same
    assert (np.ptp(photos, axis=1) > 20).mean() > 0.1
    image, mirrored = views.averaged(tf.constant(images, "uint8"), photos=True)
    np.testing.assert_array_equal(image, plain)
    np.testing.assert_array_equal(image[:, :, ::-1], mirrored)
    characters = views.averaged(tf.constant(images, "uint8"))
    np.testing.assert_array_equal(characters[0], np.uint8(images))
    assert len({each.numpy().tobytes() for each in characters}) == len(characters)


def test_light_is_evened_out():
    random = np.random.default_rng(0)
    image = np.kron(random.uniform(60, 120, (1, 12, 12)), np.ones((4, 4)))[..., None]
    rows = np.arange(48)[:, None, None]
    pixels = [image, 1.8 * image + 30, image * (0.5 + rows / 48)]  # exposure, light from below
    found = views.plain(tf.constant(np.concatenate(pixels)), photos=True).numpy()
    np.testing.assert_allclose(found[1], found[0], atol=20)
    inside = slice(8, -8)
    alike = [np.corrcoef(*found[::2, inside, :, each].reshape(2, -1))[0, 1] for each in (0, 1)]
    assert alike[1] > 0.98 > 0.9 > alike[0]
    # The means of all pixels; and those of boxes of 13 pixels, twice, with scipy.
    box = functools.partial(ndimage.uniform_filter, size=13, mode="mirror")
    means = (np.mean, lambda values: box(box(values)))
    for average, channel in zip(means, np.moveaxis(found[0], -1, 0), strict=True):
        details = image[0, ..., 0] - average(image[0, ..., 0])
        expected = 128 + 45 * details / (np.sqrt(average(details**2)) + 5)
        np.testing.assert_allclose(channel, expected, atol=0.01)
    blank = views.plain(tf.constant(np.full((1, 48, 48, 1), 200, "uint8")), photos=True)
    np.testing.assert_allclose(blank, 128)


def test_rotated_classes_are_more_classes_in_their_own_alphabets():
    config = TrainConfig(num_examples=400, batch_size=32, images_per_class=2, group_size=8)
    plain, more = (
        data.training_data(TrainConfig(**{**vars(config), "photos": not rotated}))
        for rotated in (False, True)
    )
    assert (plain.steps_per_epoch, more.steps_per_epoch) == (40 // 16, 160 // 16)
    labels = [each.numpy() for _, each in more.batches(tf.constant(0, "int64"))]
    assert all(len({*each}) == 16 for each in labels)
    assert max(each.max() for each in labels) < 160


def _nothing():
    """Returns images without ink on paper, by kind, uint8 `(n, 36, 36)` each."""
    random = np.random.default_rng(0)
    noise = random.uniform(size=(20, 36, 36))
    rows, columns = np.mgrid[:36, :36]
    white_on_black = np.zeros((1, 36, 36))
    white_on_black[:, 8:28, 15:20] = 255
    faint = 255 - 0.1 * white_on_black
    return {
        "blank": np.uint8([[[value] * 36] * 36 for value in (0, 200, 255)]),
        "light from one side": np.uint8(100 + 2 * rows + 2 * columns)[None],
        "gray noise": np.uint8(256 * noise),
        "clouds": np.uint8(255 * (ndimage.gaussian_filter(noise, (0, 4, 4)) * 4 - 1.5).clip(0, 1)),
        "salt and pepper": np.uint8(255 * (noise > 0.5)),
        "specks": np.uint8(255 * (noise > 0.02)),
        "many specks": np.uint8(255 * (noise > 0.3)),
        "white on black": np.uint8(white_on_black),
        "faint": np.uint8(faint),
    }


def test_characters_are_ink_and_what_shows_none_is_not(drawn):
    images = tf.constant(drawn[0][..., None])
    assert content.is_ink(images).numpy().all()
    assert content.is_ink(tf.image.resize(images, (36, 36))).numpy().all()
    dot, border = np.full((2, 36, 36, 1), 255, "uint8")
    dot[18, 18] = border[0, 3:20] = 0
    thick = np.full((36, 36, 1), 240, "uint8")
    thick[6:30, 10:22] = 60
    assert content.is_ink(np.stack([dot, border, thick])).numpy().all()
    for kind, nothing in _nothing().items():
        assert not content.is_ink(nothing[..., None]).numpy().any(), kind


def test_faint_ink_is_strengthened(drawn):
    images = drawn[0][:20, ..., None]
    strong = content.strengthened(images).numpy()
    np.testing.assert_array_equal(strong, images)
    faint = np.uint8(np.round(200 - 90 * (1 - images / 255.0)))
    found = content.strengthened(faint).numpy().astype(int)
    assert np.abs(found - images)[images.min((1, 2, 3)) == 0].max() <= 3


def test_photos_are_usable_unless_they_are_blank():
    for kind, images in _nothing().items():
        usable = content.is_usable(images[..., None], ink=False).numpy()
        assert (usable == (kind != "blank")).all(), kind


def test_a_model_of_ink_is_one_that_is_trained_on_it(monkeypatch):
    network = models.embedding_network((28, 28, 1), 4, filters=(4,), seed=0)
    config = TrainConfig(num_examples=400, image_size=28, seed=1)
    monkeypatch.setattr(model, "fitted_classifier", lambda *_: models.siamese_classifier(4))
    monkeypatch.setattr(model, "fitted_threshold", lambda *_: [0.9, 0.0])
    assert model.calibrated(network, Assets(28), config)[1].ink
    pixels = data.images
    monkeypatch.setattr(data, "images", lambda *each: 255 - pixels(*each))
    assert not model.calibrated(network, Assets(28), config)[1].ink


def test_thresholds_of_faint_ink_are_those_of_what_the_endpoints_see(monkeypatch):
    network = models.embedding_network((28, 28, 1), 4, filters=(4,), seed=0)
    config = TrainConfig(num_examples=400, image_size=28, seed=1)
    fitted = []
    monkeypatch.setattr(model, "fitted_classifier", lambda *_: models.siamese_classifier(4))
    monkeypatch.setattr(
        model, "fitted_threshold", lambda vectors, *_: fitted.append(vectors) or [0.9, 0.0]
    )
    faint = np.uint8(200 - 0.3 * (255 - data.images(data.read(config, "validation"), 28)))
    monkeypatch.setattr(data, "images", lambda *_: faint)
    pair, assets = model.calibrated(network, Assets(28), config)
    embed = endpoints.endpoints(pair, assets)["embed"].function
    vectors = embed(tf.constant([png(each[..., 0]) for each in faint[:20]]))["vector"]
    assert assets.ink
    np.testing.assert_allclose(fitted[0][:20], vectors, atol=1e-5)


@pytest.mark.parametrize("batch_size", [7, 4 * 161])
def test_a_batch_of_too_few_or_too_many_classes_is_told_by_flags(batch_size):
    config = TrainConfig(num_examples=400, batch_size=batch_size)
    with pytest.raises(UserError, match=r"^--batch-size must be .* from 8 to 640: a batch"):
        data.training_data(config)


@pytest.fixture(scope="module")
def served():
    return _functions(ink=False)


def _functions(ink):
    network = models.embedding_network((28, 28, 1), 8, filters=(4, 4), seed=0)
    first, second = (keras.Input((28, 28, 1)) for _ in range(2))
    head = models.siamese_classifier(8, seed=0)
    pair = keras.Model([first, second], head([network(first), network(second)]))
    functions = endpoints.endpoints(pair, Assets(28, [0.9, 0.01], ink=ink))
    return {name: each.function for name, each in functions.items()}


def test_a_gallery_goes_in_as_a_tensor(served, drawn):
    encoded = [png(drawn[0][row]) for row in (0, 10, 20)]
    vectors = served["embed"](tf.constant(encoded))["vector"].numpy()
    lengths = np.linalg.norm(vectors, axis=1)
    np.testing.assert_allclose(lengths, 1, rtol=1e-5)
    gallery, names = 3 * vectors[:2], tf.constant(["ann", "bob"])
    found = served["identify"](tf.constant([*encoded, b"no image"]), gallery, names)
    assert found["name"].numpy()[:2].tolist() == [b"ann", b"bob"]
    np.testing.assert_allclose(found["score"][:2], 1, rtol=1e-5)
    expected = (vectors[2] @ vectors[:2].T).max()
    assert found["score"].numpy()[2] == pytest.approx(expected, abs=1e-5)
    is_known = expected >= 0.9 + 0.01 * np.log(2)
    assert (found["name"][2].numpy() != b"unknown") == is_known
    assert found["name"][3] == b"unknown" and not found["is_image"][3]
    empty = served["identify"](tf.constant(encoded), gallery[:0], names[:0])
    assert (empty["name"].numpy() == b"unknown").all() and (empty["score"].numpy() == -1).all()


@pytest.mark.parametrize("ink", [False, True])
def test_images_that_show_nothing_are_the_same_as_no_image(drawn, ink):
    functions, nothing = _functions(ink), _nothing()
    abstained = [png(nothing["blank"][2]), png(np.zeros((1, 1))), b"no image"]
    if ink:
        abstained += [png(nothing[kind][0]) for kind in ("gray noise", "clouds", "white on black")]
    character = png(drawn[0][0])
    encoded = tf.constant([*abstained, character])
    expected = [False] * len(abstained) + [True]
    for other in (encoded, tf.fill(tf.shape(encoded), character)):
        for pair in ((encoded, other), (other, encoded)):
            found = functions["verify"](*pair)
            assert found["is_usable"].numpy().tolist() == expected
            assert not found["same"].numpy()[:-1].any()
            assert (found["probability"].numpy() > 0).tolist() == expected
    found = functions["embed"](encoded)
    assert found["vector"].numpy().any(1).tolist() == found["is_usable"].numpy().tolist()
    assert found["is_image"].numpy().tolist() == [each != b"no image" for each in encoded.numpy()]
    found = functions["identify"](encoded, found["vector"][-1:], tf.constant(["ann"]))
    assert found["name"].numpy().tolist() == [b"unknown"] * len(abstained) + [b"ann"]
    assert (found["score"].numpy() != 0).tolist() == found["is_usable"].numpy().tolist() == expected


def test_embeddings_of_photos_do_not_depend_on_exposure_and_mirroring():
    keras.utils.set_random_seed(0)
    shape = types.SimpleNamespace(assets=Assets(28, photos=True), steps_per_epoch=1)
    network = model.build(TrainConfig(filters=(4,), seed=0), shape)
    image, other = np.random.default_rng(0).uniform(60, 120, (2, 28, 28, 1)).round()
    images = np.stack([image, 2 * image, image[:, ::-1], other]).astype("uint8")
    found = model.embed(network, images, photos=True).numpy()
    apart = 1 - found @ found[0]
    assert apart[:3].max() < 0.05 * apart[3]


def test_a_pair_is_compared_in_either_order(served, drawn):
    encoded = [png(drawn[0][row]) for row in (0, 1, 10)]
    one, other = tf.constant([encoded[0]] * 2), tf.constant(encoded[1:])
    found, again = served["verify"](one, other), served["verify"](other, one)
    np.testing.assert_allclose(found["probability"], again["probability"], rtol=1e-5)
    assert (found["same"] == (found["probability"] > 0.5)).numpy().all()


def test_a_directory_of_people(tmp_path, drawn):
    images, labels, _ = drawn
    for row, label in enumerate(labels[:200]):
        person = tmp_path / f"person {label}"
        person.mkdir(exist_ok=True)
        if label % 2:
            (person / f"{row}.png").write_bytes(png(images[row]))
        else:
            header = b"P5\n28 28\n255\n"
            (person / f"{row}.pgm").write_bytes(header + images[row].tobytes())
    (tmp_path / "alone").mkdir()
    (tmp_path / "alone" / "1.png").write_bytes(png(images[0]))
    (tmp_path / "person 1" / "._1.png").touch()
    config = MeasureConfig(data=str(tmp_path))
    with pytest.warns(UserWarning, match="Received 1 with fewer .* 'alone'. They are left out"):
        splits = [data.read(config, split) for split in ("train", "validation", "test")]
    assert sum(len(each.labels) for each in splits) == 200
    for split, label in (("train", 0), ("train", 2), ("test", 4), ("test", 6)):
        (tmp_path / split).mkdir(exist_ok=True)
        (tmp_path / f"person {label}").rename(tmp_path / split / f"person {label}")
    found = data.read(config, "test")  # the other people are in no split
    assert len(found.labels) == 20 and set(found.encoded) < {
        each for split in splits for each in split.encoded
    }
    pixels = np.concatenate([data.images(each, 28) for each in splits])[..., 0]
    assert {each.tobytes() for each in pixels} == {each.tobytes() for each in images[:200]}


@pytest.mark.parametrize(
    ("content", "fault"),
    [(b"P5 junk", "not a valid PGM"), (b"no image", "not a valid PGM"), (b"P5 9 9 255\n", "trunc")],
)
def test_damaged_pgm_files_are_named(tmp_path, content, fault):
    (tmp_path / "ann.pgm").write_bytes(content)
    with pytest.raises(UserError, match=rf"ann\.pgm: .*{fault}"):
        data.read_file(tmp_path / "ann.pgm")
    with pytest.raises(UserError, match=r"none\.pgm: No such file"):
        data.read_file(tmp_path / "none.pgm")


@pytest.mark.parametrize("value", ["nowhere", "tfds:no_such_set"])
def test_data_that_cannot_be_read_are_named(value, tmp_path):
    with pytest.raises(UserError, match="--data"):
        data.read(MeasureConfig(data=value), "train")
    (tmp_path / "ann").mkdir()
    with pytest.raises(UserError, match="at least two images for so many people"):
        data.read(MeasureConfig(data=str(tmp_path)), "train")


def _no_space(_):
    raise OSError("no space")


def test_enroll_predict_verify_and_remove(tmp_path, drawn, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shipped = commands.load(OneShot())  # once for all commands
    monkeypatch.setattr(commands, "load", lambda *_, **__: shipped)
    paths = []
    for row in (0, 1, 10, 400 - 1):
        paths.append(tmp_path / f"{row}.png")
        paths[-1].write_bytes(png(drawn[0][row]))

    def run(*words):
        code = main([OneShot()], ["one_shot", *map(str, words)], "")
        return code, *(each.strip().split("\n") for each in capsys.readouterr())

    assert run("enroll", "--name", "ann", "--images", *paths[:2])[:2] == (
        0,
        ["gallery.jsonl: 1 names, 2 images"],
    )
    assert run("enroll", "--name", "bob", "--images", paths[2])[0] == 0
    found = run("enroll", "--name", " bob ", "--images", paths[2])[1]
    assert found == ["gallery.jsonl: 2 names, 4 images"]
    assert "not similar" in run("enroll", "--name", "bob", "--images", paths[3])[1][0]
    _, lines, _ = run("predict", "--gallery", "gallery.jsonl", paths[1], paths[2])
    assert [line.split("\t")[1:] for line in lines] == [["ann", "1.000"], ["bob", "1.000"]]
    code, lines, _ = run("verify", "--first", paths[0], "--second", paths[0])
    assert code == 0 and lines[0].startswith("same\t")
    with monkeypatch.context() as full:
        full.setattr("os.fsync", _no_space)
        assert run("remove", "--name", "bob")[2] == ["one_shot: --gallery: no space"]
    assert run("remove", "--name", "bob")[1] == ["gallery.jsonl: 1 names, 2 images"]
    code, _, (error,) = run("remove", "--name", "bob")
    assert code == 2 and "--name must be" in error and "Received 'bob'" in error
    _, lines, _ = run("predict", "--gallery", "gallery.jsonl", paths[2])
    assert lines[0].split("\t")[1] != "bob"
    found = run("enroll", "--name", "eve", "--images", paths[0], paths[2])
    assert found[1][:-1] == [
        "These images of eve are similar to those of ann. If this is the same person, remove one "
        "of the names."
    ]
    blank = tmp_path / "blank.png"
    blank.write_bytes(png(np.arange(200, 204).repeat(100).reshape(20, 20)))
    before = pathlib.Path("gallery.jsonl").read_bytes()
    for flags, fault in (
        (["--name", "Unknown", "--images", paths[0]], "Received 'Unknown'"),
        (["--name", "", "--images", paths[0], "--gallery", "new.jsonl"], "not be empty"),
        (["--name", "eve", "--images", paths[0], "--gallery", tmp_path], "must be a file"),
        (["--name", "eve", "--images", paths[0], blank], "blank.png: it shows nothing"),
        (["--name", "eve", "--images", tmp_path], "must be an image, not a directory"),
        (["--name", "eve", "--images", paths[0], "--gallery", "no/new.jsonl"], "--gallery: "),
    ):
        code, lines, (error,) = run("enroll", *flags)
        assert code == 2 and lines == [""] and fault in error
    assert pathlib.Path("gallery.jsonl").read_bytes() == before
    assert not pathlib.Path("new.jsonl").exists()
    assert "--second must be the path" in run("verify", "--first", paths[0])[2][0]
    assert "blank.png: it shows" in run("verify", "--first", paths[0], "--second", blank)[2][0]
    _, name, score, note = run("predict", "--gallery", "gallery.jsonl", blank)[1][0].split("\t")
    assert (name, score) == ("unknown", "0.000") and note.startswith("it shows nothing that")
    assert "--gallery" in run("remove", "--name", "ann", "--gallery", tmp_path)[2][0]
    for units, model_id in ((128, "0"), (2, enrolled.model_id(shipped))):
        Gallery(units, model=model_id).save("other.jsonl")
        assert "with the same model" in run("predict", "--gallery", "other.jsonl", paths[0])[2][0]
    changed = pathlib.Path("gallery.jsonl")
    changed.write_text(changed.read_text().replace('"threshold": -1', '"threshold": 0'))
    (error,) = run("enroll", "--name", "eve", "--images", paths[0])[2]
    assert "--gallery: " in error and "gallery.jsonl, line 1: its checksum" in error
    assert "--gallery" in run("predict", "--gallery", "none.jsonl", paths[0])[2][0]
    assert "at least one path" in run("enroll", "--name", "eve")[2][0]


def test_directories_of_pgm_files(tmp_path, drawn, capsys, monkeypatch):
    shipped = commands.load(OneShot())
    monkeypatch.setattr(commands, "load", lambda *_, **__: shipped)
    known, new = tmp_path / "known", tmp_path / "new"
    for directory, row in ((known / "ann", 0), (known / "bob", 10), (new, 1)):
        directory.mkdir(parents=True)
        image = drawn[0][row]
        (directory / "0.pgm").write_bytes(b"P5\n28 28\n255\n" + image.tobytes())
        deep = (257 * image.astype(">u2")).tobytes()
        (directory / "1.pgm").write_bytes(b"P5\n28 28\n65535\n" + deep)
        (directory / ".hidden").touch()
    (known / ".hidden").touch()
    assert main([OneShot()], ["one_shot", "predict", "--gallery", str(known), str(new)], "") == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.strip().split("\n")]
    assert [line[0] for line in lines] == [str(new / "0.pgm"), str(new / "1.pgm")]
    assert lines[0][1:] == lines[1][1:] and lines[0][1] != "bob"
    content = (new / "0.pgm").read_bytes()
    assert data.image_bytes(content) == data.image_bytes(new / "1.pgm")
    (new / "bits.pgm").write_bytes(b"P4\n8 1\n\x0f")  # 1 is black
    bits = tf.io.decode_png(data.image_bytes(new / "bits.pgm"))
    np.testing.assert_array_equal(bits[0, :, 0], [255] * 4 + [0] * 4)


def test_a_gallery_of_another_model_has_another_checksum(served):
    def of(value):
        variables = [tf.Variable([value, 1.0], name="kernel")]
        return types.SimpleNamespace(
            signatures={"embed": types.SimpleNamespace(variables=variables)}
        )

    assert enrolled.model_id(of(0.0)) == enrolled.model_id(of(0.0)) != enrolled.model_id(of(1e-7))
