"""Images with boxes, independent of the annotation format."""

import dataclasses
import math
import os
import pathlib
import warnings
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
import tensorflow as tf

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


def boxed_images(
    images: Iterable[
        tuple[
            str | os.PathLike[str], tuple[float, float], Sequence[tuple[Sequence[float], int, bool]]
        ]
    ],
    classes: Iterable[str],
) -> DetectionDataset:
    """Clips boxes to their images, drops zero-area boxes and warns about them.

    Args:
        images: iterable of tuples: path of an image, its `(height, width)` in pixels, and a list of
            tuples `(yxyx box in pixels, label, crowd)`.
        classes: list of str.

    Returns:
        `DetectionDataset` with all images.
    """
    paths, boxes, labels, crowd, hurt = [], [], [], [], []
    for path, (height, width), objects in images:
        pixels = np.array([box for box, _, _ in objects], "float64").reshape(-1, 4)
        fractions = np.clip(pixels / [height, width, height, width], 0, 1).astype("float32")
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


def image_size(height: Told, width: Told, path: str | os.PathLike[str]) -> tuple[float, float]:
    """Returns `(height, width)` in pixels: the given values, or the image's if these are invalid.

    Args:
        height: value from an annotation: a number, a string or None.
        width: value from an annotation, like `height`.
        path: path of the image, which is read unless both values are positive numbers.

    Raises:
        ValueError: if the image is read and cannot be decoded.
    """
    size = finite_numbers([height, width])
    if size and min(size) > 0:
        return size[0], size[1]
    try:
        data = pathlib.Path(path).read_bytes()
        return tuple(tf.io.decode_image(data, expand_animations=False).shape[:2])
    except tf.errors.InvalidArgumentError as error:
        raise ValueError(
            f"{path}: the image must be a complete JPEG, PNG, GIF or BMP file if its annotation "
            f"does not contain its size. Received height {height}, width {width} and a file that "
            "cannot be decoded. Add the size to the annotation, or save the image again."
        ) from error


def finite_numbers(values: Iterable[Told]) -> list[float] | None:
    """Returns the values as floats, or None if one of them is not a finite number."""
    try:
        numbers = [float(value) for value in values]
    except (TypeError, ValueError, OverflowError):
        return None
    return numbers if all(map(math.isfinite, numbers)) else None
