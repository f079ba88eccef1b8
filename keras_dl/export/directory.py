"""Moves a directory to its destination in one step."""

import ctypes
import os
import pathlib
import sys

_CURRENT_FOLDER = -100  # AT_FDCWD of Linux
_EXCHANGE = 2  # RENAME_EXCHANGE of Linux


def replace_directory(new: pathlib.Path, path: pathlib.Path) -> None:
    """Renames the directory `new` to `path`, and moves an older directory out of the way.

    On Linux, the two directories are exchanged in one step, so that `path` exists even if the
    process is killed. Other systems need two renames, and `path` does not exist between them.

    Args:
        new: pathlib.Path of the new directory, on the same file system as `path`.
        path: pathlib.Path of the destination.
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
    """Exchanges two paths; returns False if the system cannot."""
    if sys.platform != "linux":
        return False
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    if rename is None:
        return False
    paths = os.fsencode(one), os.fsencode(other)
    return rename(_CURRENT_FOLDER, paths[0], _CURRENT_FOLDER, paths[1], _EXCHANGE) == 0
