"""Conversion of images to the bytes that a SavedModel takes as input."""

import os
import pathlib
from typing import TYPE_CHECKING, Any

from keras_dl.application.errors import UserError

if TYPE_CHECKING:
    import numpy as np


def images_in(directory: str | os.PathLike[str]) -> list[pathlib.Path]:
    """Returns the images in a directory, except hidden ones, in the order of their names.

    These include images of formats that cannot be read, and are empty if the directory cannot.
    """
    from keras_dl.pipelines import image_files

    endings = image_files.ENDINGS + image_files.OTHER_ENDINGS
    path = pathlib.Path(directory)
    if not os.access(path, os.R_OK):
        return []
    images = [each for each in sorted(path.iterdir()) if each.suffix.lower() in endings]
    return [each for each in images if not each.name.startswith(".")]


def read_image_bytes(image: "str | bytes | os.PathLike[str] | np.ndarray") -> bytes:
    """Converts an image to the bytes of an image file.

    Args:
        image: path; bytes of a JPEG, PNG, GIF, BMP or WebP file; or uint8 array `(height, width)`
            or `(height, width, channels)`, which is encoded as PNG.

    Raises:
        UserError: if the image cannot be read or decoded. The message does not name the image.
    """
    import tensorflow as tf

    from keras_dl import pipelines

    given: Any = image  # other types are rejected below
    if hasattr(given, "dtype") and (given.dtype != "uint8" or not given.size):
        raise UserError("the array is empty or not uint8")
    try:
        if hasattr(given, "dtype"):
            return tf.io.encode_png(given[..., None] if given.ndim == 2 else given).numpy()
        is_path = isinstance(given, (str, os.PathLike))
        encoded = pathlib.Path(given).read_bytes() if is_path else given
        fault = pipelines.image_fault(encoded)
    except IsADirectoryError as error:
        content = "; one of its images is expected" if images_in(given) else " without images"
        raise UserError(f"a directory{content}") from error
    except OSError as error:
        raise UserError(error.strerror or str(error)) from error
    except (TypeError, ValueError, tf.errors.InvalidArgumentError) as error:
        raise UserError("not a valid image") from error
    if fault:
        raise UserError(fault)
    return encoded
