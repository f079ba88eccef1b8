"""Decoding of image files with TensorFlow ops, which a SavedModel can contain."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from keras_dl.pipelines.image_formats import DECODERS, Skipping
from keras_dl.pipelines.image_headers import (
    FORMATS,
    Header,
    file_bytes,
    is_animated_webp,
    most_pixels,
    read_header,
)
from keras_dl.pipelines.images import resize_image, skipping_step
from keras_dl.typing import Tensor

_SIGNATURE = [tf.TensorSpec([], "string"), tf.TensorSpec([2], "int32")]


def decode_image(encoded: Tensor, step: Tensor = 1) -> tf.Tensor:
    """Decodes a JPEG, PNG, GIF, BMP or WebP image to RGB, as a viewer shows it.

    The image is turned as its EXIF orientation says. What is transparent shows white paper. Gray
    images get three equal channels, CMYK images and palettes are converted to RGB, and of a GIF or
    PNG animation only the first frame is read. The values of a PNG with 16 bits per channel are
    divided such that the bits in use become 8: the largest value may be 65535, or 4095 of a camera
    with 12 bits.

    Args:
        encoded: string scalar. The bytes of the file.
        step: integer scalar or `(2,)`. Only each `step`-th row and column of the image is kept.
            Use it for large images: whatever else is done with the pixels then needs less memory.
            A JPEG of more than 25 million pixels is decoded in half the size if one of the steps
            is larger than 1.

    Returns:
        uint8 `(height, width, 3)`.

    Raises:
        tf.errors.InvalidArgumentError: at run time, if the bytes are not a complete image or are a
            WebP animation, or if their header says that the image has more than 50 million pixels
            (a JPEG with four channels: 37.5 million).
    """
    image = _decode(encoded, tf.broadcast_to(tf.cast(step, "int32"), [2]))
    return tf.ensure_shape(image, (None, None, 3))


def decode_resized(encoded: Tensor, size: tuple[int, int]) -> tf.Tensor:
    """Decodes an image and resizes it, in little memory.

    Args:
        encoded: string scalar. The bytes of the file.
        size: tuple `(height, width)` in pixels.

    Returns:
        float32 `(*size, 3)`, 0 to 255, that `resize_image` returns for the decoded image.

    Raises:
        tf.errors.InvalidArgumentError: like `decode_image`.
    """
    return resize_image(decode_image(encoded, skipping_step(image_shape(encoded), size)), size)


@tf.function(input_signature=_SIGNATURE[:1], autograph=False)
def image_shape(encoded: Tensor) -> tf.Tensor:
    """Reads the height and width of an image from its header, as `decode_image` turns it.

    Args:
        encoded: string scalar. The bytes of the file.

    Returns:
        int32 `(2,)`. It may be arbitrary for a damaged file.

    Raises:
        tf.errors.InvalidArgumentError: at run time, if the bytes have the header of no format, or
            of an image without pixels or with more than 50 million.
    """
    header = read_header(encoded, file_bytes(encoded))
    with tf.control_dependencies([_check(header)]):
        sides = tf.stack([header.height, header.width])
        return tf.cast(tf.where(header.orientation >= 5, sides[::-1], sides), "int32")


def image_fault(encoded: bytes) -> str:
    """Returns why the bytes of a file cannot be decoded as an image; empty if they can.

    Example:
    >>> image_fault(b"no image")
    'not a JPEG, PNG, GIF, BMP or WebP image'
    """
    header = image_header(encoded)
    file_format, height, width = (int(each) for each in header[:3])
    if is_animated_webp(header):
        return "a WebP animation; only its still images are read"
    if file_format == len(FORMATS):
        return f"not a {', '.join(FORMATS[:-1])} or {FORMATS[-1]} image"
    if height * width > (most := int(most_pixels(header))):
        return f"{height} x {width} pixels, and at most {most:,} are read"
    try:
        decode_image(encoded, skipping_step(tf.constant([height, width]), (1, 1)))
    except tf.errors.InvalidArgumentError:
        return "not a valid image"
    return ""


def decode_rows(
    decode: Callable[[tf.Tensor], Any], encoded: Tensor, blank: Any
) -> tuple[Any, tf.Tensor]:
    """Decodes a batch of images, in which a row that cannot be decoded loses no other row.

    Args:
        decode: function from the bytes of a file, a string scalar, to a tensor or a nested
            structure of tensors, of the same shapes for each file.
        encoded: string `(batch,)`. The bytes of files.
        blank: result of `decode` for a row that cannot be decoded: tensors of the same shapes.

    Returns:
        tuple of the results of `decode`, stacked along the first axis, and bool `(batch,)`: whether
        the row was decoded.
    """
    specs = tf.nest.map_structure(lambda each: tf.TensorSpec(each.shape, each.dtype), blank)

    def all_rows():
        decoded = tf.map_fn(decode, encoded, fn_output_signature=specs)
        return decoded, tf.fill(tf.shape(encoded), True)

    def row_by_row():
        return tf.map_fn(
            lambda row: decode_or_blank(decode, row, blank),
            encoded,
            fn_output_signature=(specs, tf.TensorSpec([], "bool")),
        )

    # Rows in a data set of their own take a millisecond each, all together hardly any time.
    return _first_possible(all_rows, row_by_row)


def decode_or_blank(
    decode: Callable[[tf.Tensor], Any], encoded: Tensor, blank: Any
) -> tuple[Any, tf.Tensor]:
    """Decodes an image, or returns `blank` if it cannot be decoded.

    Args:
        decode: function from a string scalar to a tensor or a nested structure of tensors.
        encoded: string scalar. The bytes of a file.
        blank: tensors like the result of `decode`.

    Returns:
        tuple of the result of `decode` and bool scalar: whether the image was decoded.
    """
    return _first_possible(
        lambda: (decode(encoded), tf.constant(True)), lambda: (blank, tf.constant(False))
    )


def _first_possible(*functions):
    """Returns the result of the first function whose ops raise no error.

    Graphs have no exceptions. A data set without the elements that raise one does the same.
    """
    (first, *others) = (tf.data.Dataset.from_tensors(0).map(_ignoring(each)) for each in functions)
    elements = first.ignore_errors()
    for each in others:
        elements = elements.concatenate(each)
    return elements.take(1).get_single_element()


def _ignoring(function):
    return tf.autograph.experimental.do_not_convert(lambda _: function())


@tf.function(input_signature=_SIGNATURE[:1], autograph=False)
def image_header(encoded: Tensor) -> Header:
    """Reads the header of an image file; see `read_header`."""
    return read_header(encoded, file_bytes(encoded))


def _check(header):
    pixels = header.height * header.width
    is_known = (header.format < len(FORMATS)) & ~is_animated_webp(header)
    most = most_pixels(header)
    is_good = is_known & (pixels > 0) & (pixels <= most)
    rule = f"must be a {', '.join(FORMATS)} image with at most as many pixels as the last number:"
    return tf.debugging.Assert(is_good, [rule, header.height, header.width, most])


@tf.function(input_signature=_SIGNATURE, autograph=False)
def _decode(encoded, step):
    data = file_bytes(encoded)
    header = read_header(encoded, data)
    turn = header.orientation >= 5
    upward = tf.reduce_any(header.orientation == [3, 4, 7, 8])
    leftward = tf.reduce_any(header.orientation == [2, 3, 6, 7])
    signed = tf.where(tf.stack([upward, leftward]), -step, step)
    # The stored columns of a turned image are the rows that one sees.
    rows, columns = tf.unstack(tf.where(turn, signed[::-1], signed))

    skip = Skipping(rows, columns)

    def decoder(name):
        return lambda: DECODERS[name](encoded, data, header, skip)

    with tf.control_dependencies([_check(header)]):
        image = tf.switch_case(header.format, [decoder(name) for name in FORMATS])
    image = tf.ensure_shape(image, (None, None, None))
    image = tf.cond(turn, lambda: tf.transpose(image, (1, 0, 2)), lambda: image)
    return tf.cond(tf.shape(image)[-1] == 4, lambda: _on_white(image), lambda: image)


def _on_white(image):
    """Returns `round(255 - (255 - colors) * alpha / 255)`, in a quarter of the memory of floats."""
    dark, alpha = 255 - tf.cast(image[..., :3], "uint16"), tf.cast(image[..., 3:], "uint16")
    product = dark * alpha + 128
    rounded = tf.bitwise.right_shift(product + tf.bitwise.right_shift(product, 8), 8)
    return tf.cast(255 - rounded, "uint8")
