"""Reads images of one size from a directory or a `.npy` file."""

import os
import pathlib
import warnings

import numpy as np

from keras_dl.pipelines.image_decoding import decode_image, image_fault

ENDINGS = (".bmp", ".gif", ".jfif", ".jpeg", ".jpg", ".png", ".webp")
OTHER_ENDINGS = (
    ".avif",
    ".heic",
    ".heif",
    ".jxl",
    ".pgm",
    ".tif",
    ".tiff",
)  # named: not read


def read_images(path: str | os.PathLike[str]) -> np.ndarray:
    """Reads all images of a directory, or the array of a `.npy` file.

    Files are read in the order of their names, including those of subdirectories, except hidden
    ones. If the three channels of all images are equal, the images are read as gray.

    Args:
        path: str or path. A directory with images of one size that `decode_image` reads, or a
            `.npy` file with `(n, height, width)` or `(n, height, width, channels)`, uint8 or float
            from 0 to 1.

    Returns:
        float32 `(n, height, width, channels)` from 0 to 1, with 1 or 3 channels. A `.npy` array
        keeps its channels.

    Raises:
        FileNotFoundError: if `path` does not exist.
        ValueError: if there are fewer than two images, or if images differ in size, have values
            that are out of range or not finite, or are uint8 with only the values 0 and 1. The
            message names the file.

    Warns:
        UserWarning: once, if files of a directory cannot be decoded. They are left out.
    """
    path = pathlib.Path(path)
    if not path.exists():
        raise FileNotFoundError(
            f"read_images: path must be a directory or a file. Received {path}. Check the path."
        )
    return _from_array(path) if path.is_file() else _from_directory(path)


def _from_array(path):
    try:
        images = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise ValueError(
            f"read_images: a file must contain an array saved by numpy.save. Received {path}: "
            f"{error}. Save it again."
        ) from error
    if not (isinstance(images, np.ndarray) and _holds_pixels(images.dtype)):
        kind = getattr(images, "dtype", "several arrays")
        raise ValueError(
            f"read_images: a file must be one array of uint8 or float. Received {kind} in {path}. "
            "Save pixels.astype('uint8') if they are 0 to 255, otherwise floats from 0 to 1."
        )
    images = images[..., None] if images.ndim == 3 else images
    whole = images.ndim == 4 and min(images.shape) > 0 and images.shape[-1] in (1, 3)
    if not whole or len(images) < 2:
        raise ValueError(
            "read_images: an array must be (n, height, width), or (n, height, width, channels) "
            f"with 1 or 3 channels, and have at least two images. Received shape {images.shape} in "
            f"{path}. Reshape the array."
        )
    scaled = _scaled(images, path) if images.dtype == np.uint8 else images.astype("float32")
    # NaN fails both comparisons.
    right = ((scaled >= 0) & (scaled <= 1)).reshape(len(scaled), -1).all(1)
    if not right.all():
        first = int(right.argmin())
        raise ValueError(
            "read_images: float values must be from 0 to 1. Received "
            f"{scaled[first].min()} to {scaled[first].max()} in image {first} of {path}, one of "
            f"{(~right).sum()} images out of range. Scale all images by the same rule, and "
            "remove NaN."
        )
    return scaled


def _holds_pixels(dtype):
    return dtype == np.uint8 or dtype.kind == "f"


def _scaled(images, path):
    if images.max() == 1:
        raise ValueError(
            "read_images: uint8 pixels must use the full range from 0 to 255. Received "
            f"{path}, where the largest value is only 1. Save 255 instead of 1, or an array of 0 "
            "and 1 as float32."
        )
    return images.astype("float32") / 255


def _from_directory(directory):
    files = sorted(
        path
        for path in directory.rglob("*")
        if path.suffix.lower() in ENDINGS + OTHER_ENDINGS
        and path.is_file()
        and not path.name.startswith(".")
    )
    faults = {path: image_fault(path.read_bytes()) for path in files}
    if left_out := [f"{path} ({fault})" for path, fault in faults.items() if fault]:
        warnings.warn(
            f"images must be valid {', '.join(ENDINGS)} files. Received {len(left_out)} others, "
            f"the first one {left_out[0]}. They are left out. Save them again, or delete them.",
            stacklevel=3,
        )
    paths = [path for path, fault in faults.items() if not fault]
    if len(paths) < 2:
        raise ValueError(
            f"read_images: a directory must have at least two images ({', '.join(ENDINGS)}). "
            f"Received {directory} with {len(paths)}. Add images."
        )
    images = [decode_image(path.read_bytes()).numpy() for path in paths]
    for path, image in zip(paths, images, strict=True):
        if image.shape != images[0].shape:
            raise ValueError(
                f"read_images: images must have the same size. Received {paths[0]} of "
                f"{_size(images[0])}, {path} of {_size(image)} (height x width). Resize them."
            )
    images = np.stack(images)
    gray = (images == images[..., :1]).all()
    return _scaled(images[..., :1] if gray else images, directory)


def _size(image):
    return f"{image.shape[0]} x {image.shape[1]}"
