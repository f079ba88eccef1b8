import io
import json
import zlib

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from apps.__main__ import main
from apps.detection import answers, data, examination, model, report, scenes, sources
from apps.detection.app import Config
from keras_dl import models

ANCHORS = [[1.0, 1.0], [2.5, 2.5]]
ASSETS = {"classes": ["disc", "rectangle", "triangle"], "anchors": ANCHORS, "size": [64, 96]}


def _file(picture, kind="PNG", mode=None):
    file = io.BytesIO()
    image = Image.fromarray(picture)
    (image.convert(mode) if mode else image).save(file, kind)
    return file.getvalue()


def _part(pictures, some, labels, classes=ASSETS["classes"]):
    return sources.Part(
        [f"picture {place}" for place in range(len(pictures))],
        pictures,
        [np.array(each, "float32").reshape(-1, 4) for each in some],
        [np.array(each, "int32") for each in labels],
        [np.zeros(len(each), bool) for each in labels],
        classes,
    )


def test_a_scene_has_what_its_boxes_say():
    size = np.array([scenes.HEIGHT, scenes.WIDTH])
    differ = []
    for number in range(40):
        picture, some, labels = scenes.scene(number, 1)
        assert picture.shape == (*size, 3) and 1 <= len(labels) <= 8
        assert (some >= 0).all() and (some <= 1).all() and (some[:, 2:] > some[:, :2]).all()
        np.testing.assert_array_equal(picture, scenes.scene(number, 1)[0])
        for box, label in zip(some, labels, strict=True):
            # The upper left corner of its box is within a rectangle and outside the others.
            middle = tuple(((box[:2] + box[2:]) / 2 * size).astype(int))
            corner = tuple((box[:2] * size).astype(int) + 1)
            apart = np.abs(picture[middle].astype(int) - picture[corner]).max() > 35
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
        picture = np.full((40, 60, 3), 128, "uint8")
        (folder / f"{name}.png").write_bytes(_file(picture))
        (folder / f"{name}.xml").write_text(
            f"<annotation><filename>{name}.png</filename>"
            "<size><height>40</height><width>60</width></size>"
            f"<object><name>{label}</name><bndbox><xmin>6</xmin><ymin>8</ymin><xmax>30</xmax>"
            "<ymax>28</ymax></bndbox></object></annotation>"
        )


def test_files_without_parts_are_divided_by_their_names(tmp_path):
    names = [f"p{number}" for number in range(60)]
    _voc(tmp_path, names)
    config = Config(data=str(tmp_path))
    parts = {part: sources.read(config, part) for part in sources.PARTS}
    found = {part: [name.rsplit("/")[-1] for name in each.names] for part, each in parts.items()}
    assert sorted(sum(found.values(), [])) == sorted(f"{name}.png" for name in names)
    assert all(zlib.crc32(name.encode()) % 10 == 8 for name in found["validation"])
    assert len(found["train"]) > 35
    np.testing.assert_allclose(parts["test"].boxes[0], [[0.2, 0.1, 0.7, 0.5]])
    assert parts["test"].classes == ["cell"]


def test_data_that_are_none_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="which is not there"):
        sources.read(Config(data=str(tmp_path / "nothing")), "train")
    _voc(tmp_path, ["one"])
    empty = next(part for part in sources.PARTS if part != sources._part_of("one.png"))
    with pytest.raises(ValueError, match=f"none of them for {empty}"):
        sources.read(Config(data=str(tmp_path)), empty)


