"""Arrays and what belongs to them, in one file that is replaced as a whole."""

import json
import zipfile

import numpy as np

from keras_dl.training.atomic_file import write_atomically


def save_arrays(path, arrays, place):
    """Writes `path`, which is the old file until the new one is complete.

    Args:
        path: str or `pathlib.Path` of an .npz file.
        arrays: dict from names to arrays.
        place: dict for JSON, what there is beside the arrays.
    """
    with write_atomically(path) as file:
        np.savez(file, place=json.dumps(place), **arrays)


def load_arrays(path):
    """Reads what `save_arrays` wrote; returns arrays and place.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the file is cut off, damaged or something else.
    """
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = dict(archive)
        return arrays, json.loads(arrays.pop("place").item())
    except FileNotFoundError:
        raise
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise not_a_checkpoint(path, error) from error


def not_a_checkpoint(path, error):
    """Returns the error for a file that is no checkpoint."""
    return ValueError(
        f"a checkpoint must be a whole file that training wrote. Received {str(path)!r}: {error}. "
        "Delete it to begin anew."
    )
