import types

import keras
import numpy as np
import pytest
import scipy.ndimage
import sklearn.metrics
import tensorflow as tf

from apps.digits import (
    comparison,
    data,
    model,
    negatives,
    neighbors,
    preprocessing,
    report,
    views,
)
from apps.digits.app import CompareConfig, Digits, MeasureConfig, TrainConfig
from apps.digits.synthetic import canvases, printed
from keras_dl.application import UserError


def _png(image):
    return tf.io.encode_png(np.asarray(image, "uint8")).numpy()


def test_synthetic_digits_are_drawn_from_seed_and_part():
    images, labels = printed.digits(300, 0)
    assert images.shape == (300, 28, 28) and images.dtype == np.uint8
    assert set(labels) == set(range(10))
    again, same = printed.digits(300, 0)
    assert (again == images).all() and (same == labels).all()
    assert (printed.digits(300, 1)[0] != images).any()
    # Light ink in the middle, black at the border.
    assert images[:, 8:20, 8:20].mean() > 60 > 15 > images[:, 0].mean()


def test_parts_of_synthetic_digits_have_none_in_common():
    config = TrainConfig(num_examples=2000)
    found = [data.read(config, split)[0] for split in ("train", "validation", "test")]
    assert [len(part) for part in found] == [2000, 200, 200]
    assert len({image.tobytes() for part in found for image in part}) == 2400


def test_a_transform_is_that_of_scipy():
    random = np.random.default_rng(0)
    image = scipy.ndimage.gaussian_filter(random.random((9, 12)), 1).astype("float32")
    transforms = views.transforms(
        turns=np.array([0.3]),
        shears=np.array([0.2]),
        scales=np.array([[1.2, 0.8]]),
        shifts=np.array([[1.5, -2.0]]),
    )
    found = views.moved(tf.constant(image[None]), transforms, 7).numpy()[0]
    turned = np.array([[np.cos(0.3), np.sin(0.3)], [-np.sin(0.3), np.cos(0.3)]])
    matrix = np.diag([1.2, 0.8]) @ np.array([[1, 0], [0.2, 1]]) @ turned
    offset = np.array([4, 5.5]) - matrix @ np.array([3 + 1.5, 3 - 2.0])
    expected = scipy.ndimage.affine_transform(
        np.pad(image, 9), matrix, offset + 9, output_shape=(7, 7), order=1
    )
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_views_keep_a_digit_where_it_is_and_windows_without_one_keep_it_out():
    # A dot for a digit: near views have it in the middle, others have not.
    dots = np.zeros((400, 28, 28), "float32")
    dots[:, 13:15, 13:15] = 255
    seed = tf.constant([1, 2], "int64")
    near = views.near(tf.constant(dots), seed, 32).numpy()
    middle = np.array([scipy.ndimage.center_of_mass(view) for view in near])
    assert np.abs(middle - 15.5).max() < 3 and np.abs(middle - 15.5).max() > 2
    assert (views.near(tf.constant(dots), seed, 32).numpy() == near).all()
    large = np.broadcast_to(dots[:300, None], (300, 4, 28, 28))
    crowds = negatives.parts(tf.constant(large), seed, 32).numpy()
    # Small dots of a crowd are dimmer than one at its own size.
    assert (crowds[:, 13:19, 13:19].max((1, 2)) < 200).all()
    assert (crowds.max((1, 2)) > 50).mean() > 0.5


def test_neighbors_stand_beside_a_digit_without_touching_it():
    windows, others = np.zeros((500, 32, 32), "float32"), np.zeros((500, 2, 28, 28), "float32")
    windows[:, 6:26, 13:19] = 255  # a bar 6 pixels wide
    others[..., 4:24, 9:17] = 200  # 8 pixels, less in the middle
    seed = tf.constant([1, 2], "int64")
    found = neighbors.with_neighbors(tf.constant(windows), tf.constant(others), seed).numpy()
    assert (found[:, :, 13:19] == windows[:, :, 13:19]).all()
    left, right = found[:, :, 12::-1].max(1) > 100, found[:, :, 19:].max(1) > 100
    gaps = np.concatenate([left.argmax(1)[left.any(1)], right.argmax(1)[right.any(1)]])
    assert 400 < len(gaps) < 800 and not (left.any(1) & right.any(1)).all()
    assert gaps.min() >= 2 and gaps.max() >= 8  # pitches below 11 pixels are widened
    assert (neighbors.with_neighbors(windows, others, seed).numpy() == found).all()


