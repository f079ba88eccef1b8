"""Reads images with boxes from a JSON file in COCO format."""

import json
import os
import pathlib
from collections.abc import Sequence

from keras_dl.pipelines.detection_dataset import (
    AnnotatedImage,
    DetectionDataset,
    boxed_images,
    check_pixels,
    finite_numbers,
    image_frame,
    usable_entries,
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
    ignored. Boxes are clipped to the image. Images without a box are kept. Categories of the same
    name are one class. Boxes may be about the image as one sees it, or as its pixels are stored if
    its EXIF orientation is different: `height` and `width` say which.

    Args:
        path: str or `pathlib.Path` of the JSON file.
        image_dir: str or `pathlib.Path`. Directory of the images. None searches where labeling
            tools put them: the directory of the JSON file and the one above, in them `images`, and
            in all of these `train` if the file is `instances_train.json`; then the working
            directory.
        classes: list of str, the classes in the order of their labels. None uses the categories of
            the file in the order of their IDs, without the name of the project, which Roboflow
            adds. Labels have no gaps: label 0 is the category with the lowest ID.

    Returns:
        `DetectionDataset` in the order of the file's `images`. Boxes with `iscrowd` 1 are crowds.

    Raises:
        ValueError: if the file is not JSON (the message names line and column), a list is missing,
            a category has no ID or name, an ID occurs twice, or no image can be used.
        FileNotFoundError: if the file or all images do not exist.

    Warns:
        UserWarning: once, if images cannot be used: the entry of the image or of one of its
            annotations has a missing or wrong value, its class is not in `classes`, or the image
            does not exist or has another shape. They are left out.
        UserWarning: once, if boxes have no area inside their image. These boxes are dropped.

    Reference: Lin et al. 2014, arXiv:1405.0312; the format is described at cocodataset.org.
    """
    path = pathlib.Path(path)
    data = _load(path)
    faults: list[Exception] = []
    images = _by_id(path, data, "images", faults)
    categories = _by_id(path, data, "categories")
    names = {number: categories[number]["name"].strip() for number in sorted(categories)}
    if classes is None:
        used = [each for each in names if not _is_heading(each, categories, data)]
        classes = list(dict.fromkeys(names[each] for each in used))
    labels = {name: label for label, name in enumerate(classes)}
    objects: dict[int | str, list] = {number: [] for number in images}
    spoiled: dict[int | str, Exception] = {}
    for where, entry in _entries(path, data, "annotations"):
        try:
            row = _object(path, where, entry, images, names, labels)
            objects[entry["image_id"]].append(row)
        except ValueError as error:
            number = entry.get("image_id") if isinstance(entry, dict) else None
            if isinstance(number, (int, str)) and number in images:
                spoiled.setdefault(number, error)
            else:
                faults.append(error)

    def read(number):
        if number in spoiled:
            raise spoiled[number]
        image = images[number]
        file = _image_file(path, image["file_name"], image_dir)
        check_pixels(file, [box for box, _, _ in objects[number]])
        frame = image_frame(image.get("height"), image.get("width"), file)
        return AnnotatedImage(file, *frame, objects[number])

    return boxed_images(usable_entries(images, read, faults), list(classes))


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
    """Yields where the entries of a list are, and the entries."""
    entries = data.get(key) if isinstance(data, dict) else None
    if not isinstance(entries, list):
        received = f"{type(entries).__name__}"
        raise _error(path, key, "value must be a list", received, "Use the full COCO file.")
    return ((f"{key}[{index}]", entry) for index, entry in enumerate(entries))


def _check_keys(path, where, entry):
    for name, kind in _KEYS[where.partition("[")[0]].items():
        value = entry.get(name) if isinstance(entry, dict) else None
        if not isinstance(value, kind):
            rule = f"{name!r} must be of type {getattr(kind, '__name__', kind)}"
            raise _error(path, where, rule, repr(value), "Add or correct it.")


def _by_id(path, data, key, faults=None):
    """Returns a dict from ids to entries. Without a list for their faults, none may have one."""
    entries = []
    for where, entry in _entries(path, data, key):
        try:
            _check_keys(path, where, entry)
            entries.append(entry)
        except ValueError as error:
            if faults is None:
                raise
            faults.append(error)
    by_id = {entry["id"]: entry for entry in entries}
    if len(by_id) < len(entries):
        received = f"{len(entries)} entries with {len(by_id)} different ids"
        raise _error(path, key, "each id must be unique", received, "Assign unique ids.")
    return by_id


def _is_heading(number, categories, data):
    """Returns whether a category only is what others belong to, and no object belongs to it."""
    name = categories[number]["name"]
    return (
        categories[number].get("supercategory") == "none"
        and any(each.get("supercategory") == name for each in categories.values())
        and all(
            entry.get("category_id") != number
            for _, entry in _entries("", data, "annotations")
            if isinstance(entry, dict)
        )
    )


def _object(path, where, entry, images, names, labels):
    """Returns the box, label and crowd flag of an annotation."""
    _check_keys(path, where, entry)
    for key, ids in (("image_id", images), ("category_id", names)):
        if entry[key] not in ids:
            rule = f"its {key} must be an id in the file"
            raise _error(path, where, rule, entry[key], "Correct it, or add the entry.")
    numbers = finite_numbers(entry["bbox"])
    if numbers is None or len(numbers) != 4:
        rule = "its bbox must be four numbers (left, top, width, height), in pixels"
        raise _error(path, where, rule, entry["bbox"], "Correct it, or delete the annotation.")
    name = names[entry["category_id"]]
    if name not in labels:
        received = f"{name!r} with classes {', '.join(labels)}"
        raise _error(path, where, "its class must be known", received, "Add it to classes.")
    left, top, width, height = numbers
    return (top, left, top + height, left + width), labels[name], entry.get("iscrowd") == 1


def _image_file(path, name, image_dir):
    if image_dir is None:
        part = path.stem.rpartition("_")[2]
        above = (path.parent, path.parent.parent)
        near = [each for base in above for each in (base, base / "images")]
        directories = [*near, *(each / part for each in near), pathlib.Path()]
    else:
        directories = [pathlib.Path(image_dir)]
    # Tools on Windows write backslashes.
    names = dict.fromkeys((name, name.replace("\\", "/")))
    files = [directory / each for each in names for directory in directories]
    existing = next((file for file in files if file.is_file()), None)
    if existing is None:
        raise FileNotFoundError(
            f"{path}: the images of the file must exist. Received "
            f"{' and '.join(str(file) for file in dict.fromkeys(files))}, which do not exist. Pass "
            "image_dir, the directory of the images."
        )
    return existing


def _error(path, where, rule, received, remedy):
    return ValueError(f"{path}, {where}: {rule}. Received {received}. {remedy}")
