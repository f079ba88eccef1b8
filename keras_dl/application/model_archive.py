"""The shipped models of a release: a directory, or an archive that is unpacked once."""

import contextlib
import gzip
import os
import pathlib
import tarfile
import tempfile
import zlib
from collections.abc import Iterator

from keras_dl.application.errors import UserError

_ENDING = ".tar.gz"
_MOST_BYTES = 2**30  # of the files in an archive, many times the size of all models
_DAMAGE = (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error, ValueError)


def model_directory(path: str) -> pathlib.Path:
    """Returns the directory with a model for each application, `DIRECTORY/NAME`.

    An archive `models.tar.gz` is unpacked to the directory `models` next to it, if this directory
    does not exist. The directory is complete or absent: a damaged archive leaves nothing.

    Args:
        path: str. A directory, or an archive that contains one directory with the models.

    Raises:
        UserError: if it is neither, contains no models, is damaged or too large, or contains
            anything but files and directories below its own directory.
    """
    given = pathlib.Path(path)
    name = given.name.removesuffix(_ENDING)
    if given.is_file() and name not in ("", given.name):
        directory = given.with_name(name)
        if not directory.exists():
            _unpack(given, directory)
        elif not directory.is_dir():
            raise UserError(
                f"--models must be an archive that can be unpacked to {directory}. Received "
                f"{path!r}, but there is a file of this name. Rename one of them."
            )
        given = directory
    if not given.is_dir():
        raise UserError(
            f"--models must be a directory or an archive {_ENDING}. Received {path!r}. Choose "
            "another path."
        )
    if not any(given.glob("*/saved_model.pb")):
        raise UserError(
            f"--models must contain models as NAME/saved_model.pb. Received {path!r}, and {given} "
            "contains none. Choose another path."
        )
    return given


def _unpack(archive, directory):
    hidden = {"prefix": f".{directory.name}.", "suffix": ".partial", "dir": archive.parent}
    with tempfile.TemporaryDirectory(**hidden) as temporary, _explained(archive):
        with gzip.open(archive) as file, tarfile.open(fileobj=file, mode="r|") as members:
            for member in _checked(members):
                members.extract(member, temporary, filter="data")
            while file.read(2**20):  # to the end of the file, where its checksum is
                pass
        models = pathlib.Path(temporary).glob("*/*/saved_model.pb")
        found = {path.parent.parent for path in models}
        if len(found) != 1:
            raise tarfile.ReadError("it must contain one DIRECTORY with NAME/saved_model.pb")
        try:
            os.rename(found.pop(), directory)
        except OSError:
            if not directory.is_dir():  # else another process has unpacked it in the meantime
                raise


def _checked(members) -> Iterator[tarfile.TarInfo]:
    """Yields the files and directories of an archive; anything else makes it invalid."""
    size = 0
    for member in members:
        path = pathlib.PurePosixPath(member.name)
        if path.is_absolute() or ".." in path.parts or not (member.isfile() or member.isdir()):
            raise tarfile.ReadError(f"{member.name!r} is not a file below its directory")
        size += member.size
        if size > _MOST_BYTES:
            raise tarfile.ReadError(f"its files have more than {_MOST_BYTES:,} bytes")
        yield member


@contextlib.contextmanager
def _explained(archive):
    try:
        yield
    except _DAMAGE as error:
        raise UserError(f"{archive} cannot be unpacked: {error}. Download it again.") from error