def test_some_views_are_worn():
    # A slope keeps its values in a low resolution; a checkerboard becomes gray.
    slope, board = np.mgrid[:32, :32].sum(0) * 2.0, np.indices((32, 32)).sum(0) % 2 * 100.0
    seed = tf.constant([1, 2], "int64")
    slopes, boards = (
        views.worn(tf.constant(np.broadcast_to(each, (400, 32, 32)), "float32"), seed).numpy()
        for each in (slope, board)
    )
    assert slopes.min() >= 0 and slopes.max() <= 255
    fine = np.abs(np.diff(boards, axis=2)).mean((1, 2)) > 60
    assert 0.4 < fine.mean() < 0.6
    inside = (slopes - slope)[:, 4:-4, 4:-4]
    assert np.abs(inside[fine].mean((1, 2))).max() < 3  # noise
    pens = slopes[~fine, 4:-4, 4:-4].mean((1, 2)) / slope[4:-4, 4:-4].mean()
    assert pens.min() > 0.9 and 2.2 < pens.max() < 2.6


def test_signs_are_digits_in_a_mirror_and_lines_and_sheets():
    seed = tf.constant([1, 2], "int64")
    corner = np.zeros((600, 28, 28), "float32")
    corner[:, 3:6, 18:21] = 255
    labels = np.repeat([3, 9], 300)
    signs = negatives.signs(tf.constant(corner), tf.constant(labels), seed, 32).numpy()
    assert signs.shape == (600, 32, 32) and signs.min() == 0 and signs.max() == 255
    sheets = (signs > 127).mean((1, 2)) > 0.25
    assert 0.05 < sheets.mean() < 0.25
    amount = (signs > 127).sum((1, 2))
    lines = ~sheets & (amount > 20)
    assert 0.25 < lines.mean() < 0.6
    shown = (amount > 3) & (amount < 16)  # the corner, although a few may be short lines
    middles = np.array([scipy.ndimage.center_of_mass(sign) for sign in signs[shown]]) - 15.5
    # In a mirror, turned to the right, to the left, and as it was.
    places = np.array([[-9.0, -6.0], [6.0, 9.0], [-6.0, -9.0], [-9.0, 6.0]])
    nearest = np.linalg.norm(middles[:, None] - places, axis=-1).argmin(1)
    three, nine = (np.bincount(nearest[labels[shown] == each], minlength=4) for each in (3, 9))
    assert three[:3].min() > 10 and three[3] + nine[3] < 0.2 * shown.sum()
    assert nine[1] < 0.25 * nine.sum()


def test_textures_have_coarse_and_fine_grain():
    found = negatives.textures(300, tf.constant([1, 2], "int64"), 32).numpy()
    assert found.shape == (300, 32, 32) and found.min() == 0 and found.max() <= 255
    assert (found.max((1, 2)) > 90).mean() > 0.8
    cropped = (found[:, :5] == 0).all((1, 2)) | (found[:, :, :5] == 0).all((1, 2))
    assert 0.2 < cropped.mean() < 0.6
    textured = found[(found[:, 14:16, 12:19].std(2) > 0).all(1)]
    similar = [np.corrcoef(each[14, 12:19], each[15, 12:19])[0, 1] for each in textured]
    assert min(similar) < 0 and max(similar) > 0.95


def _batches_of(found, *epochs):
    """Returns the batches of epochs as one data set, which is traced once."""
    return tf.data.Dataset.from_tensor_slices(tf.constant(epochs, "int64")).flat_map(found.batches)


def test_batches_are_a_function_of_the_epoch():
    found = data.training_data(TrainConfig(num_examples=300, batch_size=40))
    assert found.steps_per_epoch == 7 and found.monitor == "val_loss"
    more = data.training_data(TrainConfig(num_examples=300, batch_size=40, with_validation=True))
    assert more.steps_per_epoch == 8 and more.monitor is None  # 300 and 30
    batches = list(_batches_of(found, 0, 0, 1))
    assert len(batches) == 3 * 7
    first, again, next_one = batches[:7], batches[7:14], batches[14:]
    windows, labels = first[0]
    assert windows.shape == (68, 32, 32, 1) and labels.shape == (68,)
    assert (labels.numpy()[53:] == data.NOTHING).all() and labels.numpy()[:53].max() < 10
    assert all((a[0] == b[0]).numpy().all() for a, b in zip(first, again, strict=True))
    assert not (first[0][0] == next_one[0][0]).numpy().all()
    assert not (first[0][0] == first[1][0]).numpy().all()


