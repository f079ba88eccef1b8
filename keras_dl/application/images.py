"""Images of any origin as the bytes that a SavedModel takes."""

import os
import pathlib
from typing import Any

from keras_dl.application.errors import UserError


def read_image_bytes(image: Any) -> bytes:
    """Returns an input of the kind `Image` as the bytes of a file that can be decoded.

    Args:
        image: a path, the bytes of a JPEG, PNG, BMP or GIF, or a uint8 array `(height, width)` or
            `(height, width, channels)`, which becomes a PNG.

    Raises:
        UserError: if it cannot be read or is no whole image. The message is the reason alone.
    """
    import tensorflow as tf

    from keras_dl import pipelines

    if hasattr(image, "dtype") and (image.dtype != "uint8" or not image.size):
        raise UserError("no uint8 array with pixels")
    try:
        if hasattr(image, "dtype"):
            return tf.io.encode_png(image[..., None] if image.ndim == 2 else image).numpy()
        is_path = isinstance(image, (str, os.PathLike))
        encoded = pathlib.Path(image).read_bytes() if is_path else image
        pipelines.decode_picture(encoded)
    except IsADirectoryError as error:
        raise UserError("a directory without images") from error
    except OSError as error:
        raise UserError(error.strerror or str(error)) from error
    except (TypeError, ValueError, tf.errors.InvalidArgumentError) as error:
        raise UserError("no whole image") from error
    return encoded
