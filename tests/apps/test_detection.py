import io
import itertools
import pathlib
import zlib

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from apps.detection import data, model, pretrained, report, sources, target_check, validation
from apps.detection.app import Assets, Detection, MeasureConfig, PredictConfig, TrainConfig
from apps.detection.synthetic import scenes
from apps.digits.app import Digits
from keras_dl import models, training
from keras_dl.application import Trained, UserError, commands
from keras_dl.application.command_line import main

ANCHORS = [[1.0, 1.0], [2.5, 2.5]]
ASSETS = Assets(["disc", "rectangle", "triangle"], ANCHORS, [64, 96])


def _file(pixels, kind="PNG", mode=None):
    file = io.BytesIO()
    image = Image.fromarray(pixels)
    (image.convert(mode) if mode else image).save(file, kind)
    return file.getvalue()


def _part(images, some, labels, classes=ASSETS.classes):
    return sources.DetectionSplit(
        [f"image {index}" for index in range(len(images))],
        images,
        [np.array(each, "float32").reshape(-1, 4) for each in some],
        [np.array(each, "int32") for each in labels],
        [np.zeros(len(each), bool) for each in labels],
        classes,
    )


def test_a_scene_has_what_its_boxes_say():
    size = np.array([scenes.HEIGHT, scenes.WIDTH])
    differ = []
    for number in range(40):
        image, some, labels = scenes.scene(number, 1)
        assert image.shape == (*size, 3) and 1 <= len(labels) <= 8
        assert (some >= 0).all() and (some <= 1).all() and (some[:, 2:] > some[:, :2]).all()
        np.testing.assert_array_equal(image, scenes.scene(number, 1)[0])
        for box, label in zip(some, labels, strict=True):
            # The upper left corner of its box is within a rectangle and outside the others.
            middle = tuple(((box[:2] + box[2:]) / 2 * size).astype(int))
            corner = tuple((box[:2] * size).astype(int) + 1)
            apart = np.abs(image[middle].astype(int) - image[corner]).max() > 35
            differ.append((label != scenes.CLASSES.index("rectangle"), apart))
    assert np.mean([expected == found for expected, found in differ]) > 0.9
    assert not np.array_equal(scenes.scene(0, 1)[0], scenes.scene(0, 2)[0])


@pytest.mark.parametrize("label", range(3))
def test_a_shape_fills_its_box_and_no_more(label):
    y, x = np.mgrid[:40, :60] + 0.5
    rows, columns = np.nonzero(scenes._inside(label, (8, 10, 30, 50), y, x))
    found = [rows.min(), columns.min(), rows.max(), columns.max()]
    np.testing.assert_allclose(found, (8, 10, 29, 49), atol=1)  # of a triangle's tip less is seen


def _voc(folder, names, label="cell"):
    for name in names:
        image = np.full((40, 60, 3), 128, "uint8")
        (folder / f"{name}.png").write_bytes(_file(image))
        (folder / f"{name}.xml").write_text(
            f"<annotation><filename>{name}.png</filename>"
            "<size><height>40</height><width>60</width></size>"
            f"<object><name>{label}</name><bndbox><xmin>6</xmin><ymin>8</ymin><xmax>30</xmax>"
            "<ymax>28</ymax></bndbox></object></annotation>"
        )


def test_files_without_parts_are_divided_by_their_names(tmp_path):
    names = [f"p{number}" for number in range(60)]
    _voc(tmp_path, names)
    config = TrainConfig(data=str(tmp_path))
    parts = {part: sources.read(config, part) for part in sources.SPLITS}
    found = {part: [name.rsplit("/")[-1] for name in each.names] for part, each in parts.items()}
    assert sorted(itertools.chain(*found.values())) == sorted(f"{name}.png" for name in names)
    assert all(zlib.crc32(name.encode()) % 10 == 8 for name in found["validation"])
    assert len(found["train"]) > 35
    np.testing.assert_allclose(parts["test"].boxes[0], [[0.2, 0.1, 0.7, 0.5]])
    assert parts["test"].classes == ["cell"]


