"""Atomic file writes: a path always contains the old file or the complete new one."""

import contextlib
import json
import os
import pathlib
import uuid
from collections.abc import Iterator, Mapping
from typing import IO, Any, Literal, TypeAlias

import numpy as np

File: TypeAlias = IO[Any]
"""An open file of bytes or text, depending on its mode."""
Json: TypeAlias = Any
"""A JSON value: a dict, list, string, number, bool or None."""


class CheckpointError(ValueError):
    """Raised if training cannot resume from a checkpoint."""


@contextlib.contextmanager
def write_atomically(
    path: str | os.PathLike[str], mode: Literal["wb", "w"] = "wb"
) -> Iterator[File]:
    """Opens a file that replaces `path` only when it is complete and on disk.

    The data is first written to `.<name>.<random>.partial` next to `path`. If several writers share
    a path, the complete file of one of them remains. `kill -9` may leave a partial file; `Run`
    removes these files from its directory. An exception in the block leaves `path` unchanged.

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
    """Writes arrays and metadata to `path` atomically.

    Args:
        path: str or `pathlib.Path` of an .npz file.
        arrays: dict from names to arrays.
        metadata: JSON-serializable dict.
    """
    with write_atomically(path) as file:
        # The type stub matches the arrays with `allow_pickle` too.
        np.savez(file, metadata=json.dumps(metadata), **arrays)  # type: ignore[arg-type]


def load_arrays(path: str | os.PathLike[str]) -> tuple[dict[str, np.ndarray], dict[str, Json]]:
    """Reads a file that `save_arrays` wrote, and returns its arrays and metadata.

    Raises:
        FileNotFoundError: if the file does not exist.
        CheckpointError: if the file is truncated, damaged or not a checkpoint.
    """
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = dict(archive)
        return arrays, json.loads(arrays.pop("metadata").item())
    except FileNotFoundError:
        raise
    except Exception as error:  # a damaged archive may raise any exception
        raise not_a_checkpoint(path, error) from error


def not_a_checkpoint(path: str | os.PathLike[str], error: Exception | str) -> CheckpointError:
    """Returns the error for a file that is not a checkpoint."""
    return CheckpointError(
        f"Checkpoint: the file must be a complete checkpoint. Received {str(path)!r}: {error}. "
        "Delete it to start again."
    )


def _sync_directory(directory):
    """Writes the renaming to disk; without this, a power failure may undo it."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
