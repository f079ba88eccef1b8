import json

import numpy as np
import pytest
import tensorflow as tf
from pycocotools.coco import COCO

from keras_dl.pipelines import read_coco

IMAGES = [
    {"id": 30, "file_name": "b.jpg", "height": 100, "width": 200},
    {"id": 4, "file_name": "a.jpg", "height": 40, "width": 10},
    {"id": 5, "file_name": "c.jpg", "height": 7, "width": 9},
]
CATEGORIES = [
    {"id": 90, "name": "zebra"},
    {"id": 7, "name": "dog", "supercategory": "animal"},
    {"id": 0, "name": "cat"},
]
ANNOTATIONS = [
    {"id": 1, "image_id": 4, "category_id": 90, "bbox": [1, 2, 5.5, 20], "iscrowd": 0},
    {"id": 2, "image_id": 30, "category_id": 0, "bbox": [20, 10, 100, 50], "iscrowd": 1},
    {"id": 3, "image_id": 4, "category_id": 7, "bbox": [0, 0, 10, 40]},
]


@pytest.fixture
def write(tmp_path):
    """Writes a file with three images; what is given takes the place of its lists."""

    def write(**changes):
        for image in IMAGES:
            (tmp_path / image["file_name"]).write_bytes(b"")
        data = {"images": IMAGES, "categories": CATEGORIES, "annotations": ANNOTATIONS, **changes}
        path = tmp_path / "boxes.json"
        path.write_text(json.dumps(data))
        return path

    return write


def test_equal_to_pycocotools(write):
    path = write()
    found = read_coco(str(path))
    coco = COCO(path)
    ids = sorted(coco.getCatIds())
    assert found.classes == [coco.cats[number]["name"] for number in ids] == ["cat", "dog", "zebra"]
    assert len(found.paths) == 3
    for index, (number, image) in enumerate(coco.imgs.items()):
        assert found.paths[index] == str(path.parent / image["file_name"])
        expected = coco.loadAnns(coco.getAnnIds(number))
        assert len(found.boxes[index]) == len(expected)
        height, width = image["height"], image["width"]
        for box, label, crowd, entry in zip(
            found.boxes[index], found.labels[index], found.crowd[index], expected, strict=True
        ):
            left, top, across, down = entry["bbox"]
            pixels = [top, left, top + down, left + across]
            np.testing.assert_allclose(box * [height, width, height, width], pixels, rtol=1e-6)
            assert ids[label] == entry["category_id"]
            assert crowd == entry.get("iscrowd", 0)


def test_images_without_boxes_are_kept(write):
    found = read_coco(write(annotations=[]))
    assert [boxes.shape for boxes in found.boxes] == [(0, 4)] * 3
    assert {boxes.dtype for boxes in found.boxes} == {np.dtype("float32")}
    assert {labels.dtype for labels in found.labels} == {np.dtype("int32")}
    assert {crowd.dtype for crowd in found.crowd} == {np.dtype(bool)}


def test_the_order_of_given_classes_counts(write):
    """What no box has, the file's category as well as the caller's class, does no harm."""
    classes = ["zebra", "bird", "cat", "dog"]
    categories = [*CATEGORIES, {"id": 1, "name": "all"}]
    found = read_coco(write(categories=categories), classes=classes)
    assert found.classes == classes
    assert [labels.tolist() for labels in found.labels] == [[2], [0, 3], []]


def test_where_the_images_lie(write, monkeypatch):
    path = write()
    folder = path.parent
    for index in ("images", "elsewhere"):
        (folder / index).mkdir()
        for image in IMAGES:
            (folder / index / image["file_name"]).write_bytes(b"")
    assert read_coco(path, image_dir=folder / "elsewhere").paths[1].endswith("elsewhere/a.jpg")
    assert read_coco(path).paths[0] == str(folder / "b.jpg")
    (folder / "b.jpg").unlink()
    assert read_coco(path).paths[0] == str(folder / "images" / "b.jpg")
    (folder / "images" / "b.jpg").unlink()
    missing = r"boxes\.json: .*b\.jpg.*images/b\.jpg.*not"
    with pytest.warns(UserWarning, match=missing):
        assert read_coco(path).paths == [str(folder / "a.jpg"), str(folder / "c.jpg")]
    for index in (folder, folder / "images"):
        (index / "a.jpg").unlink()
        (index / "c.jpg").unlink()
    with pytest.raises(FileNotFoundError, match=missing):
        read_coco(path)
    with pytest.raises(FileNotFoundError, match=r"nowhere/b\.jpg, which"):
        read_coco(path, image_dir=folder / "nowhere")
    monkeypatch.chdir(folder / "elsewhere")
    assert read_coco(path).paths[0] == "b.jpg"


def test_a_size_that_is_not_told_is_that_of_the_image(write):
    images = [{"id": 30, "file_name": "b.jpg", "height": None}, IMAGES[1]]
    path = write(images=images)
    with pytest.warns(UserWarning, match=r"b\.jpg: the image.*Received height None, width None"):
        assert read_coco(path).paths == [str(path.parent / "a.jpg")]
    image = tf.io.encode_png(np.zeros((50, 400, 3), "uint8")).numpy()
    (path.parent / "b.jpg").write_bytes(image)
    np.testing.assert_allclose(read_coco(path).boxes[0], [[0.2, 0.05, 1, 0.3]], rtol=1e-6)


