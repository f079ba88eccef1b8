"""Lines and errors for the readers of text files."""

import codecs
import os
import pathlib


def read_lines(path: str | os.PathLike[str]) -> list[str]:
    """Returns the lines of a UTF-8 file; a byte order mark and `\\r\\n` are accepted.

    Only `\\n` ends a line. Other line boundaries of Python's `splitlines` occur within tokens of
    real files.

    Raises:
        ValueError: if the bytes are not UTF-8. The message names file and line.
        OSError: if the file cannot be read.
    """
    data = pathlib.Path(path).read_bytes().removeprefix(codecs.BOM_UTF8)
    try:
        lines = data.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        received = f"bytes {data[error.start : error.start + 4]!r}"
        raise line_error(
            path, line, "text must be UTF-8", received, "Save the file as UTF-8."
        ) from error
    if not lines[-1]:
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def line_error(
    path: str | os.PathLike[str], line: int | str, rule: str, received: str, remedy: str
) -> ValueError:
    """Returns a `ValueError` that names a file and a line, counted from 1."""
    return ValueError(f"{path}, line {line}: {rule}. Received {received}. {remedy}")


def no_content(path: str | os.PathLike[str], expected: str) -> ValueError:
    """Returns a `ValueError` that names an empty file."""
    return ValueError(f"{path}: the file must not be empty. Received nothing. Add {expected}.")
