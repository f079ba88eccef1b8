"""Texts with labels from tab-separated tables."""

import os
import re

from keras_dl.pipelines.text_files import line_error, no_content, read_lines

_HEADER = "label\ttext"


def read_tsv(path: str | os.PathLike[str]) -> list[tuple[str, int]]:
    """Reads a table whose first line is `label<TAB>text`.

    There is no quoting: quotation marks belong to the text.

    Args:
        path: str or `pathlib.Path`. In UTF-8.

    Returns:
        list of pairs (text, label): str and int, the number of a class from 0.

    Raises:
        ValueError: with file and line, if the header is another, a line has not two columns, a
            label is no number of a class, the bytes are not UTF-8, or there is no row.
        OSError: if the file cannot be read.
    """
    lines = read_lines(path)
    if len(lines) < 2:
        raise no_content(path, "a header 'label<TAB>text' and rows like it")
    if lines[0] != _HEADER:
        raise line_error(
            path, 1, f"the header must be {_HEADER!r}", repr(lines[0]), "Add it above the rows."
        )
    return [_row(path, number, line) for number, line in enumerate(lines[1:], 2)]


def _row(path, number, line):
    columns = line.split("\t")
    if len(columns) != 2:
        raise line_error(
            path,
            number,
            "a line must hold a label and a text, parted by one tab",
            repr(line),
            "Add the column that is missing, and replace tabs within the text.",
        )
    label, text = columns
    if not re.fullmatch("[0-9]+", label):
        raise line_error(
            path,
            number,
            "a label must be the number of a class, an integer from 0",
            repr(label),
            "Number the classes.",
        )
    return text, int(label)