def test_data_that_are_none_are_named(tmp_path):
    with pytest.raises(UserError, match="which does not exist"):
        sources.read(TrainConfig(data=str(tmp_path / "nothing")), "train")
    (tmp_path / "data.json").write_text("[1]")
    with pytest.raises(UserError, match=r"^--data: "):
        sources.read(TrainConfig(data=str(tmp_path / "data.json")), "train")
    _voc(tmp_path, ["one"])  # which is in the training part
    with pytest.raises(UserError, match=r"must have at least 3 images\. Received .* with 1"):
        sources.read(TrainConfig(data=str(tmp_path)), "test")


def test_few_images_have_a_split_each(tmp_path):
    _voc(tmp_path, "abcde")
    config = TrainConfig(data=str(tmp_path))
    parts = [sources.read(config, part).names for part in sources.SPLITS]
    assert [len(part) for part in parts] == [3, 1, 1]
    assert len({*itertools.chain(*parts)}) == 5


def test_files_keep_their_own_splits(tmp_path):
    for part, names in (("train", [f"p{number}" for number in range(40)]), ("test", ["last"])):
        (tmp_path / part).mkdir()
        _voc(tmp_path / part, names)
    config = TrainConfig(data=str(tmp_path))
    parts = [len(sources.read(config, part)) for part in sources.SPLITS]
    assert parts[0] + parts[1] == 40 and 0 < parts[1] < 10 and parts[2] == 1
    (tmp_path / "test").rename(tmp_path / "valid")
    parts = [len(sources.read(config, part)) for part in sources.SPLITS[:2]]
    assert parts == [40, 1]
    with pytest.raises(UserError, match=r"have a split for test\. Received .* train and valid"):
        sources.read(config, "test")


