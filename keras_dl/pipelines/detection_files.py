"""Reads images with boxes from directories as labeling tools write them."""

import dataclasses
import functools
import os
import pathlib
import re

import numpy as np

from keras_dl.pipelines.coco_files import read_coco
from keras_dl.pipelines.detection_dataset import DetectionDataset
from keras_dl.pipelines.image_files import ENDINGS
from keras_dl.pipelines.text_files import read_lines
from keras_dl.pipelines.voc_files import read_voc
from keras_dl.pipelines.yolo_files import read_yolo

PARTS = ("train", "validation", "test")
_PART_NAMES = {"train": "train", "test": "test"} | dict.fromkeys(
    ("val", "valid", "validation"), "validation"
)


def read_detection_files(path: str | os.PathLike[str]) -> dict[str, DetectionDataset]:
    """Reads images with boxes from files of VOC, COCO or YOLO, with their own parts.

    The parts are those that the files say, in any of these ways: directories `train`, `valid` (or
    `val`) and `test`, also below `images` and `labels`; files such as `instances_train.json`, also
    in `annotations`; lists such as `ImageSets/Main/train.txt`. This is how Roboflow, CVAT, COCO,
    VOC, labelImg and YOLO write them. See `read_voc`, `read_coco` and `read_yolo`.

    Args:
        path: str or `pathlib.Path`. A directory, a JSON file of COCO, or a `data.yaml` of YOLO,
            whose directory is then read.

    Returns:
        dict from `"train"`, `"validation"` and `"test"`, those that there are, to
        `DetectionDataset`s with the same classes. If the files do not say parts, the only key is
        `"all"`.

    Raises:
        ValueError: if there are no annotations, or none can be used.
        FileNotFoundError: if `path` or all images do not exist.

    Warns:
        UserWarning: if annotations cannot be used.
    """
    path = pathlib.Path(path)
    if path.suffix.lower() in (".yaml", ".yml"):
        path = path.parent
    if path.is_file():
        return {"all": read_coco(path)}
    found = {
        _PART_NAMES[each.name.lower()]: read()
        for each in sorted(path.iterdir())
        if each.name.lower() in _PART_NAMES and each.is_dir() and (read := _reader(each))
    }
    found = found or _of_json_files(path) or _of_yolo_parts(path) or _of_voc_lists(path)
    if not found and (read := _reader(path)):
        found = {"all": read()}
    if not found:
        raise ValueError(
            "read_detection_files: path must have XML files of VOC, a JSON file of COCO, or text "
            f"files of YOLO, with their images. Received {path} without them. Pass the directory "
            "that your labeling tool wrote."
        )
    return _with_same_classes(found)


def _reader(directory):
    """Returns the function that reads a directory without parts, or None without annotations."""
    if _names(directory, (".xml",)) or _names(directory / "Annotations", (".xml",)):
        return lambda: read_voc(directory)
    for images, labels in (("images", "labels"), ("obj_train_data",) * 2, ("", "")):
        image_dir, label_dir = directory / images, directory / labels
        if _names(image_dir, ENDINGS) & _names(label_dir, (".txt",)):
            return functools.partial(read_yolo, image_dir, label_dir)
    if json_files := _json_files(directory):
        return lambda: read_coco(json_files[0])
    return None


def _names(directory, endings):
    """Returns the names, without endings, of the files of a directory with one of the endings."""
    files = directory.iterdir() if directory.is_dir() else ()
    return {
        each.stem
        for each in files
        if each.suffix.lower() in endings and not each.name.startswith(".")
    }


def _json_files(directory):
    """Returns the JSON files of a directory; of COCO's own those with boxes."""
    for each in (directory, directory / "annotations"):
        files = sorted(file for file in each.glob("*.json") if not file.name.startswith("."))
        if files:
            return [file for file in files if file.name.startswith("instances")] or files
    return []


def _of_json_files(directory):
    names = "|".join(_PART_NAMES)
    found = {}
    for file in _json_files(directory):
        if match := re.search(rf"(?:^|[_-])({names})\d*(?:\.coco)?$", file.stem.lower()):
            found[_PART_NAMES[match[1]]] = read_coco(file)
    return found


def _of_yolo_parts(directory):
    images, labels = directory / "images", directory / "labels"
    return {
        part: read_yolo(images / name, labels / name)
        for name, part in _PART_NAMES.items()
        if (images / name).is_dir() and (labels / name).is_dir()
    }


def _of_voc_lists(directory):
    lists = directory / "ImageSets" / "Main"
    stems = {
        part: {line.split()[0] for line in read_lines(lists / f"{name}.txt") if line.strip()}
        for name, part in _PART_NAMES.items()
        if (lists / f"{name}.txt").is_file()
    }
    if not stems:
        return {}
    whole = read_voc(directory)
    found = {}
    for part, names in stems.items():
        rows = [row for row, name in enumerate(whole.paths) if pathlib.Path(name).stem in names]
        lists_of = {
            field: [getattr(whole, field)[row] for row in rows]
            for field in ("paths", "boxes", "labels", "crowd")
        }
        found[part] = dataclasses.replace(whole, **lists_of)
    return found


def _with_same_classes(found):
    """Returns data sets whose labels are indices into the classes of all of them."""
    classes = list(dict.fromkeys(name for each in found.values() for name in each.classes))
    same = {}
    for part, each in found.items():
        numbers = np.array([classes.index(name) for name in each.classes], "int32")
        labels = [numbers[label] for label in each.labels]
        same[part] = dataclasses.replace(each, labels=labels, classes=classes)
    return same