def test_what_is_no_picture_or_no_box_is_left_out_and_said(capsys):
    good = _file(np.zeros((8, 8, 3), "uint8"))
    part = _part(
        [good, b"no picture", good, good[: len(good) // 2]],
        [[[0, 0, 1, 1], [0.5, 0.5, 0.5, 0.5]], [[0, 0, 1, 1]], [], [[0, 0, 1, 1]]],
        [[1, 2], [0], [], [0]],
    )
    part = data.clean(part, "train")
    assert part.names == ["picture 0", "picture 2"]
    assert part.labels[0].tolist() == [1] and part.labels[1].tolist() == []
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3 and all("left out" in line for line in lines)
    assert [line.split(":")[0] for line in lines] == ["picture 1", "picture 3", "picture 0"]
    with pytest.raises(ValueError, match="Received train with 1 pictures and no box"):
        data.clean(_part([good], [[]], [[]]), "train")


def test_the_ceiling_counts_what_cannot_come_back():
    far = [[0.0, 0.0, 0.2, 0.2], [0.5, 0.5, 0.7, 0.7]]
    assert examination.ceiling(_part([b""], [far], [[0, 0]]), ASSETS) == (0, 1.0)
    same_slot = [far[0], [0.0, 0.0, 0.21, 0.2]]
    lost, recall = examination.ceiling(_part([b""], [same_slot], [[0, 1]]), ASSETS)
    assert (lost, recall) == (1, 0.5)
    # Two of one class that lie on each other, in different cells: suppression takes one.
    on_each_other = [[0.0, 0.1, 0.5, 0.48], [0.0, 0.16, 0.5, 0.54]]
    assert examination.ceiling(_part([b""], [on_each_other], [[1, 1]]), ASSETS) == (0, 0.5)
    assert examination.ceiling(_part([b""], [on_each_other], [[1, 2]]), ASSETS) == (0, 1.0)


def test_epochs_are_the_same_each_time_and_differ_from_each_other():
    config = Config(examples=20, batch_size=4, height=64, width=96, seed=3)
    inputs = data.pipeline(config)
    first, again, second = (list(inputs.train(epoch)) for epoch in (0, 0, 1))
    assert len(first) == inputs.steps_per_epoch == 5
    for (pixels, targets), (same, same_targets) in zip(first, again, strict=True):
        np.testing.assert_array_equal(pixels, same)
        np.testing.assert_array_equal(targets, same_targets)
    assert not np.array_equal(first[0][0], second[0][0])
    assert first[0][0].shape == (4, 64, 96, 3) and first[0][1].shape == (4, 4, 6, 3, 8)
    pixels, targets = next(iter(inputs.validation))
    np.testing.assert_allclose(
        pixels[0],
        data.load(sources.read(config, "validation"), (64, 96), [0])[0],
        atol=1e-3,
    )
    assert targets.shape == (4, 4, 6, 3, 8)


class _Served:
    """The endpoints of an untrained detector, as a SavedModel has them."""

    def __init__(self):
        tf.random.set_seed(0)
        net = models.yolo_detector(ANCHORS, 3, input_shape=(64, 96, 3), network="slim")
        self.net = net
        self.signatures = {
            name: tf.function(function, input_signature=signature)
            for name, (function, signature) in model.endpoints(net, ASSETS).items()
        }


@pytest.fixture(scope="module")
def served():
    return _Served()


def test_boxes_are_in_pixels_of_the_original(served):
    picture = scenes.scene(0, 1)[0]
    small, large = (
        served.signatures["serving_default"](image_bytes=tf.constant([_file(each)]))
        for each in (picture, picture.repeat(2, 0).repeat(3, 1))
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


def test_a_picture_has_the_same_boxes_in_any_batch(served):
    files = [_file(scenes.scene(number, 1)[0]) for number in range(3)]
    together = served.signatures["serving_default"](image_bytes=tf.constant(files))
    alone = served.signatures["serving_default"](image_bytes=tf.constant(files[1:2]))
    for name in ("boxes", "scores"):
        np.testing.assert_allclose(together[name][1], alone[name][0], rtol=1e-3, atol=1e-3)


def test_predict_answers_every_file_of_its_own(served, tmp_path):
    picture = scenes.scene(0, 1)[0]
    files = {
        "grey.png": _file(picture, mode="L"),
        "rgba.png": _file(picture, mode="RGBA"),
        "cmyk.jpg": _file(picture, "JPEG", "CMYK"),
        "dot.png": _file(picture[:1, :1]),
        "broken.jpg": _file(picture, "JPEG")[:700],
        "empty.jpg": b"",
        "text.jpg": b"\x1b[31mno picture",
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    inputs = [str(tmp_path / name).encode() for name in [*files, "nowhere\x1b.png", ""]]
    config = Config(threshold=0.0, pictures=str(tmp_path / "found"))
    lines = list(answers.lines(served, iter([inputs]), config))[0]
    assert len(lines) == 9
    read = [json.loads(line.split("\t")[1]) for line in lines]
    for place, name in enumerate(files):
        assert name in lines[place]
        if place < 4:
            expected = (1, 1) if name == "dot.png" else picture.shape[:2]
            assert (read[place]["height"], read[place]["width"]) == expected
            with Image.open(read[place]["picture"]) as drawn:
                assert drawn.size == expected[::-1]
        else:
            assert list(read[place]) == ["error"] and "\n" not in lines[place]
    assert not any("\x1b" in line for line in lines)
    assert read[7]["error"] == "No such file or directory"


def test_scores_of_perfect_answers_are_one():
    config = Config(examples=15, split="validation")
    part = sources.read(config, "validation")
    found = []
    for some, labels in zip(part.boxes, part.labels, strict=True):
        pixels = some * [scenes.HEIGHT, scenes.WIDTH, scenes.HEIGHT, scenes.WIDTH]
        found.append(
            {
                "boxes": pixels.astype("float32"),
                "scores": np.full(len(labels), 0.9, "float32"),
                "classes": labels,
                "valid": len(labels),
            }
        )
    assert report.scores(part, found)["ap50"] == 1.0
    assert report.scores(part, found, 1)["ap50"] == 1.0
    found[0]["classes"] = (found[0]["classes"] + 1) % 3
    assert report.scores(part, found)["ap50"] < 1.0


def test_pictures_of_one_name_do_not_write_over_each_other(served, tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "cell.png").write_bytes(_file(scenes.scene(0, 1)[0]))
    inputs = [str(tmp_path / folder / "cell.png").encode() for folder in ("one", "two")]
    config = Config(pictures=str(tmp_path / "found"))
    lines = list(answers.lines(served, iter([inputs]), config))[0]
    written = [json.loads(line.split("\t")[1])["picture"].rsplit("/")[-1] for line in lines]
    assert written == ["cell.png", "cell_2.png"]


def test_a_large_picture_is_drawn_smaller():
    found = {"boxes": np.array([[400.0, 300.0, 2000.0, 2900.0]]), "scores": np.array([0.9])}
    found |= {"classes": np.array([1]), "labels": np.array([b"cell"])}
    drawn = answers.drawn(np.zeros((2400, 3000, 3), "uint8"), found)
    file = io.BytesIO()
    drawn.savefig(file, format="png")
    with Image.open(file) as picture:
        assert picture.size == (1500, 1200)
        rows, columns = np.nonzero(np.asarray(picture.convert("L")) > 60)
    assert columns.min() >= 145 and columns.max() <= 1455 and rows.max() <= 1005


def test_data_with_other_classes_than_the_model_are_refused():
    part = _part([b""], [[[0, 0, 1, 1]]], [[0]], ["cat", "dog"])
    for number, label in ((0, b"disc"), (2, b"triangle")):
        found = [{"classes": np.array([number, -1]), "labels": np.array([label, b""])}]
        with pytest.raises(ValueError, match=f"the model found '{label.decode()}' as number"):
            report._check_classes(found, part, Config())


@pytest.mark.parametrize(
    "flags, message",
    [
        (["--height", "100"], "--height must be a positive multiple of 16. Received 100"),
        (["--threshold", "2"], "--threshold must be from 0 to 1. Received 2"),
        (["--ignore-iou", "0"], "--ignore-iou must be above 0 and at most 1. Received 0"),
        (["--anchors", "0"], "--anchors must be at least 1"),
        (["--data", "nowhere"], "Received nowhere, which is not there"),
    ],
)
def test_wrong_flags_are_named(flags, message, capsys, tmp_path):
    assert main(["detection", "train", "--run", str(tmp_path / "run"), *flags]) == 2
    assert message in capsys.readouterr().err
