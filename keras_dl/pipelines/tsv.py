"""Reads texts with labels from tab-separated files."""

import os
import re

from keras_dl.pipelines.text_files import line_error, no_content, read_lines

_HEADER = "label\ttext"


def read_tsv(path: str | os.PathLike[str]) -> list[tuple[str, int]]:
    """Reads a table whose first line is `label<TAB>text`.

    There is no quoting: quotation marks belong to the text.

    Args:
        path: str or `pathlib.Path` of a UTF-8 file.

    Returns:
        list of tuples (text, label): str and int, a class index from 0.

    Raises:
        ValueError: if the header is wrong, a line does not have two columns, a label is not a class
            index, the bytes are not UTF-8, or there is no row. The message names file and line.
        OSError: if the file cannot be read.
    """
    lines = read_lines(path)
    if len(lines) < 2:
        raise no_content(path, "a header 'label<TAB>text' and rows in this format")
    if lines[0] != _HEADER:
        raise line_error(
            path, 1, f"the header must be {_HEADER!r}", repr(lines[0]), "Add this header line."
        )
    return [_row(path, number, line) for number, line in enumerate(lines[1:], 2)]


def _row(path, number, line):
    columns = line.split("\t")
    if len(columns) != 2:
        raise line_error(
            path,
            number,
            "a line must contain a label and a text, separated by one tab",
            repr(line),
            "Add the missing column, and replace tabs within the text.",
        )
    label, text = columns
    if not re.fullmatch("[0-9]+", label):
        raise line_error(
            path,
            number,
            "a label must be a class index, an integer from 0",
            repr(label),
            "Replace the labels by class indices.",
        )
    return text, int(label)
