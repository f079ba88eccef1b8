"""Files that are either the old one or the new one, never half of one."""

import contextlib
import os
import pathlib


@contextlib.contextmanager
def write_atomically(path, mode="wb"):
    """Opens a file that takes the place of `path` only when it is complete and on the disk.

    What is written goes to `.<name>.partial` beside `path`; a `kill -9` may leave that one behind,
    and the next write takes it over. An exception in the block leaves `path` as it was.

    Args:
        path: str or `pathlib.Path`. Its folder must exist.
        mode: `"wb"` for bytes, `"w"` for text in UTF-8.

    Yields:
        The open file.

    Raises:
        OSError: if the folder does not exist, is not writable or is full.

    Example:
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "scores.txt")
    >>> with write_atomically(path, "w") as file:
    ...     _ = file.write("0.5")
    >>> path.read_text()
    '0.5'
    """
    path = pathlib.Path(path)
    partial = path.with_name(f".{path.name}.partial")
    try:
        with open(partial, mode, encoding=None if "b" in mode else "utf-8") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder):
    """Puts the renaming itself on the disk; without it a power cut may undo it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
