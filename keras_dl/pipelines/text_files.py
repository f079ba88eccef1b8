"""Text, lines and errors for the readers of text files."""

import codecs
import gzip
import os
import pathlib
import re

_MARKS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF8, "utf-8"),
)
_LINE_END = re.compile("\r*\n|\r")


def read_text(path: str | os.PathLike[str]) -> str:
    """Returns the text of a file: UTF-8, or UTF-16 or UTF-32 with a byte order mark.

    The byte order mark is removed. Line ends are not changed. A file whose name ends with `.gz` is
    decompressed.

    Raises:
        ValueError: if the bytes do not have this encoding, or the text contains U+0000, as UTF-16
            without a byte order mark does. The message names file and line.
        OSError: if the file cannot be read.
    """
    data = pathlib.Path(path).read_bytes()
    data = gzip.decompress(data) if pathlib.Path(path).suffix == ".gz" else data
    mark, encoding = next((each for each in _MARKS if data.startswith(each[0])), (b"", "utf-8"))
    data = data.removeprefix(mark)
    name, remedy = encoding.upper()[:6].rstrip("-"), "Save the file as UTF-8."
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        received = f"bytes {data[error.start : error.start + 4]!r}"
        line = _line_at(data[: error.start].decode(encoding, "ignore"))
        raise line_error(path, line, f"text must be {name}", received, remedy) from error
    if (index := text.find("\0")) >= 0:
        rule = "text must be UTF-8, or UTF-16 with a byte order mark"
        raise line_error(path, _line_at(text[:index]), rule, "a zero byte", remedy)
    return text


def read_lines(path: str | os.PathLike[str]) -> list[str]:
    """Returns the lines of a text file without their line ends.

    Line ends are `\\n` or `\\r\\n`, or `\\r` if the file has no `\\n`. Other line boundaries of
    Python's `splitlines` occur within tokens of real files.

    Raises:
        ValueError: if the encoding is wrong, see `read_text`, or a line that ends with `\\n`
            contains `\\r`. The message names file and line.
        OSError: if the file cannot be read.
    """
    text = read_text(path)
    lines = text.split("\n" if "\n" in text else "\r")
    if not lines[-1]:
        lines.pop()
    lines = [line.rstrip("\r") for line in lines]
    for number, line in enumerate(lines, 1):
        if "\r" in line:
            rule = "the lines of a file must have the same line ends"
            received = "a carriage return within the line"
            raise line_error(path, number, rule, received, "Save the file with the line end \\n.")
    return lines


def line_error(
    path: str | os.PathLike[str], line: int | str, rule: str, received: str, remedy: str
) -> ValueError:
    """Returns a `ValueError` that names a file and a line, counted from 1."""
    return ValueError(f"{path}, line {line}: {rule}. Received {received}. {remedy}")


def no_content(path: str | os.PathLike[str], expected: str) -> ValueError:
    """Returns a `ValueError` that names an empty file."""
    return ValueError(f"{path}: the file must not be empty. Received nothing. Add {expected}.")


def _line_at(before: str) -> int:
    """Returns the number of the line that follows a text, from 1."""
    return len(_LINE_END.findall(before)) + 1