def test_a_window_has_the_label_of_the_digit_in_its_middle(monkeypatch):
    monkeypatch.setattr(views, "worn", lambda windows, seed: windows)
    monkeypatch.setattr(neighbors, "with_neighbors", lambda windows, others, seed: windows)
    labels = np.repeat(np.arange(10), 30)
    images = np.ones((300, 28, 28), "uint8") * (20 * (labels + 1)).astype("uint8")[:, None, None]
    monkeypatch.setattr(data, "read", lambda config, split: (images, labels))
    found = data.training_data(TrainConfig(batch_size=40))
    windows, labels = next(iter(found.batches(0)))
    grays = windows.numpy()[:53].max((1, 2, 3)) / 20 - 1
    np.testing.assert_allclose(grays, labels.numpy()[:53], atol=0.05)


@pytest.fixture(scope="module")
def trained():
    """A network that has seen a few synthetic digits, and its signatures."""
    keras.utils.set_random_seed(0)
    found = data.training_data(config := TrainConfig(num_examples=3000, epochs=5, batch_size=64))
    net = model.build(config, found)
    assert net.count_params() == 61_706 and net.output_shape == (None, 11)
    assert (net(np.ones((2, 32, 32, 1)))[:, 10] == 0).numpy().all()
    for windows, labels in _batches_of(found, *range(5)):
        net.train_on_batch(windows, labels)
    signatures = {
        name: tf.function(each.function, input_signature=each.signature)
        for name, each in model.endpoints(net).items()
    }
    return net, types.SimpleNamespace(signatures=signatures)


@pytest.fixture(scope="module")
def unseen():
    return data.read(TrainConfig(), "test")


def test_digits_are_found_where_they_stand(trained, unseen):
    random = np.random.default_rng(3)
    present = found = right = 0
    for _ in range(12):
        canvas, frames, digits = canvases.canvas(*unseen, random, (80, 120))
        some = report.find(trained[1], _png(canvas[..., None]))
        present, found = present + len(digits), found + len(some["digits"])
        right += report.count_right(some, frames, digits)
    assert 2 * right / (present + found) > 0.8


@pytest.mark.parametrize("strip", [64, 3])
def test_every_window_has_the_score_of_the_classifier_on_it(trained, monkeypatch, strip):
    monkeypatch.setattr(model, "_STRIP", strip)
    net, _ = trained
    random = np.random.default_rng(0)
    ink = random.integers(0, 256, (41, 54)).astype("uint8")
    ink[0] = ink[-1] = 0
    sliding, windows = model.models.fully_convolutional(
        keras.Model(net.inputs[0], net.get_layer("logits").output)
    )
    padded = np.pad(ink, 6).astype("float32")
    scores = np.array(model._scores(sliding, windows.stride[0], tf.constant(padded)))
    frames = model._frames(scores.shape[:2], windows.stride, ink.shape).numpy()
    for index, (row, column) in enumerate(np.ndindex(scores.shape[:2])):
        window = padded[4 * row : 4 * row + 32, 4 * column : 4 * column + 32]
        alone = tf.nn.softmax(net(window[None, ..., None]))[0, :10]
        np.testing.assert_allclose(scores[row, column], alone, atol=1e-4)
        # In the middle of the window, 2 pixels from its edges; the canvas begins at 6.
        frame = np.clip([4 * row - 4, 4 * column - 4, 4 * row + 24, 4 * column + 24], 0, None)
        assert frames[index].tolist() == np.minimum(frame, [41, 54, 41, 54]).tolist()


@pytest.mark.parametrize("shape", [(1, 1), (5, 70), (28, 28), (33, 31)])
def test_an_empty_canvas_of_any_size_has_no_digit(trained, shape):
    found = report.find(trained[1], _png(np.zeros((*shape, 1))))
    assert len(found["digits"]) == 0


def test_a_row_that_is_no_image_loses_no_other(trained):
    rows = tf.constant([b"no image", _png(np.zeros((28, 28, 1)))])
    found = trained[1].signatures["serving_default"](image_bytes=rows)
    assert found["is_image"].numpy().tolist() == [False, True]
    assert found["digit"][0] == -1 and not found["probabilities"][0].numpy().any()
    found = trained[1].signatures["find"](image_bytes=rows)
    assert found["is_image"].numpy().tolist() == [False, True] and found["valid"][0] == 0


