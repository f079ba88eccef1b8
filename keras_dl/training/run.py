"""Run directory with one writer, checkpoints, and Ctrl-C that waits for the next checkpoint."""

import contextlib
import json
import os
import pathlib
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from typing import IO, Self

import numpy as np

from keras_dl.training.atomic_file import Json, save_arrays, write_atomically

SECONDS_BETWEEN_CHECKPOINTS = 15.0
_MEGABYTE = 2**20


class Run:
    """Directory of a training run, locked while the run trains.

    All training code writes its files through a `Run`: `checkpoint.npz`, which is replaced about
    every 15 s, and `history.json`. Before training, use `write_json` to write the other files that
    are needed to load the trained model. Write the file that marks the run as complete last. A run
    is then either complete or absent. Code that resumes a run writes missing files again.

    Args:
        directory: str or `pathlib.Path`. It is created with its parents if it does not exist.
        resume: bool. Whether to continue from the checkpoint in `directory`, if there is one.
            Otherwise the first write removes the checkpoint and the history of an earlier run.
        writes: bool. Whether this process writes files. If several processes train together, use
            False in all but the first.

    Attributes:
        directory: `pathlib.Path` of the directory.
        checkpoint: `pathlib.Path` of the checkpoint.
        writes: bool. Whether this process writes files.
        resume: bool. Whether the run was opened to continue an earlier one.

    Raises:
        OSError: on entry, if the directory cannot be created or written to, or another training run
            uses it.

    Example:
    >>> import tempfile
    >>> with Run(tempfile.mkdtemp()) as run:
    ...     run.write_json("assets.json", {"labels": ["ham", "spam"]})
    ...     run.write_json("run.json", {"seed": 0})  # the last one before training
    """

    def __init__(
        self, directory: str | os.PathLike[str], *, resume: bool = False, writes: bool = True
    ) -> None:
        self.directory = pathlib.Path(directory)
        self.checkpoint = self.directory / "checkpoint.npz"
        self.writes = writes
        self.resume = resume
        self._continues = resume
        self._interrupted = False
        self._last_write, self._seconds_to_write = time.monotonic(), 0.0
        self._lock: IO[str] | None = None
        self._is_new = False

    def __enter__(self) -> Self:
        if self.writes:
            try:
                self._is_new = not self.directory.exists()
                self.directory.mkdir(parents=True, exist_ok=True)
                self._lock = open(self.directory / ".lock", "w")
            except OSError as error:
                raise _unusable(self.directory, "be writable", error) from error
            self._take_lock()
            for partial in self.directory.glob(".*.partial"):
                if not partial.is_dir():  # directories belong to exports
                    partial.unlink()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._lock is None:
            return
        if self._is_new and os.listdir(self.directory) == [".lock"]:
            # Training never began.
            os.unlink(self._lock.name)
            self.directory.rmdir()
        self._lock.close()
        self._lock = None

    @property
    def is_open(self) -> bool:
        """Whether training may write to this directory."""
        return self._lock is not None or not self.writes

    def prove_room(self, num_bytes: int) -> None:
        """Checks for `num_bytes` of free space by writing and deleting a file of that size.

        Asking for the free space is not enough: quotas, file size limits and read-only mounts
        appear only on writing.

        Raises:
            OSError: if there is too little space.
        """
        if not self.writes:
            return
        probe = self.directory / ".room.partial"
        # Random bytes, so that no file system saves space by compression or holes.
        block = os.urandom(_MEGABYTE)
        try:
            with open(probe, "wb") as file:
                for start in range(0, num_bytes, _MEGABYTE):
                    file.write(block[: num_bytes - start])
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            room = f"have {-(-num_bytes // _MEGABYTE)} MB free"
            raise _unusable(self.directory, room, error) from error
        finally:
            probe.unlink(missing_ok=True)

    def write_json(self, name: str, content: Json) -> None:
        """Writes a JSON file of the run atomically."""
        if self.writes:
            self._replace_another_run()
            with write_atomically(self.directory / name, "w") as file:
                json.dump(content, file, indent=1)
                file.write("\n")

    @property
    def resumes(self) -> bool:
        """Whether there is a checkpoint to continue from."""
        return self._continues and self.checkpoint.exists()

    @property
    def checkpoint_is_due(self) -> bool:
        """Whether to write a checkpoint: Ctrl-C was pressed, or the last one is old enough.

        Slow checkpoints are written less often, so that they take at most a fifteenth of the time.
        """
        pause = SECONDS_BETWEEN_CHECKPOINTS * max(1.0, self._seconds_to_write)
        return self._interrupted or time.monotonic() - self._last_write >= pause

    def save_checkpoint(
        self, arrays: Mapping[str, np.ndarray], metadata: Mapping[str, Json]
    ) -> None:
        """Replaces the checkpoint.

        Raises:
            KeyboardInterrupt: after saving, if Ctrl-C was pressed within `interrupts_held`.
        """
        start = time.monotonic()
        if self.writes:
            self._replace_another_run()
            save_arrays(self.checkpoint, arrays, metadata)
        self._last_write = time.monotonic()
        self._seconds_to_write = self._last_write - start
        if self._interrupted:
            raise KeyboardInterrupt

    @contextlib.contextmanager
    def interrupts_held(self) -> Iterator[None]:
        """Delays Ctrl-C until the next checkpoint, from which training can resume exactly.

        A second Ctrl-C raises `KeyboardInterrupt` immediately. Nothing changes outside the main
        thread, or if SIGINT is ignored or has another handler.
        """
        in_main_thread = threading.current_thread() is threading.main_thread()
        if not in_main_thread or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
            yield
            return
        signal.signal(signal.SIGINT, self._note_interrupt)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _note_interrupt(self, signum, frame):
        self._interrupted = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def _take_lock(self):
        import fcntl  # not available on Windows

        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not _is_at(self._lock, self.directory / ".lock"):
                raise BlockingIOError  # removed by a run that ended just now
        except OSError as error:
            self._lock.close()
            self._lock = None
            if isinstance(error, BlockingIOError):
                raise BlockingIOError(
                    f"Run: directory must not be in use. Received {str(self.directory)!r}, which "
                    "another training run uses. Choose another directory."
                ) from None
            raise _unusable(self.directory, "support locks", error) from error

    def _replace_another_run(self):
        """Removes the checkpoint and history of another run, which must not be resumed here."""
        if not self._continues:
            self.checkpoint.unlink(missing_ok=True)
            (self.directory / "history.json").unlink(missing_ok=True)
            self._continues = True


def _is_at(file, path):
    """Returns whether the open file still is the one at the path."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.stat(path))
    except FileNotFoundError:
        return False


def _unusable(directory, must, error):
    return OSError(
        f"Run: directory must {must} before training begins. Received directory "
        f"{str(directory)!r}: {error.strerror or error}. Free some space, or choose another "
        "directory."
    )
