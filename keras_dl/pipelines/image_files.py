"""Pictures of one size, from a folder or an array in a file."""

import os
import pathlib

import numpy as np
import tensorflow as tf

_ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".png")


def read_images(path: str | os.PathLike[str]) -> np.ndarray:
    """Reads all pictures of a folder, or the array of a `.npy` file.

    The files of a folder are read in the order of their names, folders in it too. Pictures whose
    three channels are all equal are gray ones.

    Args:
        path: str or path. A folder with PNG, JPEG, BMP or GIF files of one size, or a `.npy` file
            with `(n, height, width)` or `(n, height, width, channels)`, uint8 or float from 0 to 1.

    Returns:
        float32 `(n, height, width, channels)` from 0 to 1, with 1 or 3 channels (those of the array
        of a file).

    Raises:
        FileNotFoundError: if there is nothing at `path`.
        ValueError: if pictures differ in size, are fewer than two, damaged, outside of 0 to 1, not
            finite, or a uint8 array with only 0 and 1; the message names the file.
    """
    path = pathlib.Path(path)
    if not path.exists():
        raise FileNotFoundError(
            f"read_images: path must be a folder or a file. Received {path}. Make it."
        )
    return _from_array(path) if path.is_file() else _from_folder(path)


def _from_array(path):
    try:
        pictures = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise ValueError(
            f"read_images: a file must be an array, as numpy.save writes it. Received {path}: "
            f"{error}. Save it anew."
        ) from error
    if not (isinstance(pictures, np.ndarray) and _holds_pixels(pictures.dtype)):
        kind = getattr(pictures, "dtype", "several arrays")
        raise ValueError(
            f"read_images: a file must be one array of uint8 or float. Received {kind} in "
            f"{path}. Save pixels.astype('uint8') if they are 0 to 255, else floats from 0 to 1."
        )
    pictures = pictures[..., None] if pictures.ndim == 3 else pictures
    whole = pictures.ndim == 4 and min(pictures.shape) > 0 and pictures.shape[-1] in (1, 3)
    if not whole or len(pictures) < 2:
        raise ValueError(
            "read_images: an array must be (n, height, width), or (n, height, width, channels) "
            f"with 1 or 3 of them, and two pictures or more. Received shape {pictures.shape} in "
            f"{path}. Reshape it."
        )
    scaled = _scaled(pictures, path) if pictures.dtype == np.uint8 else pictures.astype("float32")
    # Also of NaN neither is true.
    right = ((scaled >= 0) & (scaled <= 1)).reshape(len(scaled), -1).all(1)
    if not right.all():
        first = int(right.argmin())
        raise ValueError(
            "read_images: values must be uint8, or from 0 to 1. Received "
            f"{scaled[first].min()} to {scaled[first].max()} in picture {first} of {path}, one of "
            f"{(~right).sum()} such pictures. Divide by their largest value, and leave out NaN."
        )
    return scaled


def _holds_pixels(dtype):
    return dtype == np.uint8 or dtype.kind == "f"


def _scaled(pictures, path):
    if pictures.max() == 1:
        raise ValueError(
            "read_images: bytes are brightness from 0 to 255. Received no more than 1 in "
            f"{path}. Save 255 in place of 1, or an array of 0 and 1 as float32."
        )
    return pictures.astype("float32") / 255


def _from_folder(folder):
    paths = sorted(
        path for path in folder.rglob("*") if path.suffix.lower() in _ENDINGS and path.is_file()
    )
    if len(paths) < 2:
        raise ValueError(
            f"read_images: a folder must have two pictures or more ({', '.join(_ENDINGS)}). "
            f"Received {folder} with {len(paths)}. Put more there."
        )
    pictures = [_read(path) for path in paths]
    for path, picture in zip(paths, pictures, strict=True):
        if picture.shape != pictures[0].shape:
            raise ValueError(
                f"read_images: pictures must be of one size. Received {paths[0]} of "
                f"{_size(pictures[0])}, {path} of {_size(picture)} (height x width). Resize them."
            )
    pictures = np.stack(pictures)
    gray = (pictures == pictures[..., :1]).all()
    return _scaled(pictures[..., :1] if gray else pictures, folder)


def _read(path):
    try:
        encoded = path.read_bytes()
        return tf.io.decode_image(encoded, channels=3, expand_animations=False).numpy()
    except tf.errors.InvalidArgumentError as error:
        raise ValueError(
            f"read_images: every file must be a whole picture. Received {path}. Delete it."
        ) from error


def _size(picture):
    return f"{picture.shape[0]} x {picture.shape[1]}"
