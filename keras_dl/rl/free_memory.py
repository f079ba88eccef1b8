"""Available memory of the machine or its container."""

import os
import pathlib


def free_memory(root: str | os.PathLike[str] = "/") -> int:
    """Returns the bytes that this process can allocate, within the limit of its container.

    Args:
        root: str or `pathlib.Path`. Directory that contains proc and sys.
    """
    root = pathlib.Path(root)
    try:
        told = (root / "proc/meminfo").read_text().split("MemAvailable:")[1]
        free = int(told.split()[0]) * 1024
    except (OSError, IndexError):
        free = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([free, *_left_in_groups(root)])


def _left_in_groups(root):
    """Yields the free bytes of this process's control group (version 2) and its parents."""
    try:
        name = (root / "proc/self/cgroup").read_text().split("0::/")[1].splitlines()[0]
    except (OSError, IndexError):
        return
    groups = pathlib.PurePosixPath("sys/fs/cgroup", name)
    for group in (groups, *groups.parents[:-3]):
        try:
            limit = int((root / group / "memory.max").read_text())
            used = int((root / group / "memory.current").read_text())
            told = (root / group / "memory.stat").read_text()
        except (OSError, ValueError):  # no such file, or the limit "max"
            continue
        # The kernel frees the file cache when memory is needed.
        cache = int(told.split("inactive_file ")[1].split()[0])
        yield limit - used + cache