def test_boxes_outside_are_cut_or_dropped_with_one_warning(write):
    boxes = [[-20, 50, 120, 51], [200, 0, 5, 5], [20, 10, -5, 5], [0, 0, 0, 0]]
    entries = [{"image_id": 30, "category_id": 7, "bbox": box} for box in boxes]
    path = write(annotations=[*ANNOTATIONS, *entries])
    with pytest.warns(UserWarning, match=r"Received 3 boxes with no area, .*b\.jpg\.") as caught:
        found = read_coco(path)
    assert len(caught) == 1 and caught[0].filename == __file__
    np.testing.assert_allclose(found.boxes[0], [[0.1, 0.1, 0.6, 0.6], [0.5, 0, 1, 0.5]], rtol=1e-6)
    assert found.labels[0].tolist() == [0, 1] and found.crowd[0].tolist() == [True, False]


def without(entry, key):
    return {name: value for name, value in entry.items() if name != key}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"images": None}, r"boxes\.json, images: value must be a list. Received NoneType"),
        ({"annotations": {}}, r"boxes\.json, annotations: .*Received dict"),
        (
            {"categories": [without(CATEGORIES[0], "name")]},
            r"categories\[0\]: 'name' must be of type str",
        ),
        ({"images": ["a.jpg"]}, r"images\[0\]: 'id' must be of type int"),
        (
            {"images": [*IMAGES, IMAGES[0]]},
            r"images: each id.*Received 4 entries with 3 different ids",
        ),
    ],
)
def test_errors_name_the_file_and_the_entry(write, changes, message):
    with pytest.raises(ValueError, match=message):
        read_coco(write(**changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"images": [*IMAGES, without(IMAGES[0], "id")]}, r"images\[3\]: 'id' .*int \| str.*None"),
        (
            {"annotations": [without(ANNOTATIONS[0], "bbox")]},
            r"annotations\[0\]: 'bbox' must be of type list",
        ),
        (
            {"annotations": [{**ANNOTATIONS[0], "image_id": 31}]},
            r"\[0\]: its image_id.*Received 31",
        ),
        (
            {"annotations": [ANNOTATIONS[0], {**ANNOTATIONS[0], "category_id": 1}]},
            r"boxes\.json, annotations\[1\]: its category_id must be.*Received 1\.",
        ),
        ({"annotations": [{**ANNOTATIONS[0], "bbox": [1, 2, 3]}]}, r"four numbers.*\[1, 2, 3\]"),
        ({"annotations": [{**ANNOTATIONS[0], "bbox": [1, 2, "x", 4]}]}, r"\[1, 2, 'x', 4\]"),
        ({"annotations": [{**ANNOTATIONS[0], "bbox": [1, 2, np.nan, 4]}]}, r"\[1, 2, nan, 4\]"),
        ({"annotations": [{**ANNOTATIONS[0], "bbox": [1, 2, 10**400, 4]}]}, r"four numbers"),
        ({"annotations": [{**ANNOTATIONS[0], "bbox": [0.1, 0.2, 0.5, 0.4]}]}, "only fractions"),
        ({"annotations": [{**ANNOTATIONS[0], "image_id": [4]}]}, r"'image_id' must be of type"),
    ],
)
def test_one_bad_entry_costs_at_most_its_image(write, changes, message):
    with pytest.warns(UserWarning, match=message) as caught:
        found = read_coco(write(**changes))
    assert len(caught) == 1 and caught[0].filename == __file__
    (first, *_) = changes.get("annotations", [{}])
    assert len(found.paths) == (2 if first.get("image_id") == 4 else 3)


def test_categories_of_one_name_are_one_class(write):
    categories = [*CATEGORIES, {"id": 91, "name": " dog"}, {"id": 1, "name": "dog"}]
    found = read_coco(write(categories=categories))
    assert found.classes == ["cat", "dog", "zebra"]


@pytest.mark.parametrize(
    ("annotations", "images"),
    [
        ("annotations/instances_default.json", "images"),
        ("annotations/instances_train2017.json", "train2017"),
        ("annotations/instances_train.json", "images/train"),
        ("train/_annotations.coco.json", "train"),
    ],
)
def test_folders_as_tools_write_them(write, annotations, images):
    path = write()
    target = path.parent / annotations
    target.parent.mkdir()
    (path.parent / images).mkdir(parents=True, exist_ok=True)
    path.rename(target)
    for image in IMAGES:
        name = image["file_name"]
        (path.parent / name).rename(path.parent / images / name)
    assert read_coco(target).paths[1] == str(path.parent / images / "a.jpg")


def test_a_class_that_the_classes_do_not_have(write):
    message = r"boxes\.json, annotations\[2\]: its class.*Received 'dog' with classes zebra, cat\."
    with pytest.warns(UserWarning, match=message):
        assert len(read_coco(write(), classes=["zebra", "cat"]).paths) == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"images": [],\n "a" 3}', r"a\.json, line 2, column 6: the file must be JSON"),
        (b"", r"a\.json, line 1, column 1: "),
        (b'{"images\xff": []}', r"a\.json: the file must be JSON. Received .*0xff"),
        (b"[" * 100_000, r"a\.json: the file must be JSON. Received .*recursion"),
        (b"[]", r"a\.json, images: value must be a list"),
    ],
)
def test_files_that_are_no_json(tmp_path, content, message):
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_coco(tmp_path / "a.json")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read_coco(tmp_path / "nowhere.json")
