"""Bytes, images and plots as they cross the border of the page."""

import base64
import binascii
import io
import struct
from typing import TYPE_CHECKING

from keras_dl.application.application import Application, Record
from keras_dl.application.errors import UserError
from keras_dl.application.fields import Value, plain
from keras_dl.application.rendering import write_image

if TYPE_CHECKING:
    import PIL.Image
    from matplotlib.figure import Figure

    from keras_dl.training.atomic_file import Json


def from_base64(text: str, name: str) -> bytes:
    """Returns the bytes of a file that a JSON request contains as base64.

    Raises:
        UserError: if the text is not base64.
    """
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UserError(f"{name} must be the bytes of a file as base64.") from error


def in_json(app: Application, record: Record, files: bool) -> "dict[str, Json]":
    """Returns a record in JSON types, without the bytes of its inputs.

    Args:
        app: `Application`.
        record: record with any values.
        files: bool. Whether images and videos among the outputs are base64, or only described.
    """
    names = {field.name for field in app.inputs}
    shown = {}
    for name, value in record.items():
        encoded = file_bytes(value)
        if encoded is None:
            shown[name] = plain(value)
        elif name not in names:
            text = base64.b64encode(encoded).decode()
            shown[name] = text if files else f"{len(encoded):,} bytes"
    return shown


def file_bytes(value: Value) -> bytes | None:
    """Returns a video as it is and a uint8 image as a PNG file; None for other values."""
    if isinstance(value, bytes):
        return value
    if getattr(value, "dtype", None) != "uint8":
        return None
    file = io.BytesIO()
    write_image(file, value)
    return file.getvalue()


def opened(encoded: bytes) -> "PIL.Image.Image":
    """Returns the image in the bytes of a PNG file."""
    import PIL.Image

    return PIL.Image.open(io.BytesIO(encoded))


def png(figure: "Figure") -> bytes:
    """Returns a matplotlib figure as the bytes of a PNG file."""
    file = io.BytesIO()
    figure.savefig(file, dpi=120, format="png")
    return file.getvalue()


def wav_seconds(encoded: bytes) -> float:
    """Returns the duration of a WAV file that `read_audio_bytes` accepts, from its header.

    Example:
    >>> header = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", 0, b"WAVE", b"fmt ", 16, 1, 1, 8, 8, 1, 8)
    >>> wav_seconds(header + struct.pack("<4sI", b"data", 16) + bytes(16))
    2.0
    """
    position, per_second = 12, 1
    while position + 8 <= len(encoded):
        kind, length = struct.unpack_from("<4sI", encoded, position)
        position += 8
        if kind == b"data":
            return min(length, len(encoded) - position) / per_second
        if kind == b"fmt " and position + 14 <= len(encoded):
            (rate,) = struct.unpack_from("<I", encoded, position + 4)
            (block,) = struct.unpack_from("<H", encoded, position + 12)
            per_second = max(1, rate * block)
        position += length + length % 2
    return 0.0