def test_boxes_on_a_shrunk_canvas_are_in_pixels_of_the_image(trained, unseen, monkeypatch):
    images, labels = unseen
    canvas = np.zeros((200, 300), "uint8")
    frames = [[8, 180, 64, 236], [120, 20, 176, 76]]
    for top, left, bottom, right in frames:
        digit = images[np.flatnonzero(labels == 4)[0]]
        canvas[top:bottom, left:right] = digit.repeat(2, 0).repeat(2, 1)
    monkeypatch.setattr(preprocessing, "_CANVAS", 122)  # 100 x 150 pixels
    find = model.endpoints(trained[0])["find"]
    serve = tf.function(find.function, input_signature=find.signature)
    found = report.find(types.SimpleNamespace(signatures={"find": serve}), _png(canvas[..., None]))
    assert found["digits"].tolist() == [4, 4]
    corners = found["boxes"][found["boxes"][:, 0].argsort()]
    np.testing.assert_allclose(corners, frames, atol=9)


def test_a_digit_at_the_edge_and_in_a_corner_is_found(trained, unseen):
    images, labels = unseen
    canvas = np.zeros((61, 75), "uint8")
    canvas[:28, :28] = canvas[-28:, -28:] = images[np.flatnonzero(labels == 4)[0]]
    found = report.find(trained[1], _png(canvas[..., None]))
    assert found["digits"].tolist() == [4, 4]
    corners = found["boxes"][found["boxes"][:, 0].argsort()]
    np.testing.assert_allclose(corners, [[0, 0, 28, 28], [33, 47, 61, 75]], atol=4)


def test_canvases_keep_digits_apart():
    images = np.arange(1, 11, dtype="uint8")[:, None, None] * np.ones((1, 28, 28), "uint8")
    labels = np.arange(10)
    counts = []
    for seed in range(30):
        canvas, frames, digits = canvases.canvas(
            images, labels, np.random.default_rng(seed), (90, 130)
        )
        counts.append(len(digits))
        assert canvas.shape == (90, 130) and len(frames) == len(digits)
        assert (canvas > 0).sum() == 28 * 28 * len(frames)
        for (top, left, bottom, right), digit in zip(frames, digits, strict=True):
            assert (canvas[top:bottom, left:right] == digit + 1).all()
    assert min(counts) == 1 and max(counts) >= 6


def test_right_boxes_are_counted_once_and_by_class():
    frames, digits = np.array([[0, 0, 28, 28], [0, 40, 28, 68]]), np.array([1, 2])
    boxes = np.array([[2, 2, 30, 30], [0, 0, 28, 28], [0, 40, 28, 68], [0, 55, 28, 83]], "float32")
    for rows, found, right in (
        ([0, 1, 2, 3], [1, 1, 5, 2], 1),
        ([0, 2], [1, 2], 2),
        ([], [], 0),
        ([3], [2], 0),
    ):
        some = {"boxes": boxes[rows], "digits": np.array(found, int)}
        assert report.count_right(some, frames, digits) == right


def test_records_name_what_is_no_image_and_read_the_rest(trained, unseen, tmp_path):
    images, labels = unseen
    seven = images[np.flatnonzero(labels == 7)[0]]
    (tmp_path / "text.png").write_text("no image")
    (tmp_path / "blank.png").write_bytes(_png(np.full((50, 70, 3), 90)))
    canvas = np.zeros((60, 150), "uint8")
    canvas[10:38, 90:118] = canvas[20:48, 5:33] = seven
    names = ["text.png", "nowhere.png", "blank.png"]
    inputs = [*(str(tmp_path / name) for name in names), seven, canvas]
    records = list(Digits().predict(trained[1], inputs))
    reasons = ["not a JPEG, PNG, GIF, BMP or WebP image", "No such file or directory"]
    assert [record["error"] for record in records[:2]] == reasons
    columns = [
        [
            field.text(record[field.name])
            for field in Digits.outputs
            if record[field.name] is not None
        ]
        for record in records[2:]
    ]
    assert columns[0] == ["no digit", "", ""]
    assert columns[1][0] == "7" and 0.5 < float(columns[1][1]) <= 1 and len(columns[1]) == 2
    assert columns[2][0] == "7 7" and len(columns[2][1].split()) == 2
    tops = [int(frame.split(",")[0]) for frame in columns[2][2].split(" ")]
    np.testing.assert_allclose(tops, [20, 10], atol=4)  # as one reads them, the left one first


