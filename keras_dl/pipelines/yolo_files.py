"""Reads images with boxes from text files in the format of YOLO."""

import itertools
import os
import pathlib
import re
from collections.abc import Sequence

from keras_dl.pipelines.detection_dataset import (
    AnnotatedImage,
    DetectionDataset,
    boxed_images,
    finite_numbers,
    usable_entries,
)
from keras_dl.pipelines.image_files import ENDINGS
from keras_dl.pipelines.text_files import line_error, read_lines

_NAMES = ("classes.txt", "obj.names")
_YAML = (".yaml", ".yml")
_KEYS = ("path:", "train:", "nc:")  # one of these is in each YAML file of YOLO
_ENTRY = re.compile(r"\s*(?:(\d+)\s*:\s|-\s)?\s*(.*?)\s*$")  # `name`, `- name` or `3: name`


def read_yolo(
    image_dir: str | os.PathLike[str],
    label_dir: str | os.PathLike[str] | None = None,
    classes: Sequence[str] | None = None,
) -> DetectionDataset:
    """Reads images and, for each, the text file of its boxes.

    A line is `class x y width height`: the index of the class, and center and size of the box as
    fractions of the width and height of the image. The box of a polygon, `class x1 y1 x2 y2 ...`,
    is the smallest one around it. An image without a text file has no boxes.

    Args:
        image_dir: str or `pathlib.Path`. Directory of the images.
        label_dir: str or `pathlib.Path`. Directory of the text files. None means `image_dir`.
        classes: list of str, the names of the classes. None searches a YAML file of YOLO, such as
            `data.yaml`, then `classes.txt` and `obj.names`, in the directories and up to two above.
            Without such a file, the names are the indices.

    Returns:
        `DetectionDataset` in the order of the names of the images.

    Raises:
        ValueError: if there is no image, or none can be used.
        FileNotFoundError: if a directory does not exist.

    Warns:
        UserWarning: once, if text files cannot be used: a line is wrong, and the image is left out,
            or the image does not exist.
        UserWarning: once, if boxes have no area inside their image. These boxes are dropped.
    """
    image_dir = pathlib.Path(image_dir)
    label_dir = pathlib.Path(image_dir if label_dir is None else label_dir)
    images = sorted(
        path
        for path in image_dir.iterdir()
        if path.suffix.lower() in ENDINGS and not path.name.startswith(".")
    )
    if not images:
        raise ValueError(
            f"read_yolo: image_dir must have images ({', '.join(ENDINGS)}). Received {image_dir}, "
            "which has none. Pass the directory of the images."
        )
    if classes is None:
        classes = read_class_names((label_dir, image_dir))
    labels = {path: label_dir / f"{path.stem}.txt" for path in images}
    faults = _without_image(label_dir, {path.stem for path in images})

    def read(image):
        objects = _objects(labels[image], classes) if labels[image].is_file() else []
        return AnnotatedImage(image, (1.0, 1.0), 1, objects)

    found = usable_entries(images, read, faults)
    highest = max((label for each in found for _, label, _ in each.objects), default=-1)
    return boxed_images(found, classes or map(str, range(highest + 1)))


def read_class_names(directories: Sequence[pathlib.Path]) -> list[str]:
    """Returns the names of classes from the first file that has some, or an empty list.

    Args:
        directories: directories to search, with the two above each.
    """
    above = [each for base in directories for each in (base, *base.absolute().parents[:2])]
    for directory in dict.fromkeys(above):
        # A directory above may be unreadable.
        for file in sorted(directory.iterdir()) if os.access(directory, os.R_OK) else ():
            if file.suffix.lower() in _YAML and file.is_file() and (names := names_of_yaml(file)):
                return names
        for file in (directory / name for name in _NAMES):
            if file.is_file():
                return [line.strip() for line in read_lines(file) if line.strip()]
    return []


def names_of_yaml(file: pathlib.Path) -> list[str]:
    """Returns the names of classes of a YAML file of YOLO, or an empty list if it is another one.

    Such a file says where the images are. Its entry `names` is a list or dict, in brackets or on
    lines of their own.
    """
    lines = [line.partition(" #")[0].rstrip() for line in read_lines(file)]
    lines = [line for line in lines if line and not line.lstrip().startswith("#")]
    start = next((index for index, line in enumerate(lines) if line.startswith("names:")), None)
    if start is None or not any(line.startswith(_KEYS) for line in lines):
        return []
    text = " ".join(lines[start:]).removeprefix("names:").strip()
    if bracket := re.match(r"\[(.*?)\]|\{(.*?)\}", text):
        entries = [each for each in (bracket[1] or bracket[2] or "").split(",") if each.strip()]
    else:
        is_entry = re.compile(r"\s*(?:-|\d+\s*:)\s").match
        entries = [*itertools.takewhile(is_entry, lines[start + 1 :])]
    names: dict[int, str] = {}
    for entry in entries:
        (number, name), *_ = _ENTRY.findall(entry)
        names[int(number or len(names))] = _unquoted(name)
    # A class without a name has its number.
    return [names.get(number, str(number)) for number in range(max(names, default=-1) + 1)]


def _without_image(label_dir, stems):
    """Returns an error for each text file of boxes that has no image."""
    files = sorted(label_dir.glob("*.txt")) if label_dir.is_dir() else []
    return [
        FileNotFoundError(
            f"{file}: its image must exist, with the same name and one of {', '.join(ENDINGS)}. "
            "Add the image, or delete the file."
        )
        for file in files
        if file.stem not in stems and file.name not in _NAMES and not file.name.startswith(".")
    ]


def _unquoted(text):
    return text[1:-1] if text[:1] in "\"'" and text[:1] == text[-1:] else text


def _objects(path, classes):
    """Returns the objects of a text file, with fractions as pixels of an image of size 1."""
    return [
        _object(path, number, line.split(), classes)
        for number, line in enumerate(read_lines(path), 1)
        if line.strip()
    ]


def _object(path, number, words, classes):
    values = finite_numbers(words)
    if values is None or len(values) < 5 or (len(values) > 5 and len(values) % 2 == 0):
        rule = (
            "a line must be a class with x, y, width and height, or with the corners of a polygon"
        )
        raise line_error(path, number, rule, repr(" ".join(words)[:80]), "Correct or delete it.")
    label, *edges = values
    if label % 1 or label < 0 or (classes and label >= len(classes)):
        rule = f"a class must be an index from 0, of the classes {', '.join(classes)}"
        raise line_error(path, number, rule, words[0], "Correct it, or name the class.")
    if max(map(abs, edges)) > 2:
        rule = "boxes must be fractions of the width and height of the image"
        raise line_error(path, number, rule, " ".join(words), "Divide them by the size.")
    if len(edges) == 4:
        x, y, width, height = edges
        box = y - height / 2, x - width / 2, y + height / 2, x + width / 2
    else:
        x, y = edges[::2], edges[1::2]
        box = min(y), min(x), max(y), max(x)
    return box, int(label), False
