"""Reading of the headers of image files with TensorFlow ops, which a SavedModel can contain."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from keras_dl.typing import Tensor

MOST_PIXELS = 50_000_000
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WebP")
_HEAD = 72  # bytes, in which all fields are
_FIELDS = {  # index of the first byte, number of bytes and their order
    "jpeg": (0, 3, "big"),
    "png": (0, 4, "big"),
    "gif": (0, 4, "big"),
    "bmp": (0, 2, "big"),
    "webp": (8, 4, "big"),
    "png_width": (16, 4, "big"),
    "png_height": (20, 4, "big"),
    "png_depth": (24, 1, "big"),
    "png_color": (25, 1, "big"),
    "gif_width": (6, 2, "little"),
    "gif_height": (8, 2, "little"),
    "bmp_start": (10, 4, "little"),
    "bmp_info": (14, 4, "little"),
    "bmp_width": (18, 4, "little"),
    "bmp_height": (22, 4, "little"),
    "bmp_bits": (28, 2, "little"),
    "bmp_compression": (30, 4, "little"),
    "bmp_alpha": (66, 4, "little"),
    "bmp_old_width": (18, 2, "little"),
    "bmp_old_height": (20, 2, "little"),
    "bmp_old_bits": (24, 2, "little"),
    "webp_kind": (12, 4, "big"),
    "webp_flags": (20, 1, "little"),
    "webp_width": (24, 3, "little"),
    "webp_height": (27, 3, "little"),
    "webp_lossless": (21, 4, "little"),
    "webp_lossy_width": (26, 2, "little"),
    "webp_lossy_height": (28, 2, "little"),
}
_MAGIC = {"jpeg": b"\xff\xd8\xff", "png": b"\x89PNG", "gif": b"GIF8", "bmp": b"BM", "webp": b"WEBP"}
_EXIF = b"Exif\0\0"  # in front of the EXIF data of a JPEG file
_ORIENTATION = 0x0112  # the tag of EXIF
_FRAMES = [0xC0 + low for low in range(16) if low not in (4, 8, 12)]  # markers of JPEG
_MOST_CHUNKS = 200


class Header(NamedTuple):
    """What the header of an image file says.

    Attributes:
        format: int32 scalar, the index of the format in `FORMATS`; their number for other files.
        height: int64 scalar, the number of stored rows.
        width: int64 scalar, the number of stored columns.
        orientation: int64 scalar, 1 to 8: the value of EXIF, which says how to turn the image.
        fields: dict from the names of fields of all formats to int64 scalars.
        marks: int64 `(3,)`, indices of bytes, or -1. Of a JPEG they are that of its frame and its
            number of channels, of a PNG that of its transparent color. Of a GIF they are the
            descriptor and the end of its first frame, and its transparent color.
    """

    format: tf.Tensor
    height: tf.Tensor
    width: tf.Tensor
    orientation: tf.Tensor
    fields: dict[str, tf.Tensor]
    marks: tf.Tensor


def file_bytes(encoded: Tensor) -> tf.Tensor:
    """Returns the bytes of a string scalar and 16 zeros, uint8 `(n,)`."""
    return tf.io.decode_raw(tf.strings.join([encoded, bytes(16)]), "uint8")


def read_header(encoded: Tensor, data: tf.Tensor) -> Header:
    """Reads the header of an image file.

    Args:
        encoded: string scalar, the bytes of a file. They may be anything: a damaged header gives
            arbitrary sizes, and never an error.
        data: the bytes as `file_bytes` returns them.
    """
    head = tf.cast(tf.io.decode_raw(encoded, "uint8", fixed_length=_HEAD), "int64")
    fields = dict(zip(_FIELDS, tf.unstack(tf.reduce_sum(head * _weights(), 1)), strict=True))
    matches = [fields[name] == _value(magic) for name, magic in _MAGIC.items()]
    file_format = tf.argmax(tf.stack([*matches, True]), output_type="int32")
    nothing = tf.constant([-1, -1, -1, -1], "int64")
    walks = (_jpeg_marks, _png_marks, _gif_marks, lambda _: nothing, _webp_marks, lambda _: nothing)
    marks = tf.switch_case(file_format, [lambda walk=walk: walk(data) for walk in walks])
    exif, marks = marks[0], marks[1:]
    one = tf.constant(1, "int64")
    orientation = tf.cond(exif >= 0, lambda: _orientation(data, exif), lambda: one)
    height, width = (
        tf.stack(sides)[file_format]
        for sides in zip(
            (number(data, marks[0] + 1, 2), number(data, marks[0] + 3, 2)),
            (fields["png_height"], fields["png_width"]),
            _gif_shape(data, fields, marks[0]),
            _bmp_shape(fields),
            _webp_shape(fields),
            (one, one),
            strict=True,
        )
    )
    return Header(file_format, height, width, orientation, fields, marks)


def most_pixels(header: Header) -> tf.Tensor:
    """Returns the number of pixels, an int64 scalar, above which an image is not decoded.

    A JPEG with four channels may have fewer pixels, because the decoder of a progressive JPEG keeps
    two bytes of each channel.
    """
    is_wide = (header.format == FORMATS.index("JPEG")) & (header.marks[1] > 3)
    return tf.where(is_wide, tf.constant(MOST_PIXELS * 3 // 4, "int64"), MOST_PIXELS)


def is_animated_webp(header: Header) -> tf.Tensor:
    """Returns whether a file is a WebP animation, which TensorFlow's decoder does not survive.

    In TensorFlow 2.21 it writes beyond the end of its output.
    """
    is_extended = header.fields["webp_kind"] == _value(b"VP8X")
    is_webp = header.format == FORMATS.index("WebP")
    return is_webp & is_extended & (header.fields["webp_flags"] // 2 % 2 == 1)


def number(
    data: tf.Tensor, start: tf.Tensor, size: int, *, big: bool | tf.Tensor = True
) -> tf.Tensor:
    """Returns the unsigned integer in `size` bytes, at most 7, as an int64 scalar.

    After the end of the file all bytes are 0. `big` says that the first byte is the most
    significant one.
    """
    start = tf.clip_by_value(start, 0, tf.size(data, "int64") - 8)
    return _weighted(tf.slice(data, [start], [size]), size, big)


def color_table_size(flags: tf.Tensor) -> tf.Tensor:
    """Returns the size in bytes of the color table of a GIF that a byte of flags announces."""
    return tf.where(flags >= 128, 3 * 2 ** (flags % 8 + 1), 0)


def _weights():
    """Returns how much each byte of the head counts for each field, int64 `(fields, bytes)`."""
    weights = np.zeros((len(_FIELDS), _HEAD), "int64")
    for row, (start, size, order) in enumerate(_FIELDS.values()):
        powers = 256 ** np.arange(size)
        weights[row, start : start + size] = powers[::-1] if order == "big" else powers
    return weights


def _weighted(part, size, big):
    powers = 256 ** np.arange(size)
    if isinstance(big, bool):
        powers = powers[::-1] if big else powers
    else:
        powers = tf.where(big, powers[::-1].copy(), powers)
    return tf.reduce_sum(tf.cast(part, "int64") * powers, -1)


def _value(text):
    return int.from_bytes(text, "big")


def _walk(data, first, step, *found):
    """Walks from chunk to chunk; returns the tensors found at the end.

    Args:
        data: the bytes of the file.
        first: int, index of the first chunk.
        step: function from the index of a chunk and what was found, to the index of the next chunk
            (or -1 to end the walk) and what is found now.
        *found: initial values.
    """
    _, *found = tf.while_loop(
        lambda start, *_: (start >= 0) & (start < tf.size(data, "int64")),
        step,
        [tf.constant(first, "int64"), *(tf.cast(each, "int64") for each in found)],
        maximum_iterations=_MOST_CHUNKS,
    )
    return found


def _jpeg_marks(data):
    def step(start, exif, frame):
        marker = number(data, start, 2) - 0xFF00
        is_exif = (marker == 0xE1) & (number(data, start + 4, 6) == _value(_EXIF))
        # Bytes of 255 may fill the gap in front of a marker.
        after = tf.where(marker == 0xFF, start + 1, start + 2 + number(data, start + 2, 2))
        return (
            tf.where(marker != 0xDA, after, -1),
            tf.where(is_exif & (exif < 0), start + 10, exif),
            tf.where(tf.reduce_any(marker == _FRAMES), start + 4, frame),
        )

    # Without a frame, the sides are read from the zeros behind the file.
    exif, frame = _walk(data, 2, step, -1, tf.size(data))
    return tf.stack([exif, frame, number(data, frame + 5, 1), -1])


def _png_marks(data):
    def step(start, exif, clear):
        tag = number(data, start + 4, 4)
        return (
            tf.where(tag != _value(b"IDAT"), start + 12 + number(data, start, 4), -1),
            tf.where(tag == _value(b"eXIf"), start + 8, exif),
            tf.where(tag == _value(b"tRNS"), start + 8, clear),
        )

    exif, clear = _walk(data, 8, step, -1, -1)
    return tf.stack([exif, clear, -1, -1])


def _webp_marks(data):
    def step(start, exif):
        length = number(data, start + 4, 4, big=False)
        is_exif = number(data, start, 4) == _value(b"EXIF")
        return start + 8 + length + length % 2, tf.where(is_exif, start + 8, exif)

    (exif,) = _walk(data, 12, step, -1)
    # Some writers put the mark of JPEG in front.
    exif = tf.where(number(data, exif, 6) == _value(_EXIF), exif + 6, exif)
    return tf.stack([exif, -1, -1, -1])


def _gif_marks(data):
    """Walks through a GIF file up to the end of its first frame."""

    def after_blocks(start):
        """Returns the index after a sequence of blocks, each with its length in front."""
        start, _ = tf.while_loop(
            lambda start, length: length > 0,
            lambda start, length: (start + 1 + length, number(data, start + 1 + length, 1)),
            [start, number(data, start, 1)],
        )
        return start + 1

    def step(start, clear):
        is_control = number(data, start, 3) == 0x21F904
        is_clear = is_control & (number(data, start + 3, 1) % 2 == 1)
        return after_blocks(start + 2), tf.where(is_clear, number(data, start + 6, 1), clear)

    frame, clear = tf.while_loop(
        lambda start, clear: number(data, start, 1) == 0x21,
        step,
        [
            13 + color_table_size(number(data, tf.constant(10, "int64"), 1)),
            tf.constant(-1, "int64"),
        ],
    )
    table = color_table_size(number(data, frame + 9, 1))
    return tf.stack([-1, frame, after_blocks(frame + 11 + table), clear])


def _gif_shape(data, fields, frame):
    # A frame may be larger than the screen that it belongs to.
    return (
        tf.maximum(fields["gif_height"], number(data, frame + 7, 2, big=False)),
        tf.maximum(fields["gif_width"], number(data, frame + 5, 2, big=False)),
    )


def _bmp_shape(fields):
    is_old, height = fields["bmp_info"] == 12, fields["bmp_height"]
    # A negative height says that the first row is the upper one.
    height = tf.minimum(height, 2**32 - height)
    return (
        tf.where(is_old, fields["bmp_old_height"], height),
        tf.where(is_old, fields["bmp_old_width"], fields["bmp_width"]),
    )


def _webp_shape(fields):
    extended, lossless = (fields["webp_kind"] == _value(kind) for kind in (b"VP8X", b"VP8L"))

    def side(name, shift):
        packed = fields["webp_lossless"] // 2**shift % 2**14 + 1
        lossy = tf.where(lossless, packed, fields[f"webp_lossy_{name}"] % 2**14)
        return tf.where(extended, fields[f"webp_{name}"] + 1, lossy)

    return side("height", 14), side("width", 0)


def _orientation(data, start):
    """Returns the orientation in the EXIF data at an index, 1 if there is none."""
    big = number(data, start, 1) == ord("M")
    directory = start + number(data, start + 4, 4, big=big)
    entries = data[directory + 2 : directory + 2 + 12 * number(data, directory, 2, big=big)]
    entries = tf.reshape(entries[: tf.size(entries) // 12 * 12], (-1, 12))
    is_orientation = _weighted(entries[:, :2], 2, big) == _ORIENTATION
    values = tf.where(is_orientation, _weighted(entries[:, 8:10], 2, big), 0)
    value = tf.reduce_max(tf.concat([values, [0]], 0))
    return tf.where((value >= 1) & (value <= 8), value, 1)
