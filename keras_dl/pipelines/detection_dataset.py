"""Images with boxes, independent of the annotation format."""

import dataclasses
import math
import os
import pathlib
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from keras_dl.pipelines.image_decoding import image_header
from keras_dl.pipelines.image_headers import FORMATS

_MOST_NAMED = 10  # annotations that a warning names

Told: TypeAlias = Any
"""Value of an annotation that should be a number: a number, string, None or other JSON."""


@dataclasses.dataclass(frozen=True)
class DetectionDataset:
    """Images with their boxes; the four lists have one entry for each image.

    Attributes:
        paths: list of str, the files of the images.
        boxes: list of float32 `(n, 4)` in `rel_yxyx`: fractions of an image's height and width.
        labels: list of int32 `(n,)`, indices into `classes`.
        crowd: list of bool `(n,)`. Marks boxes that metrics ignore: `iscrowd` of COCO and
            `difficult` of VOC.
        classes: list of str.
    """

    paths: list[str]
    boxes: list[np.ndarray]
    labels: list[np.ndarray]
    crowd: list[np.ndarray]
    classes: list[str]


class AnnotatedImage(NamedTuple):
    """An image with the boxes of its annotation.

    Attributes:
        path: path of the image.
        size: `(height, width)` in the pixels of the annotation.
        orientation: int, the EXIF orientation if the annotation is about the stored pixels, and 1
            if it is about the image that one sees.
        objects: list of tuples `(yxyx box in pixels, label or class name, crowd)`.
    """

    path: str | os.PathLike[str]
    size: tuple[float, float]
    orientation: int
    objects: Sequence[tuple[Sequence[float], Any, bool]]


def usable_entries(
    entries: Iterable[Told],
    read: Callable[[Told], AnnotatedImage],
    faults: Sequence[Exception] = (),
) -> list[AnnotatedImage]:
    """Reads the entries of a data set, and leaves out with a warning those that cannot be read.

    Args:
        entries: iterable of entries.
        read: function from an entry to its image, which raises ValueError or OSError if the entry
            cannot be used.
        faults: list of errors that were found before.

    Raises:
        ValueError or OSError: the first error, if no entry can be used.
    """
    images, faults = [], list(faults)
    for entry in entries:
        try:
            images.append(read(entry))
        except (ValueError, OSError) as error:
            faults.append(error)
    if faults and not images:
        raise faults[0]
    if faults:
        more = f"\nand {len(faults) - _MOST_NAMED} others" if len(faults) > _MOST_NAMED else ""
        warnings.warn(
            f"annotations must be usable. Received {len(faults)} that are not, which are left out "
            "with their images:\n" + "\n".join(map(str, faults[:_MOST_NAMED])) + more,
            stacklevel=3,
        )
    return images


def boxed_images(images: Iterable[AnnotatedImage], classes: Iterable[str]) -> DetectionDataset:
    """Clips boxes to their images, drops zero-area boxes and warns about them.

    Args:
        images: iterable of `AnnotatedImage`, with indices into `classes` as labels.
        classes: list of str.

    Returns:
        `DetectionDataset` with all images.
    """
    paths, boxes, labels, crowd, hurt = [], [], [], [], []
    for path, (height, width), orientation, objects in images:
        pixels = np.array([box for box, _, _ in objects], "float64").reshape(-1, 4)
        fractions = np.clip(pixels / [height, width, height, width], 0, 1)
        fractions = upright_boxes(fractions, orientation).astype("float32")
        kept = np.all(fractions[:, 2:] > fractions[:, :2], axis=1)
        hurt.extend([path] * int(np.sum(~kept)))
        paths.append(str(path))
        boxes.append(fractions[kept])
        labels.append(np.array([label for _, label, _ in objects], "int32")[kept])
        crowd.append(np.array([mark for _, _, mark in objects], bool)[kept])
    if hurt:
        warnings.warn(
            "boxes must have a positive height and width within their image. Received "
            f"{len(hurt)} boxes with no area, the first one in {hurt[0]}. They are dropped. "
            "Correct or delete them.",
            stacklevel=3,
        )
    return DetectionDataset(paths, boxes, labels, crowd, list(classes))


