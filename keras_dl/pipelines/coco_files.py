"""Reads images with boxes from a JSON file in COCO format."""

import json
import os
import pathlib
from collections.abc import Sequence

from keras_dl.pipelines.detection_dataset import (
    DetectionDataset,
    boxed_images,
    finite_numbers,
    image_size,
)
from keras_dl.pipelines.text_files import line_error

# Required keys of the entries of each list. Names may repeat, IDs may have gaps.
_KEYS = {
    "images": {"id": int | str, "file_name": str},
    "annotations": {"image_id": int | str, "category_id": int, "bbox": list},
    "categories": {"id": int, "name": str},
}


def read_coco(
    path: str | os.PathLike[str],
    image_dir: str | os.PathLike[str] | None = None,
    classes: Sequence[str] | None = None,
) -> DetectionDataset:
    """Reads images and their boxes from a JSON file in COCO format.

    The key `bbox` contains a box as (left, top, width, height) in pixels. Segmentations are
    ignored. Boxes are clipped to the image. Images without a box are kept.

    Args:
        path: str or `pathlib.Path` of the JSON file.
        image_dir: str or `pathlib.Path`. Directory of the images. None searches the directory of
            the JSON file, then its subdirectory `images`, then the working directory.
        classes: list of str, the classes in the order of their labels. None uses the categories of
            the file in the order of their IDs. Labels have no gaps: label 0 is the category with
            the lowest ID.

    Returns:
        `DetectionDataset` in the order of the file's `images`. Boxes with `iscrowd` 1 are crowds.

    Raises:
        ValueError: if the file is not JSON (the message names line and column), a key is missing or
            has the wrong type, an ID occurs twice, an annotation has an unknown image or category,
            its `bbox` is not four numbers, or its class is not in `classes`. The message names the
            file.
        FileNotFoundError: if the file or an image does not exist.

    Warns:
        UserWarning: once, if boxes have no area inside their image. These boxes are dropped.

    Reference: Lin et al. 2014, arXiv:1405.0312; the format is described at cocodataset.org.
    """
    path = pathlib.Path(path)
    data = _load(path)
    images = _by_id(path, data, "images")
    categories = _by_id(path, data, "categories")
    names = {number: categories[number]["name"] for number in sorted(categories)}
    if classes is None:
        classes = list(names.values())
        labels = {number: label for label, number in enumerate(names)}
    else:
        known = {name: label for label, name in enumerate(classes)}
        labels = {number: known[name] for number, name in names.items() if name in known}
    objects: dict[int | str, list] = {number: [] for number in images}
    for index, entry in enumerate(_entries(path, data, "annotations")):
        where = f"annotations[{index}]"
        _check_ids(path, where, entry, images, names)
        if entry["category_id"] not in labels:
            received = f"{names[entry['category_id']]!r} with classes {', '.join(classes)}"
            raise _error(path, where, "its class must be known", received, "Add it to classes.")
        row = _box(path, where, entry), labels[entry["category_id"]], entry.get("iscrowd") == 1
        objects[entry["image_id"]].append(row)
    rows = [(*_image_file(path, image, image_dir), objects[key]) for key, image in images.items()]
    return boxed_images(rows, classes)


def _load(path):
    try:
        return json.loads(path.read_bytes())
    except json.JSONDecodeError as error:
        where = f"{error.lineno}, column {error.colno}"
        remedy = "Correct that position, or write the file again."
        raise line_error(path, where, "the file must be JSON", error.msg, remedy) from error
    except (ValueError, RecursionError) as error:
        message = f"{path}: the file must be JSON. Received {error}. Write the file again."
        raise ValueError(message) from error


def _entries(path, data, key):
    """Returns the list under a key; each entry must have the required keys."""
    entries = data.get(key) if isinstance(data, dict) else None
    if not isinstance(entries, list):
        received = f"{type(entries).__name__}"
        raise _error(path, key, "value must be a list", received, "Use the full COCO file.")
    for index, entry in enumerate(entries):
        for name, kind in _KEYS[key].items():
            value = entry.get(name) if isinstance(entry, dict) else None
            if not isinstance(value, kind):
                rule = f"{name!r} must be of type {getattr(kind, '__name__', kind)}"
                raise _error(path, f"{key}[{index}]", rule, repr(value), "Add or correct it.")
    return entries


def _by_id(path, data, key):
    entries = _entries(path, data, key)
    by_id = {entry["id"]: entry for entry in entries}
    if len(by_id) < len(entries):
        received = f"{len(entries)} entries with {len(by_id)} different ids"
        raise _error(path, key, "each id must be unique", received, "Assign unique ids.")
    return by_id


def _check_ids(path, where, entry, images, categories):
    for key, ids in (("image_id", images), ("category_id", categories)):
        if entry[key] not in ids:
            rule = f"its {key} must be an id in the file"
            raise _error(path, where, rule, entry[key], "Correct it, or add the entry.")


def _box(path, where, entry):
    numbers = finite_numbers(entry["bbox"])
    if numbers is None or len(numbers) != 4:
        rule = "its bbox must be four numbers (left, top, width, height), in pixels"
        raise _error(path, where, rule, entry["bbox"], "Correct it, or delete the annotation.")
    left, top, width, height = numbers
    return top, left, top + height, left + width


def _image_file(path, image, image_dir):
    if image_dir is None:
        directories = [path.parent, path.parent / "images", pathlib.Path()]
    else:
        directories = [pathlib.Path(image_dir)]
    files = [directory / image["file_name"] for directory in directories]
    found = next((file for file in files if file.is_file()), None)
    if found is None:
        raise FileNotFoundError(
            f"{path}: the images of the file must exist. Received "
            f"{' and '.join(str(file) for file in dict.fromkeys(files))}, which do not exist. Pass "
            "image_dir, the directory of the images."
        )
    return found, image_size(image.get("height"), image.get("width"), found)


def _error(path, where, rule, received, remedy):
    return ValueError(f"{path}, {where}: {rule}. Received {received}. {remedy}")