def test_what_is_no_image_or_no_box_is_left_out_and_said():
    good = _file(np.zeros((8, 8, 3), "uint8"))
    part = _part(
        [good, b"no image", good, good[: len(good) // 2]],
        [[[0, 0, 1, 1], [0.5, 0.5, 0.5, 0.5]], [[0, 0, 1, 1]], [], [[0, 0, 1, 1]]],
        [[1, 2], [0], [], [0]],
    )
    part, notes = data.clean(part, "train")
    assert part.names == ["image 0", "image 2"]
    assert part.labels[0].tolist() == [1] and part.labels[1].tolist() == []
    assert notes == [
        "image 1: left out (not a JPEG, PNG, GIF, BMP or WebP image)",
        "image 3: left out (not a valid image)",
        "image 0: 1 box without area left out",
    ]
    with pytest.raises(UserError, match="Received train with 1 images and no box"):
        data.clean(_part([good], [[]], [[]]), "train")


def test_the_ceiling_counts_what_cannot_come_back():
    far = [[0.0, 0.0, 0.2, 0.2], [0.5, 0.5, 0.7, 0.7]]
    assert target_check.ceiling(_part([b""], [far], [[0, 0]]), ASSETS) == (0, 1.0)
    same_slot = [far[0], [0.0, 0.0, 0.21, 0.2]]
    lost, recall = target_check.ceiling(_part([b""], [same_slot], [[0, 1]]), ASSETS)
    assert (lost, recall) == (1, 0.5)
    # Two of one class that lie on each other, in different cells: suppression takes one.
    on_each_other = [[0.0, 0.1, 0.5, 0.48], [0.0, 0.16, 0.5, 0.54]]
    assert target_check.ceiling(_part([b""], [on_each_other], [[1, 1]]), ASSETS) == (0, 0.5)
    assert target_check.ceiling(_part([b""], [on_each_other], [[1, 2]]), ASSETS) == (0, 1.0)


def test_epochs_are_the_same_each_time_and_differ_from_each_other():
    config = TrainConfig(num_examples=20, batch_size=4, height=64, width=96, seed=3)
    inputs = data.training_data(config)
    # In one graph, as training has it: another one takes a second.
    batches = list(tf.data.Dataset.from_tensor_slices([0, 0, 1]).flat_map(inputs.batches))
    steps = inputs.steps_per_epoch
    first, again, second = (batches[start : start + steps] for start in range(0, 3 * steps, steps))
    assert len(batches) == 15 and steps == 5
    for (pixels, targets), (same, same_targets) in zip(first, again, strict=True):
        np.testing.assert_array_equal(pixels, same)
        np.testing.assert_array_equal(targets, same_targets)
    assert not np.array_equal(first[0][0], second[0][0])
    assert not np.array_equal(first[0][0], first[1][0])
    assert first[0][0].shape == (4, 64, 96, 3) and first[0][1].shape == (4, 4, 6, 3, 8)
    pixels, targets = next(iter(inputs.validation))
    held_out = sources.read(config, "validation")
    np.testing.assert_allclose(pixels[0], data.load(held_out, (64, 96))[0], atol=1e-3)
    assert targets.shape == (4, 4, 6, 3, 8)
    assert inputs.notes[-1].startswith("recall that grid, anchors and suppression allow: ")


@pytest.mark.parametrize(("flips", "mirrors"), [("both", 2), ("none", 0)])
def test_what_training_sees(tmp_path, flips, mirrors):
    """Crowds are no examples, and without flips an object in a corner stays there."""
    crowd = "<object><name>cell</name><difficult>1</difficult><bndbox><xmin>0</xmin><ymin>0</ymin>"
    crowd += "<xmax>60</xmax><ymax>40</ymax></bndbox></object>"
    _voc(tmp_path, [f"p{number}" for number in range(12)])
    for path in tmp_path.glob("*.xml"):
        path.write_text(path.read_text().replace("</annotation>", f"{crowd}</annotation>"))
    config = TrainConfig(
        data=str(tmp_path),
        batch_size=4,
        height=64,
        width=96,
        zoom=0.0,
        color_jitter=0.0,
        flips=flips,
    )
    inputs = data.training_data(config)
    assert len(inputs.assets.anchors) == 1  # all boxes have one size
    assert "11 boxes of crowds or difficult objects left out" in inputs.notes
    assert "only 1 anchors, as boxes have no more sizes" in inputs.notes
    places = set()
    for _, targets in inputs.batches(tf.constant(0, "int64")):
        cells = np.argwhere(targets[..., 0, 0] == 1)
        assert len(cells) == 4
        places |= {(row >= 2, column >= 3) for _, row, column in cells.tolist()}
    assert len(places) > mirrors if mirrors else places == {(False, False)}


class _Served:
    """The endpoints of an untrained detector, as a SavedModel has them."""

    def __init__(self):
        tf.random.set_seed(0)
        self.net = models.yolo_detector((64, 96, 3), 3, anchors=ANCHORS, network="slim")
        endpoint = model.endpoints(self.net, ASSETS)["serving_default"]
        serve = tf.function(endpoint.function, input_signature=endpoint.signature)
        self.signatures = {"serving_default": serve}


@pytest.fixture(scope="module")
def served():
    return _Served()


def test_boxes_are_in_pixels_of_the_original(served):
    image = scenes.scene(0, 1)[0]
    small, large = (
        served.signatures["serving_default"](image_bytes=tf.constant([_file(each)]))
        for each in (image, image.repeat(2, 0).repeat(3, 1))
    )
    valid = int(small["valid"][0])
    assert valid > 0
    np.testing.assert_allclose(
        small["boxes"][0, :5] * [2, 3, 2, 3], large["boxes"][0, :5], rtol=0.2, atol=8
    )
    scores = small["scores"][0].numpy()
    assert (scores[:valid] >= 0.01).all() and not scores[valid:].any()
    assert (np.diff(scores[:valid]) <= 0).all()
    assert set(small["labels"][0, :valid].numpy()) <= {b"disc", b"rectangle", b"triangle"}
    assert not any(small["labels"][0, valid:].numpy())
    limits = np.array([160, 208, 160, 208])
    assert (small["boxes"][0].numpy() >= 0).all() and (small["boxes"][0] <= limits).numpy().all()


def test_an_image_has_the_same_boxes_in_any_batch(served):
    files = [_file(scenes.scene(number, 1)[0]) for number in range(3)] + [b"no image"]
    together = served.signatures["serving_default"](image_bytes=tf.constant(files))
    assert together["is_image"].numpy().tolist() == [True] * 3 + [False]
    assert together["valid"][3] == 0 and not together["scores"][3].numpy().any()
    alone = served.signatures["serving_default"](image_bytes=tf.constant(files[1:2]))
    for name in ("boxes", "scores"):
        np.testing.assert_allclose(together[name][1], alone[name][0], rtol=1e-3, atol=1e-3)


def test_every_file_has_a_record_of_its_own(served, tmp_path):
    image = scenes.scene(0, 1)[0]
    files = {
        "gray.png": _file(image, mode="L"),
        "rgba.png": _file(image, mode="RGBA"),
        "cmyk.jpg": _file(image, "JPEG", "CMYK"),
        "dot.png": _file(image[:1, :1]),
        "broken.jpg": _file(image, "JPEG")[:700],
        "text.jpg": b"\x1b[31mno image",
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    inputs = [str(tmp_path / name) for name in [*files, "nowhere.png"]] + [image]
    records = list(Detection().predict(served, inputs, PredictConfig(threshold=0.0)))
    shapes = [(record.get("height"), record.get("width")) for record in records]
    no_shape = (None, None)
    assert shapes == [(160, 208)] * 3 + [(1, 1)] + [no_shape] * 3 + [(160, 208)]
    errors = ["not a valid image", "not a JPEG, PNG, GIF, BMP or WebP image"]
    errors += ["No such file or directory"]
    assert [record["error"] for record in records[4:7]] == errors
    assert records[1]["objects"] == records[-1]["objects"]
    objects = records[0]["objects"]
    scores = [each["score"] for each in objects]
    assert scores == sorted(scores, reverse=True) and isinstance(objects[0]["box"][0], int)
    (some,) = Detection().predict(served, inputs[:1], PredictConfig(threshold=scores[2]))
    assert some["objects"] == objects[:3]
    assert some["note"] is None
    figure = Detection().plot(served, some)
    assert len(figure.axes[0].patches) == 3
    (default,) = Detection().predict(served, inputs[:1])
    above = [each for each in objects if each["score"] >= np.float32(ASSETS.threshold)]
    assert default["objects"] == above
    (none,) = Detection().predict(served, inputs[:1], PredictConfig(threshold=1.0))
    assert none["objects"] == []
    assert none["note"] == f"no score is at least 1, the best is {scores[0]:.3f}"


def test_scores_of_perfect_predictions_are_one():
    part = sources.read(MeasureConfig(num_examples=15), "validation")
    truth = report._truth(part)
    found = {
        "boxes": truth["boxes"],
        "scores": np.where(truth["labels"] < 0, 0, np.float32(0.9)),
        "classes": truth["labels"],
        "valid": np.array([*map(len, part.labels)]),
    }
    whole, *_, of_class, of_none = report.scores(found, truth, 4, 0.8)
    assert whole["ap50"] == of_class["ap50"] == whole["precision"] == whole["recall"] == 1.0
    assert "ap_small" in whole and "ap_large" not in whole  # which no scene has
    assert of_none == {}
    classes = truth["labels"].copy()
    classes[0] = np.where(classes[0] < 0, -1, (classes[0] + 1) % 3)
    worse = report.scores(found | {"classes": classes}, truth, 3, 0.8)[0]
    assert worse["ap50"] < 1.0 and worse["precision"] < 1.0
    none = report.scores(found, truth, 3, 0.95)[0]
    assert none["recall"] == 0 and "precision" not in none


def test_counts_and_boxes_left_out_stand_in_the_report(served):
    config = MeasureConfig(num_examples=15, threshold=0.3)
    measured = report.measure(served, config)
    part = sources.read(config, "validation")
    values = measured.values()
    true = np.mean([np.sum(labels == 2) for labels in part.labels])
    assert values["images"] == 3 and values["threshold"] == np.float32(0.3)
    assert values["count.class_2_triangle"] == true
    found = [report.detect(served, image, 0.3)["objects"] for image in part]
    counts = [sum(each["label"] == "triangle" for each in objects) for objects in found]
    assert values["count_bias.class_2_triangle"] == pytest.approx(np.mean(counts) - true)
    assert list(measured.plots) == ["objects_0", "objects_1", "objects_2"]


@pytest.fixture(scope="module")
def shipped():
    """Model and assets of the shipped detector."""
    return pretrained.read(Detection(), str(Detection.shipped))


def test_validation_measures_what_the_report_does(shipped):
    image = pathlib.Path(Detection.demo_inputs[0]).read_bytes()
    endpoint = model.endpoints(*shipped)["serving_default"].function
    found = {
        name: each.numpy() for name, each in tf.function(endpoint)(tf.constant([image])).items()
    }
    count = np.sum(found["scores"] >= 0.6)
    labels = found["classes"][0, :count].copy()
    labels[2] = 0  # a platelet that has the label of a red cell
    moved = found["boxes"][0, :count] + 4 * np.arange(count)[:, None]
    part = _part([image], [moved / [480, 640, 480, 640]], [labels], shipped.assets.classes)
    callback = validation.ValidationPrecision(
        data.true_examples(part, shipped.assets.size), shipped.assets
    )
    callback.set_model(shipped.model)
    callback.on_train_begin()
    logs = {}
    callback.on_epoch_end(0, logs)
    expected = report.scores(found, report._truth(part), 3, 0.6)[0]
    assert logs == {"val_ap50": pytest.approx(expected["ap50"])} and 0.2 < logs["val_ap50"] < 0.9


def test_the_threshold_has_the_best_f1_and_is_printed(capsys):
    class Counted:
        factor = 1

        def counts_above(self, thresholds):
            right = self.factor * np.where(thresholds <= 0.5, 8, 2)
            wrong = np.where(thresholds < 0.295, 9, 1)
            return right, wrong, 10

    counted = Counted()
    assert validation.best_threshold(counted) == pytest.approx(0.3)  # the lowest of .3 to .5
    assert "threshold of scores: 0.30, with an F1 of 0.842 on" in capsys.readouterr().out  # 16 / 19
    counted.factor = 0
    assert validation.best_threshold(counted) == 0.5
    assert "no box is right in the validation images" in capsys.readouterr().out


def test_training_starts_from_another_detector(shipped, capsys):
    built = models.yolo_detector((64, 96, 3), 3, anchors=shipped.assets.anchors, network="slim")
    weights = {each.path: each.numpy() for each in shipped.model.weights}
    last = built.get_layer("boxes").weights[0].numpy()
    others = Assets(["a", "b", "c"], shipped.assets.anchors, [64, 96])
    pretrained.start_from(built, others, shipped)
    assert "the last layer starts at random" in capsys.readouterr().out
    np.testing.assert_array_equal(built.get_layer("boxes").weights[0], last)
    for each in built.weights:
        same = np.array_equal(each, weights[each.path])
        assert same or each.path.startswith("boxes/")
    pretrained.start_from(built, shipped.assets, shipped)
    assert all(np.array_equal(each, weights[each.path]) for each in built.weights)
    assert not capsys.readouterr().out


def test_init_from_on_the_command_line(shipped, tmp_path, monkeypatch, capsys):
    """A run starts from the shipped detector, and reads each split once."""
    parts, read = [], sources.read
    monkeypatch.setattr(training, "fit", lambda *args, **kwargs: None)
    monkeypatch.setattr(validation.ValidationPrecision, "best_threshold", lambda *_: 0.42)
    monkeypatch.setattr(
        sources, "read", lambda config, part: parts.append(part) or read(config, part)
    )

    def train(init_from):
        words = "detection train --num-examples 6 --height 64 --width 96 --batch-size 2".split()
        words += ["--init-from", str(init_from), "--run-dir", str(tmp_path / "run")]
        return main([Detection()], words, "program"), capsys.readouterr().err

    for wrong, reason in {
        tmp_path / "nowhere": "a run directory or a SavedModel",
        Digits.shipped: "not a record of a run of detection",
    }.items():
        code, error = train(wrong)
        assert code == 2 and reason in error and error.count("\n") == 1 and not parts
    assert train(Detection.shipped) == (0, "")
    assert parts == ["train", "validation"]
    trained, assets = pretrained.read(Detection(), str(tmp_path / "run"))
    assert assets.threshold == 0.42
    weights = {each.path: each.numpy() for each in shipped.model.weights}
    for each in trained.weights:
        assert np.array_equal(each, weights[each.path]) != each.path.startswith("boxes/")


def test_what_training_cannot_start_from_is_named(shipped, tmp_path):
    with pytest.raises(UserError, match=r"a run directory or a SavedModel\. Received .*nowhere"):
        pretrained.read(Detection(), str(tmp_path / "nowhere"))
    inputs = keras.Input((4,))
    other = keras.Model(inputs, keras.layers.Dense(2, name="stem")(inputs))
    with pytest.raises(
        UserError, match=r"a weight stem/kernel of shape \(3, 3, 3, 16\)\. .* \(4, 2\)"
    ):
        pretrained.start_from(shipped.model, shipped.assets, Trained(other, shipped.assets))


def test_a_large_image_is_drawn_smaller():
    found = {"boxes": np.array([[400.0, 300.0, 2000.0, 2900.0]]), "scores": np.array([0.9])}
    found |= {"classes": np.array([1]), "labels": np.array([b"cell"])}
    drawn = report.boxes_plot(_file(np.zeros((2400, 3000, 3), "uint8")), found)
    file = io.BytesIO()
    drawn.savefig(file, format="png")
    with Image.open(file) as image:
        assert image.size == (1500, 1200)
        rows, columns = np.nonzero(np.asarray(image.convert("L")) > 60)
    assert columns.min() >= 145 and columns.max() <= 1455 and rows.max() <= 1005


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (30, 40)])
def test_a_small_image_is_drawn_larger(shape, tmp_path):
    path = tmp_path / "plot.png"
    found = {"boxes": np.array([[0.0, 0.0, *shape]]), "scores": np.array([0.9])}
    found |= {"classes": np.array([0]), "labels": np.array([b"cell"])}
    commands.save_plot(report.boxes_plot(_file(np.zeros((*shape, 3), "uint8")), found), path)
    with Image.open(path) as image:
        assert max(image.size) >= 240 and min(image.size) >= 1


def test_data_with_other_classes_than_the_model_are_refused():
    part = _part([b""], [[[0, 0, 1, 1]]], [[0]], ["cat", "dog"])
    for number, label in ((0, b"disc"), (2, b"triangle")):
        found = {"classes": np.array([[number, -1]]), "labels": np.array([[label, b""]], object)}
        with pytest.raises(UserError, match=f"the model found '{label.decode()}' as class"):
            report._check_classes(found, part, MeasureConfig())


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"height": 100}, "--height must be at least 16 and a multiple of 16. Received 100"),
        ({"threshold": 2.0}, "--threshold must be from 0 to 1. Received 2"),
        ({"ignore_iou": 0.0}, "--ignore-iou must be above 0 and at most 1. Received 0"),
    ],
)
def test_wrong_settings_are_named(setting, message):
    kind = MeasureConfig if "threshold" in setting else TrainConfig
    with pytest.raises(UserError, match=message):
        kind(**setting)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"batch_size": 90}, "^--batch-size must be at most the number of examples, 5"),
    ],
)
def test_settings_that_the_data_do_not_allow_are_named(setting, message):
    with pytest.raises(UserError, match=message):
        data.training_data(TrainConfig(num_examples=5, height=32, width=32, **setting))
