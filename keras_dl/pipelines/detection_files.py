"""Reads images with boxes from directories as labeling tools write them."""

import dataclasses
import functools
import os
import pathlib
import re
import warnings

import numpy as np

from keras_dl.pipelines.coco_files import read_coco
from keras_dl.pipelines.detection_dataset import DetectionDataset
from keras_dl.pipelines.image_files import ENDINGS
from keras_dl.pipelines.text_files import read_lines
from keras_dl.pipelines.voc_files import read_voc, subdirectory
from keras_dl.pipelines.yolo_files import names_of_yaml, read_yolo

PARTS = ("train", "validation", "test")
_ONE_JSON = "of several JSON files, each must have the name of a part, such as instances_train.json"
_PART_NAMES = {"train": "train", "test": "test"} | dict.fromkeys(
    ("val", "valid", "validation"), "validation"
)


def read_detection_files(path: str | os.PathLike[str]) -> dict[str, DetectionDataset]:
    """Reads images with boxes from files of VOC, COCO or YOLO, with their own parts.

    The parts are those that the files say, in any of these ways: directories `train`, `valid` (or
    `val`) and `test`, also below `images` and `labels`, or such as `obj_Train_data`; files such as
    `instances_train.json`, also in `annotations`; lists such as `ImageSets/Main/train.txt`. Upper
    and lower case are equal. This is how Roboflow, CVAT, COCO, VOC, labelImg, Label Studio and YOLO
    write them. See `read_voc`, `read_coco` and `read_yolo`.

    Args:
        path: str or `pathlib.Path`. A directory, a JSON file of COCO, or a YAML file of YOLO, whose
            directory is then read, with the classes that the file names.

    Returns:
        dict from `"train"`, `"validation"` and `"test"`, those that there are, to
        `DetectionDataset`s with the same classes. If the files do not say parts, the only key is
        `"all"`.

    Raises:
        ValueError: if there are no annotations, none can be used, or several JSON files say no
            parts.
        FileNotFoundError: if `path` or all images do not exist.

    Warns:
        UserWarning: if annotations cannot be used.
    """
    path, classes = pathlib.Path(path), None
    if path.suffix.lower() in (".yaml", ".yml"):
        path, classes = path.parent, names_of_yaml(path) or None
    if path.is_file():
        return {"all": read_coco(path)}
    found = {
        _PART_NAMES[each.name.lower()]: read()
        for each in sorted(path.iterdir())
        if each.name.lower() in _PART_NAMES and each.is_dir() and (read := _reader(each, classes))
    }
    found = found or _of_json_files(path) or _of_yolo_parts(path, classes) or _of_voc_lists(path)
    if not found and (read := _reader(path, classes)):
        found = {"all": read()}
    if not found:
        raise ValueError(
            "read_detection_files: path must have XML files of VOC, a JSON file of COCO, or text "
            f"files of YOLO, with their images. Received {path} without them. Pass the directory "
            "that your labeling tool wrote."
        )
    return _with_same_classes(found)


def _reader(directory, classes=None):
    """Returns the function that reads a directory without parts, or None without annotations."""
    xml_dirs = directory, subdirectory(directory, "annotations")
    if any(each and _names(each, (".xml",)) for each in xml_dirs):
        return lambda: read_voc(directory)
    for images, labels in (("images", "labels"), ("obj_train_data",) * 2, ("", "")):
        image_dir, label_dir = directory / images, directory / labels
        if _names(image_dir, ENDINGS) & _names(label_dir, (".txt",)):
            return functools.partial(read_yolo, image_dir, label_dir, classes)
    if json_files := _json_files(directory):
        return functools.partial(_read_only_one, json_files)
    return None


def _read_only_one(json_files):
    if len(json_files) > 1:
        raise ValueError(
            f"read_detection_files: {_ONE_JSON}. Received {', '.join(map(str, json_files))}. "
            "Rename or join them, or pass one of them."
        )
    return read_coco(json_files[0])


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
    names, files = "|".join(_PART_NAMES), _json_files(directory)
    found = {}
    for file in files:
        if match := re.search(rf"(?:^|[_-])({names})\d*(?:\.coco)?$", file.stem.lower()):
            found[_PART_NAMES[match[1]]] = file
    if found and (others := [str(each) for each in files if each not in found.values()]):
        warnings.warn(
            f"{_ONE_JSON}. Received {', '.join(others)}, which are ignored. Rename or join them.",
            stacklevel=3,
        )
    return {part: read_coco(file) for part, file in found.items()}


def _of_yolo_parts(directory, classes):
    images, labels = directory / "images", directory / "labels"
    found = {
        _PART_NAMES[each.name.lower()]: (each, labels / each.name)
        for each in (sorted(images.iterdir()) if images.is_dir() else ())
        if each.name.lower() in _PART_NAMES and (labels / each.name).is_dir()
    }
    # CVAT has obj_train_data for all images if they have no parts.
    if len(of_cvat := _cvat_parts(directory)) > 1:
        found = {part: (each, each) for part, each in of_cvat.items()}
    return {part: read_yolo(*each, classes) for part, each in found.items()}


def _cvat_parts(directory):
    names = {f"obj_{name}_data": part for name, part in _PART_NAMES.items()}
    return {
        names[each.name.lower()]: each
        for each in sorted(directory.iterdir())
        if each.name.lower() in names and each.is_dir()
    }


def _of_voc_lists(directory):
    lists = (directory / "ImageSets" / "Main").glob("*.txt")
    listed = {
        _PART_NAMES[each.stem.lower()]: [line.strip() for line in read_lines(each)]
        for each in sorted(lists)
        if each.stem.lower() in _PART_NAMES
    }
    if not listed:
        return {}
    whole = read_voc(directory)
    stems = [pathlib.Path(name).stem for name in whole.paths]
    found = {}
    for part, lines in listed.items():
        names = _listed_names(lines, set(stems))
        rows = [row for row, stem in enumerate(stems) if stem in names]
        lists_of = {
            field: [getattr(whole, field)[row] for row in rows]
            for field in ("paths", "boxes", "labels", "crowd")
        }
        found[part] = dataclasses.replace(whole, **lists_of)
    return found


def _listed_names(lines, stems):
    """Returns the names in the lines of a list: `name`, `"name"` (CVAT), or `name 1` (VOC)."""
    return {
        name if (name := line.strip('"')) in stems else re.sub(r"\s+-?[01]$", "", line).strip('"')
        for line in lines
    }


def _with_same_classes(found):
    """Returns data sets whose labels are indices into the classes of all of them."""
    classes = list(dict.fromkeys(name for each in found.values() for name in each.classes))
    same = {}
    for part, each in found.items():
        numbers = np.array([classes.index(name) for name in each.classes], "int32")
        labels = [numbers[label] for label in each.labels]
        same[part] = dataclasses.replace(each, labels=labels, classes=classes)
    return same
