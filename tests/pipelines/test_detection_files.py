"""Directories as labeling tools write them, in each of which the same boxes are found."""

import json

import numpy as np
import pytest
from PIL import Image

from keras_dl.pipelines import read_detection_files, read_yolo

ALL = {"all": ["a", "b", "c"]}
OWN = {"train": ["a"], "validation": ["b"], "test": ["c"]}
BOX = [0.25, 0.1, 0.75, 0.3]  # of the one object, a dog
XML = (
    "<annotation><filename>{}.png</filename><object><name>dog</name><bndbox><xmin>5</xmin>"
    "<ymin>10</ymin><xmax>15</xmax><ymax>30</ymax></bndbox></object></annotation>"
)


def _coco(path, names, prefix=""):
    images = [{"id": each, "file_name": f"{prefix}{name}.png"} for each, name in enumerate(names)]
    boxes = [{"image_id": each["id"], "category_id": 3, "bbox": [5, 10, 10, 20]} for each in images]
    categories = [{"id": 3, "name": "dog"}, {"id": 8, "name": "cat"}]
    if path.name.startswith("_"):  # Roboflow's first category is the project
        for each in categories:
            each["supercategory"] = "pets"
        categories.insert(0, {"id": 0, "name": "pets", "supercategory": "none"})
    content = {"images": images, "annotations": boxes, "categories": categories}
    path.write_text(json.dumps(content))


TREES = {  # from a kind to its parts, its other files, and where images and annotations are
    "labelImg VOC": (ALL, {}, "{}.png", "{}.xml"),
    "labelImg YOLO": (ALL, {"classes.txt": "cat\ndog\n"}, "{}.png", "{}.txt"),
    "CVAT VOC": (
        ALL,
        {"ImageSets/Main/default.txt": "a\nb\nc\n", "labelmap.txt": "dog:1,2,3::\n"},
        "JPEGImages/{}.png",
        "Annotations/{}.xml",
    ),
    "VOC with lists": (
        OWN,
        {
            f"ImageSets/Main/{part}.txt": f"{name}  1\n"
            for part, name in zip(("train", "val", "test"), "abc", strict=True)
        },
        "JPEGImages/{}.png",
        "Annotations/{}.xml",
    ),
    "CVAT VOC of a project": (
        {"train": ["a 1"], "validation": ["a", "b 2"], "test": ["c"]},
        {
            f"ImageSets/Main/{part}.txt": line
            for part, line in (("Train", '"a 1"\n'), ("Validation", "a\nb 2\n"), ("Test", "c -1\n"))
        },
        "JPEGImages/{}.png",
        "Annotations/{}.xml",
    ),
    "VOC of others": (ALL, {}, "Images/{}.png", "annotations/{}.xml"),
    "CVAT YOLO": (
        ALL,
        {"obj.names": "cat\ndog\n", "train.txt": "data/obj_train_data/a.png\n"},
        "obj_train_data/{}.png",
        "obj_train_data/{}.txt",
    ),
    "CVAT YOLO of a project": (
        OWN,
        {"obj.names": "cat\ndog\n"},
        "obj_{part}_data/{}.png",
        "obj_{part}_data/{}.txt",
    ),
    "CVAT COCO": (ALL, {}, "images/{}.png", "annotations/instances_default.json"),
    "COCO": (OWN, {}, "{part}2017/{}.png", "annotations/instances_{part}2017.json"),
    "Roboflow COCO": (OWN, {}, "{part}/{}.png", "{part}/_annotations.coco.json"),
    "Roboflow VOC": (OWN, {}, "{part}/{}.png", "{part}/{}.xml"),
    "Roboflow YOLO": (
        OWN,
        {"data.yaml": "train: ../train/images\n\nnc: 2\nnames: ['cat', \"dog\"]\n"},
        "{part}/images/{}.png",
        "{part}/labels/{}.txt",
    ),
    "YOLO": (
        OWN,
        {"data.yaml": "path: .\nnames:\n  0: cat  \n  1: dog\n"},
        "images/{part}/{}.png",
        "labels/{part}/{}.txt",
    ),
    "Ultralytics": (
        OWN,
        {
            "shapes.yaml": "# data\npath: ../shapes\ntrain: images/Train  # here\n\nnames:\n"
            "  # two\n  0: cat # a\n\n  1: 'dog'\n"
        },
        "images/{part}/{}.png",
        "labels/{part}/{}.txt",
    ),
    "Label Studio YOLO": (
        ALL,
        {"classes.txt": "cat\ndog", "notes.json": '{"categories": []}'},
        "images/{}.png",
        "labels/{}.txt",
    ),
    "Label Studio COCO": (ALL, {}, "images/{}.png", "result.json"),
}
CAPITAL = ("Ultralytics", "CVAT YOLO of a project")


