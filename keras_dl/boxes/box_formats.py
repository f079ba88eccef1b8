"""Box formats and conversions between them."""

import keras
from keras import ops

from keras_dl.typing import Tensor

BOX_FORMATS = ("yxyx", "xyxy", "xywh", "center_yxhw", "center_xywh")


def convert(
    boxes: Tensor, source: str, target: str, image_shape: tuple[int, int] | Tensor | None = None
) -> Tensor:
    """Converts boxes to another format.

    The formats are named as in Keras: `yxyx` (ymin, xmin, ymax, xmax), `xyxy`, `xywh` (left, top,
    width, height), `center_yxhw` and `center_xywh`, in pixels. With the prefix `rel_`, they are
    fractions of the image's height and width. There is no default format, because the shape of the
    boxes does not reveal a wrong format.

    Args:
        boxes: float `(..., 4)`.
        source: str. Format of `boxes`.
        target: str. Format to return.
        image_shape: pair `(height, width)` in pixels, or a tensor `(..., 2)` that broadcasts with
            `boxes`. Required only to convert between pixels and fractions.

    Returns:
        float `(..., 4)`.

    Raises:
        ValueError: if a format is unknown, the last axis is not 4, or `image_shape` is required but
            not given.

    Example:
    >>> centered = convert([[10.0, 20.0, 30.0, 80.0]], "yxyx", "rel_center_xywh", (100, 200))
    >>> [round(float(each), 3) for each in centered[0]]
    [0.25, 0.2, 0.3, 0.2]
    """
    for name, value in (("source", source), ("target", target)):
        check_box_format("convert", name, value)
    boxes = ops.convert_to_tensor(boxes)
    if boxes.shape[-1] != 4:
        raise ValueError(
            f"convert: boxes must have shape (..., 4). Received shape {tuple(boxes.shape)}. Pass "
            "4 coordinates for each box."
        )
    if not keras.backend.is_float_dtype(boxes.dtype):
        boxes = ops.cast(boxes, "float32")
    corners = _to_corners(boxes, source.removeprefix("rel_"))
    if source.startswith("rel_") != target.startswith("rel_"):
        if image_shape is None:
            raise ValueError(
                "convert: image_shape must be given to convert between pixels and fractions. "
                f"Received source {source}, target {target}, image_shape None. Pass "
                "(height, width)."
            )
        size = ops.cast(ops.convert_to_tensor(image_shape), corners.dtype)
        size = ops.concatenate([size, size], axis=-1)
        corners = corners / size if target.startswith("rel_") else corners * size
    return _from_corners(corners, target.removeprefix("rel_"))


def check_box_format(function: str, name: str, value: str) -> None:
    """Raises ValueError unless `value` is a box format that `convert` supports."""
    if str(value).removeprefix("rel_") not in BOX_FORMATS:
        raise ValueError(
            f"{function}: {name} must be one of {', '.join(BOX_FORMATS)}, with or without the "
            f"prefix rel_. Received {name} {value!r}. Pass the format of the boxes."
        )


def _to_corners(boxes, source):
    a, b, c, d = (boxes[..., index] for index in range(4))
    if source == "yxyx":
        corners = a, b, c, d
    elif source == "xyxy":
        corners = b, a, d, c
    elif source == "xywh":
        corners = b, a, b + d, a + c
    elif source == "center_yxhw":
        corners = a - c / 2, b - d / 2, a + c / 2, b + d / 2
    else:
        corners = b - d / 2, a - c / 2, b + d / 2, a + c / 2
    return ops.stack(corners, axis=-1)


def _from_corners(corners, target):
    top, left, bottom, right = (corners[..., index] for index in range(4))
    height, width = bottom - top, right - left
    if target == "yxyx":
        boxes = top, left, bottom, right
    elif target == "xyxy":
        boxes = left, top, right, bottom
    elif target == "xywh":
        boxes = left, top, width, height
    elif target == "center_yxhw":
        boxes = (top + bottom) / 2, (left + right) / 2, height, width
    else:
        boxes = (left + right) / 2, (top + bottom) / 2, width, height
    return ops.stack(boxes, axis=-1)
