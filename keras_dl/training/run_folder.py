"""The folder of a run, proved to be writable and large enough before training begins."""

import os
import pathlib

_MEGABYTE = 2**20


def prepare_run_folder(folder, num_bytes):
    """Makes `folder` and proves that it takes `num_bytes`, by writing that much and deleting it.

    Asking for the free space is not enough: quotas, file size limits and read-only mounts show only
    when one writes.

    Args:
        folder: str or `pathlib.Path`. Made with its parents if it is not there.
        num_bytes: int. What training will have to write there at the same time.

    Raises:
        OSError: if the folder cannot be made, is not writable, or has no room.
    """
    folder = pathlib.Path(folder)
    probe = folder / ".room.partial"
    # Random bytes, so that no file system saves the space by compressing or leaving holes.
    block = os.urandom(_MEGABYTE)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with open(probe, "wb") as file:
                for start in range(0, num_bytes, _MEGABYTE):
                    file.write(block[: num_bytes - start])
                file.flush()
                os.fsync(file.fileno())
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        megabytes = -(-num_bytes // _MEGABYTE)
        raise OSError(
            f"the run folder must be writable and have {megabytes} MB free before training begins. "
            f"Received folder {str(folder)!r}: {error.strerror or error}. "
            "Make room there, or choose another folder."
        ) from error