def test_frames_are_read_line_by_line():
    frames = np.array([[5, 90], [40, 50], [0, 120], [9, 3], [33, 7], [60, 0]])
    frames = np.concatenate([frames, frames + 28], 1)
    assert report.as_read(frames) == [3, 0, 2, 4, 1, 5]


def _fake():
    """Returns a SavedModel that says the brightness of the first pixel, and finds nothing."""

    def serving_default(image_bytes):
        first = [int(tf.io.decode_png(each)[0, 0, 0]) for each in image_bytes]
        return {"probabilities": tf.one_hot(first, 10) * 0.9}

    def find(image_bytes):
        return {
            "boxes": tf.zeros((1, 3, 4)),
            "digits": tf.fill((1, 3), -1),
            "scores": tf.zeros((1, 3)),
            "valid": tf.constant([0]),
        }

    signatures = {"serving_default": serving_default, "find": find}
    return types.SimpleNamespace(signatures=signatures)


def test_metrics_are_those_of_scikit_learn(monkeypatch):
    random = np.random.default_rng(0)
    labels = random.integers(0, 10, 700)
    told = np.where(random.random(700) < 0.8, labels, random.integers(0, 10, 700))
    images = np.zeros((700, 28, 28), "uint8")
    images[:, 0, 0] = told
    monkeypatch.setattr(data, "read", lambda config, split: (images, labels))
    measured = report.measure(_fake(), MeasureConfig(canvases=2))
    values = measured.values()
    assert values["digits"] == 700 and values["mistakes"] == (told != labels).sum()
    wrong = 1 - sklearn.metrics.accuracy_score(labels, told)
    assert values["error"] == pytest.approx(100 * wrong)
    counts = sklearn.metrics.confusion_matrix(labels, told)
    for note, row in zip(measured.notes, counts, strict=True):
        assert note.endswith(" " + " ".join(map(str, row)))
    recall = sklearn.metrics.recall_score(labels, told, average=None)
    assert values["worst.first.digit"] == recall.argmin()
    assert values["worst.first.error"] == pytest.approx(100 - 100 * recall.min())
    assert values["canvas.recall"] == values["canvas.f1"] == values["canvas.found"] == 0
    shown = [axes for axes in measured.plots["mistakes"].axes if axes.images]
    assert len(shown) == min(60, values["mistakes"])
    assert report._mistakes(images[:0], labels[:0], np.zeros((0, 10))).axes  # without any


@pytest.mark.slow
def test_compare_prints_a_line_for_each_way_and_draws_them(capsys, monkeypatch):
    for ways, some in (
        ("OPTIMIZERS", ["batch gradient descent"]),
        ("DECAYS", ["rate .1, halved every 5 epochs"]),
        ("REGULARIZERS", ["early stopping", "augmentation"]),
    ):
        monkeypatch.setattr(
            comparison, ways, {name: getattr(comparison, ways)[name] for name in some}
        )
    config = CompareConfig(compare_examples=40, compare_epochs=2, compare_seeds=1, num_examples=80)
    drawn = Digits.commands["compare"].function(config)
    printed_lines = capsys.readouterr().out
    assert all(
        f"\n{name} " in printed_lines
        for name in {**comparison.OPTIMIZERS, **comparison.DECAYS, **comparison.REGULARIZERS}
    )
    curve = drawn["loss"].axes[0].lines[0]
    assert curve.get_xdata().tolist() == [40, 80]
    names = [label.get_text() for label in drawn["bias_and_variance"].axes[0].get_yticklabels()]
    assert names == ["augmentation", "early stopping"]


@pytest.mark.parametrize(
    ("way", "steps"), [("batch gradient descent", 1), ("Adam", 2), ("online gradient descent", 40)]
)
def test_ways_differ_in_their_batches(way, steps):
    windows, labels = np.zeros((40, 32, 32, 1), "float32"), np.arange(40) % 10
    found = list(comparison.batches(comparison.OPTIMIZERS[way], windows, labels, 0))
    assert len(found) == steps
    assert sorted(int(label) for _, some in found for label in some) == sorted(labels)