def upright_boxes(boxes: np.ndarray, orientation: int) -> np.ndarray:
    """Moves boxes from the stored pixels of an image to the image as its EXIF orientation turns it.

    Args:
        boxes: float `(n, 4)`, rel_yxyx.
        orientation: int from 1 to 8.

    Example:
    >>> upright_boxes(np.array([[0.0, 0.25, 0.5, 1.0]]), 6).tolist()
    [[0.25, 0.5, 1.0, 1.0]]
    """
    top, left, bottom, right = boxes.T
    if orientation >= 5:
        top, left, bottom, right = left, top, right, bottom
    if orientation in (3, 4, 7, 8):
        top, bottom = 1 - bottom, 1 - top
    if orientation in (2, 3, 6, 7):
        left, right = 1 - right, 1 - left
    return np.stack([top, left, bottom, right], 1)


def check_pixels(path: str | os.PathLike[str], boxes: Sequence[Sequence[float]]) -> None:
    """Checks that the boxes of an image are in pixels.

    Raises:
        ValueError: if all of them are fractions.
    """
    edges = [edge for box in boxes for edge in box]
    if edges and max(map(abs, edges)) <= 1 and any(edge % 1 for edge in edges):
        raise ValueError(
            f"{path}: boxes must be in pixels. Received only fractions, such as "
            f"{', '.join(f'{edge:g}' for edge in boxes[0])}. Multiply them by the height and width "
            "of the image."
        )


def image_frame(
    height: Told, width: Told, path: str | os.PathLike[str]
) -> tuple[tuple[float, float], int]:
    """Returns the size in pixels that an annotation is about, and how to turn its boxes.

    An image may have been resized since it was annotated, but not cut or turned.

    Args:
        height: value from an annotation: a number, a string or None. If it or `width` is no
            positive number, the annotation is about the image as one sees it.
        width: value from an annotation, like `height`.
        path: path of the image.

    Returns:
        pair of `(height, width)`, and the EXIF orientation of an image that was annotated without
        it, otherwise 1.

    Raises:
        ValueError: if the image has another aspect ratio, or if it cannot be read and the
            annotation does not contain its size.
    """
    told = finite_numbers([height, width])
    size = (told[0], told[1]) if told and min(told) > 0 else None
    header = image_header(pathlib.Path(path).read_bytes())
    file_format, rows, columns, orientation = (int(each) for each in header[:4])
    if file_format == len(FORMATS) or not rows * columns:
        if size:
            return size, 1
        raise ValueError(
            f"{path}: the image must be a valid {', '.join(FORMATS)} file if its annotation does "
            f"not contain its size. Received height {height}, width {width} and a file that "
            "cannot be decoded. Add the size to the annotation, or save the image again."
        )
    seen = (columns, rows) if orientation >= 5 else (rows, columns)
    if size is None or _same_shape(size, seen):
        return size or seen, 1
    if _same_shape(size, (rows, columns)):
        return size, orientation
    raise ValueError(
        f"{path}: the image must have the height and width of its annotation, or be resized from "
        f"them. Received {seen[0]} x {seen[1]} pixels and an annotation for {size[0]:g} x "
        f"{size[1]:g}. Annotate the image again."
    )


def _same_shape(one, other):
    """Returns whether one size is the other one scaled, up to a pixel on each side."""
    return abs(one[0] * other[1] - one[1] * other[0]) <= max(sum(one), sum(other))


def finite_numbers(values: Iterable[Told]) -> list[float] | None:
    """Returns the values as floats, or None if one of them is not a finite number."""
    try:
        numbers = [float(value) for value in values]
    except (TypeError, ValueError, OverflowError):
        return None
    return numbers if all(map(math.isfinite, numbers)) else None
