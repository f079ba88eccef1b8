"""Files that are either the old one or the new one, never half of one."""

import contextlib
import json
import os
import pathlib
import uuid
from collections.abc import Iterator, Mapping
from typing import IO, Any, Literal, TypeAlias

import numpy as np

File: TypeAlias = IO[Any]
"""An open file, of bytes or of text as its mode says."""
Json: TypeAlias = Any
"""A value that JSON can hold: a dict, list, string, number, truth value or None."""


class CheckpointError(ValueError):
    """Says why a training can't go on from a checkpoint."""


@contextlib.contextmanager
def write_atomically(
    path: str | os.PathLike[str], mode: Literal["wb", "w"] = "wb"
) -> Iterator[File]:
    """Opens a file that takes the place of `path` only when it is complete and on the disk.

    What is written goes to `.<name>.<random>.partial` beside `path`, so that several writers of one
    path leave the whole file of one of them. A `kill -9` may leave that file behind; `Run` removes
    those in its directory. An exception in the block leaves `path` as it was.

    Args:
        path: str or `pathlib.Path`. Its directory must exist.
        mode: `"wb"` for bytes, `"w"` for text in UTF-8.

    Yields:
        The open file.

    Raises:
        OSError: if the directory does not exist, is not writable or is full.

    Example:
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "scores.txt")
    >>> with write_atomically(path, "w") as file:
    ...     _ = file.write("0.5")
    >>> path.read_text()
    '0.5'
    """
    path = pathlib.Path(path)
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}.partial")
    try:
        with open(partial, mode, encoding=None if "b" in mode else "utf-8") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    _sync_directory(path.parent)


def save_arrays(
    path: str | os.PathLike[str], arrays: Mapping[str, np.ndarray], metadata: Mapping[str, Json]
) -> None:
    """Writes `path`, which is the old file until the new one is complete.

    Args:
        path: str or `pathlib.Path` of an .npz file.
        arrays: dict from names to arrays.
        metadata: dict for JSON, what there is beside the arrays.
    """
    with write_atomically(path) as file:
        # The stub takes the arrays for `allow_pickle` too.
        np.savez(file, metadata=json.dumps(metadata), **arrays)  # type: ignore[arg-type]


def load_arrays(path: str | os.PathLike[str]) -> tuple[dict[str, np.ndarray], dict[str, Json]]:
    """Reads what `save_arrays` wrote; returns arrays and metadata.

    Raises:
        FileNotFoundError: if there is no such file.
        CheckpointError: if the file is cut off, damaged or something else.
    """
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = dict(archive)
        return arrays, json.loads(arrays.pop("metadata").item())
    except FileNotFoundError:
        raise
    except Exception as error:  # a damaged archive raises whatever its damaged field leads to
        raise not_a_checkpoint(path, error) from error


def not_a_checkpoint(path: str | os.PathLike[str], error: Exception | str) -> CheckpointError:
    """Returns the error for a file that is no checkpoint."""
    return CheckpointError(
        f"a checkpoint must be a whole file that training wrote. Received {str(path)!r}: {error}. "
        "Delete it to begin anew."
    )


def _sync_directory(directory):
    """Puts the renaming itself on the disk; without it a power cut may undo it."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