def test_regularizers_change_the_net_and_its_data():
    plain = comparison.compiled(comparison.REGULARIZERS["none"], 40)
    kept = comparison.compiled(comparison.REGULARIZERS["dropout"], 40)
    penalized = comparison.compiled(comparison.REGULARIZERS["norm penalty"], 40)
    penalized.set_weights(plain.get_weights())
    kernels = [weights for weights in plain.get_weights() if weights.ndim > 1]
    expected = comparison.REGULARIZERS["norm penalty"].penalty * sum((w**2).sum() for w in kernels)
    assert float(sum(penalized.losses)) == pytest.approx(expected, rel=1e-5)
    assert not plain.losses and plain.count_params() == kept.count_params() == 61_706
    windows = np.random.default_rng(0).uniform(0, 255, (4, 32, 32, 1)).astype("float32")
    kept.set_weights(plain.get_weights())
    assert np.array_equal(kept(windows), plain(windows))
    assert not np.allclose(kept(windows, training=True), plain(windows, training=True))
    augmented = comparison.batches(
        comparison.REGULARIZERS["augmentation"], windows, np.arange(4), 0
    )
    first, second = (next(iter(augmented))[0].numpy() for _ in range(2))
    assert first.shape == windows.shape and not np.array_equal(first, second)


@pytest.mark.parametrize(
    ("name", "rate"),
    [
        ("rate .1, constant", lambda epoch: 0.1),
        ("rate .1 / (1 + epoch / 5)", lambda epoch: 0.1 / (1 + epoch / 5)),
        ("rate .1 * .9 ^ epoch", lambda epoch: 0.1 * 0.9**epoch),
        ("rate .1 / sqrt(epoch + 1)", lambda epoch: 0.1 / (epoch + 1) ** 0.5),
        ("rate .1, halved every 5 epochs", lambda epoch: 0.1 * 0.5 ** (epoch // 5)),
    ],
)
def test_decays_are_what_they_are_called(name, rate):
    net = comparison.compiled(comparison.DECAYS[name], 70)  # three steps of 32 digits
    for step in range(33):
        net.optimizer.iterations.assign(step)
        assert float(net.optimizer.learning_rate) == pytest.approx(rate(step // 3), rel=1e-6)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"data": "nowhere"}, "--data must be synthetic, or tfds:NAME for a"),
        ({"batch_size": 90}, "^--batch-size must be at most the number of examples, 80"),
    ],
)
def test_settings_that_the_data_do_not_allow_are_named(setting, message):
    with pytest.raises(UserError, match=message):
        data.training_data(TrainConfig(num_examples=80, **setting))
    with pytest.raises(UserError, match=r"--compare-examples must be at least 20. Received 3"):
        CompareConfig(compare_examples=3)


def _offer(monkeypatch, images, labels):
    """Offers `tfds:cats`, a set with 7 examples in its test part and all in train."""
    features = {"image": types.SimpleNamespace(shape=images.shape[1:])}
    info = types.SimpleNamespace(splits={"train": 0, "test": 0}, features=features)
    builder = types.SimpleNamespace(info=info)
    parts = {"train": slice(None), "test": slice(7)}
    monkeypatch.setattr(data.pipelines, "tfds_builder", lambda name, features: builder)
    monkeypatch.setattr(
        data.pipelines,
        "read_tfds",
        lambda builder, split, features: {
            "image": images[parts[split]],
            "label": labels[parts[split]],
        },
    )


@pytest.mark.parametrize(
    ("shape", "label"), [((28, 27, 1), 3), ((28, 28, 3), 3), ((28, 28, 1), 10)]
)
def test_other_sets_are_refused(monkeypatch, shape, label):
    _offer(monkeypatch, np.zeros((5, *shape), "uint8"), np.full(5, label))
    with pytest.raises(UserError, match=r"28 x 28 pixels.*tfds:cats with images \(2"):
        data.read(TrainConfig(data="tfds:cats"), "train")


def test_the_last_digits_of_train_are_held_out(monkeypatch):
    labels = np.arange(6000) % 10
    images = np.zeros((6000, 28, 28, 1), "uint8")
    images[:, 0, 0, 0] = np.arange(6000) // 24
    _offer(monkeypatch, images, labels)
    config = TrainConfig(data="tfds:cats")
    train, held_out, test = (data.read(config, part) for part in ("train", "validation", "test"))
    assert [len(part[1]) for part in (train, held_out, test)] == [1000, 5000, 7]
    assert np.array_equal(np.concatenate([train[0], held_out[0]]), images[..., 0])
