"""Puts a whole folder in its place in one step."""

import ctypes
import os
import pathlib
import sys

_CURRENT_FOLDER = -100  # AT_FDCWD of Linux
_EXCHANGE = 2  # RENAME_EXCHANGE of Linux


def put_in_place(new: pathlib.Path, path: pathlib.Path) -> None:
    """Renames the folder `new` to `path`; an older folder there ends at the place of `new`.

    On Linux the two change places in one step: whoever is killed leaves one of them at `path`.
    Elsewhere there is an instant between two renames.

    Args:
        new: pathlib.Path of the folder, on the file system of `path`.
        path: pathlib.Path that it is to have.
    """
    if not os.path.lexists(path):
        os.rename(new, path)
    elif not _exchange(new, path):
        old = new.with_name("old")
        os.rename(path, old)
        try:
            os.rename(new, path)
        except BaseException:
            os.rename(old, path)
            raise


def _exchange(one, other):
    """Whether the system could exchange two paths."""
    if sys.platform != "linux":
        return False
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    if rename is None:
        return False
    paths = os.fsencode(one), os.fsencode(other)
    return rename(_CURRENT_FOLDER, paths[0], _CURRENT_FOLDER, paths[1], _EXCHANGE) == 0