@pytest.mark.parametrize("kind", TREES)
def test_every_tool_has_the_same_boxes(kind, tmp_path):
    parts, others, images, annotations = TREES[kind]
    for path, text in others.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    own = {"train": "train", "validation": "valid" if "Roboflow" in kind else "val", "test": "test"}
    if kind in CAPITAL:
        own = {part: part.capitalize() for part in own}
    for part, names in parts.items():
        for name in names:
            image, annotation = (
                tmp_path / each.format(name, part=own.get(part)) for each in (images, annotations)
            )
            image.parent.mkdir(parents=True, exist_ok=True)
            annotation.parent.mkdir(parents=True, exist_ok=True)
            Image.new("L", (50, 40)).save(image)
            if annotation.suffix == ".xml":
                annotation.write_text(XML.format(name))
            elif annotation.suffix == ".txt":
                annotation.write_text("1 0.2 0.5 0.2 0.5\n")
        if annotation.suffix == ".json":
            _coco(annotation, names, "images\\" if kind == "Label Studio COCO" else "")
    found = read_detection_files(tmp_path)
    assert sorted(found) == sorted(parts)
    for part, each in found.items():
        stems = [path.rpartition("/")[2].removesuffix(".png") for path in each.paths]
        assert stems == parts[part]
        assert {"dog"} <= {*each.classes} <= {"dog", "cat"}
        for boxes, labels in zip(each.boxes, each.labels, strict=True):
            np.testing.assert_allclose(boxes, [BOX])
            assert [each.classes[label] for label in labels] == ["dog"]


def test_the_names_in_a_yaml_file_that_is_given(tmp_path):
    Image.new("L", (50, 40)).save(tmp_path / "a.png")
    (tmp_path / "a.txt").write_text("2 0.5 0.5 1 1\n")
    for text in (
        "[cat, 'a dog', # three\n  \"cow\"]",
        "{0: cat, 2: cow, 1: a dog}",
        "\n- cat\n- a dog\n- cow\nval: b",
        "\n  1: a dog\n  2: cow\n  0: cat",
    ):
        (tmp_path / "own.yaml").write_text(f"train: .\nnames: {text}\n")
        (tmp_path / "another.yaml").write_text("train: .\nnames: [bat, rat, ant]\n")
        found = read_detection_files(tmp_path / "own.yaml")["all"]
        assert found.classes == ["cat", "a dog", "cow"] and found.labels[0].tolist() == [2]
    (tmp_path / "own.yaml").write_text("train: .\nnames: {1: dog, 2: cow}\n")
    assert read_detection_files(tmp_path / "own.yaml")["all"].classes == ["0", "dog", "cow"]
    (tmp_path / "another.yaml").write_text("names: [not, of, yolo]\n")
    assert read_detection_files(tmp_path)["all"].classes == ["0", "dog", "cow"]


def test_a_text_file_without_its_image_is_named(tmp_path):
    Image.new("L", (50, 40)).save(tmp_path / "a.png")
    (tmp_path / "classes.txt").write_text("cat\n")
    for name in "ab":
        (tmp_path / f"{name}.txt").write_text("0 0.5 0.5 1 1\n")
    with pytest.warns(UserWarning, match=r"Received 1 that are not.*\n.*b\.txt: its image must"):
        assert len(read_yolo(tmp_path).paths) == 1


def test_of_several_json_files_none_is_read_silently(tmp_path):
    Image.new("L", (50, 40)).save(tmp_path / "a.png")
    for name in ("instances_monday", "instances_default"):
        _coco(tmp_path / f"{name}.json", ["a"])
    with pytest.raises(ValueError, match=r"of several JSON files, each .*default.json, .*monday"):
        read_detection_files(tmp_path)
    (tmp_path / "instances_monday.json").rename(tmp_path / "instances_Train.json")
    with pytest.warns(UserWarning, match=r"Received \S*default\.json, which are ignored"):
        assert list(read_detection_files(tmp_path)) == ["train"]


def test_an_image_that_cannot_be_opened_ends_nothing(tmp_path):
    Image.new("L", (50, 40)).save(tmp_path / "a.png")
    _coco(tmp_path / "boxes.json", ["a", "x" * 300])  # a name longer than file systems allow
    with pytest.warns(UserWarning, match="File name too long"):
        assert len(read_detection_files(tmp_path)["all"].paths) == 1


def test_a_directory_without_annotations(tmp_path):
    Image.new("L", (50, 40)).save(tmp_path / "a.png")
    with pytest.raises(ValueError, match="path must have XML files of VOC, a JSON file of COCO"):
        read_detection_files(tmp_path)


@pytest.mark.parametrize(
    ("line", "box"),
    [
        ("0 0.5 0.5 1 1", [0, 0, 1, 1]),
        ("0 0.1 0.2 0.5 0.2 0.3 0.8", [0.2, 0.1, 0.8, 0.5]),  # a triangle
        ("0 0.5 0.5 1", "a line must be a class with x, y, width and height"),
        ("1 0.5 0.5 1 1", "a class must be an index from 0, of the classes cat"),
        ("0 20 30 8 9", "boxes must be fractions"),
    ],
)
def test_lines_of_yolo(tmp_path, line, box):
    Image.new("L", (50, 40)).save(tmp_path / "a.png")
    Image.new("L", (50, 40)).save(tmp_path / "b.png")
    (tmp_path / "a.txt").write_text(f"\n{line}\n")
    if isinstance(box, str):
        with pytest.warns(UserWarning, match=rf"a\.txt, line 2: {box}"):
            assert len(read_yolo(tmp_path, classes=["cat"]).paths) == 1
    else:
        found = read_yolo(tmp_path, classes=["cat"])
        np.testing.assert_allclose(found.boxes[0], [box], atol=1e-6)
        assert not len(found.boxes[1])
