"""Images of one size, from a folder or an array in a file."""

import os
import pathlib

import numpy as np
import tensorflow as tf

_ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".png")


def read_images(path: str | os.PathLike[str]) -> np.ndarray:
    """Reads all images of a folder, or the array of a `.npy` file.

    The files of a folder are read in the order of their names, folders in it too. Images whose
    three channels are all equal are gray ones.

    Args:
        path: str or path. A folder with PNG, JPEG, BMP or GIF files of one size, or a `.npy` file
            with `(n, height, width)` or `(n, height, width, channels)`, uint8 or float from 0 to 1.

    Returns:
        float32 `(n, height, width, channels)` from 0 to 1, with 1 or 3 channels (those of the array
        of a file).

    Raises:
        FileNotFoundError: if there is nothing at `path`.
        ValueError: if images differ in size, are fewer than two, damaged, outside of 0 to 1, not
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
        images = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise ValueError(
            f"read_images: a file must be an array, as numpy.save writes it. Received {path}: "
            f"{error}. Save it anew."
        ) from error
    if not (isinstance(images, np.ndarray) and _holds_pixels(images.dtype)):
        kind = getattr(images, "dtype", "several arrays")
        raise ValueError(
            f"read_images: a file must be one array of uint8 or float. Received {kind} in "
            f"{path}. Save pixels.astype('uint8') if they are 0 to 255, else floats from 0 to 1."
        )
    images = images[..., None] if images.ndim == 3 else images
    whole = images.ndim == 4 and min(images.shape) > 0 and images.shape[-1] in (1, 3)
    if not whole or len(images) < 2:
        raise ValueError(
            "read_images: an array must be (n, height, width), or (n, height, width, channels) "
            f"with 1 or 3 of them, and two images or more. Received shape {images.shape} in "
            f"{path}. Reshape it."
        )
    scaled = _scaled(images, path) if images.dtype == np.uint8 else images.astype("float32")
    # Also of NaN neither is true.
    right = ((scaled >= 0) & (scaled <= 1)).reshape(len(scaled), -1).all(1)
    if not right.all():
        first = int(right.argmin())
        raise ValueError(
            "read_images: values must be uint8, or from 0 to 1. Received "
            f"{scaled[first].min()} to {scaled[first].max()} in image {first} of {path}, one of "
            f"{(~right).sum()} such images. Divide by their largest value, and leave out NaN."
        )
    return scaled


def _holds_pixels(dtype):
    return dtype == np.uint8 or dtype.kind == "f"


def _scaled(images, path):
    if images.max() == 1:
        raise ValueError(
            "read_images: bytes are brightness from 0 to 255. Received no more than 1 in "
            f"{path}. Save 255 in place of 1, or an array of 0 and 1 as float32."
        )
    return images.astype("float32") / 255


def _from_folder(folder):
    paths = sorted(
        path for path in folder.rglob("*") if path.suffix.lower() in _ENDINGS and path.is_file()
    )
    if len(paths) < 2:
        raise ValueError(
            f"read_images: a folder must have two images or more ({', '.join(_ENDINGS)}). "
            f"Received {folder} with {len(paths)}. Put more there."
        )
    images = [_read(path) for path in paths]
    for path, image in zip(paths, images, strict=True):
        if image.shape != images[0].shape:
            raise ValueError(
                f"read_images: images must be of one size. Received {paths[0]} of "
                f"{_size(images[0])}, {path} of {_size(image)} (height x width). Resize them."
            )
    images = np.stack(images)
    gray = (images == images[..., :1]).all()
    return _scaled(images[..., :1] if gray else images, folder)


def _read(path):
    try:
        encoded = path.read_bytes()
        return tf.io.decode_image(encoded, channels=3, expand_animations=False).numpy()
    except tf.errors.InvalidArgumentError as error:
        raise ValueError(
            f"read_images: every file must be a whole image. Received {path}. Delete it."
        ) from error


def _size(image):
    return f"{image.shape[0]} x {image.shape[1]}"
