"""Reads texts with labels from tables, from fastText files and from directories of text files."""

import csv
import io
import os
import pathlib
import re

from keras_dl.pipelines.text_files import line_error, no_content, read_lines, read_text

_TEXT_COLUMNS = "text review sentence comment content message tweet body document".split()
_LABEL_COLUMNS = "label sentiment class category target polarity rating stars".split()
_DELIMITERS = "\t,;"
_FASTTEXT = "__label__"
# A field as pandas writes it to a table with tabs if it contains quotation marks.
_QUOTED = re.compile(r'"((?:[^"]|"")*"")(?:[^"]|"")*"')


def read_labeled_texts(
    path: str | os.PathLike[str], *, text_column: str = "", label_column: str = ""
) -> list[tuple[str, str]]:
    """Reads a table, a fastText file, or a directory with one subdirectory for each class.

    * A table has a header with a column of texts and a column of labels, and may have others.
      Columns are separated by tabs, commas or semicolons. Tables with commas or semicolons are
      quoted as in CSV. In tables with tabs, quotation marks belong to the text.
    * A fastText file has lines such as `__label__positive A wonderful film.`
    * The subdirectories of a directory contain one text per `.txt` file. Their names are the
      labels. The directory `unsup` of unlabeled IMDB reviews and hidden directories are ignored.

    Blank lines are ignored. A label `1.0` becomes `1`.

    Args:
        path: str or `pathlib.Path` of the file or directory; see `read_text` for encodings.
        text_column: str. Name of the column of texts. If empty, one of the usual names such as
            `text`, `review` or `sentence`, in any case.
        label_column: str. Name of the column of labels. If empty, one of the usual names such as
            `label`, `sentiment` or `class`, in any case.

    Returns:
        list of tuples (text, label), both str.

    Raises:
        ValueError: if the header does not have exactly one column of texts and one of labels, a row
            has another number of columns than the header, a label is empty, or there is no text.
            The message names file and line.
        OSError: if a file cannot be read.
    """
    path = pathlib.Path(path)
    if path.is_dir():
        return _from_directories(path)
    lines = read_lines(path) if path.suffix != ".csv" else read_text(path).splitlines()
    first = next((line for line in lines if line.strip()), "")
    if first.startswith(_FASTTEXT):
        found = _from_fasttext(path, lines)
    else:
        found = _from_table(path, lines, first, text_column, label_column)
    if not found:
        raise no_content(path, "a header such as 'label<TAB>text' and rows in this format")
    return found


def _from_directories(path):
    directories = sorted(each for each in path.iterdir() if each.is_dir())
    directories = [each for each in directories if each.name != "unsup" and each.name[0] != "."]
    files = [(file, each.name) for each in directories for file in sorted(each.glob("*.txt"))]
    if not files:
        raise no_content(path, "one subdirectory for each class, with a .txt file for each text")
    return [(read_text(file).strip(), label) for file, label in files]


def _from_fasttext(path, lines):
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        label, text = [*line.split(maxsplit=1), ""][:2]
        if not label.removeprefix(_FASTTEXT) or label.count(_FASTTEXT) != 1 or _FASTTEXT in text:
            rule = f"a line must contain one label such as {_FASTTEXT}positive, and a text"
            remedy = "Give each line one label in front of the text."
            raise line_error(path, number, rule, repr(line), remedy)
        found.append((text.rstrip(), label.removeprefix(_FASTTEXT)))
    return found


def _from_table(path, lines, first, text_column, label_column):
    wanted = (
        [text_column] if text_column else _TEXT_COLUMNS,
        [label_column] if label_column else _LABEL_COLUMNS,
    )
    for delimiter in _DELIMITERS:
        header = [name.strip().strip('"').lower() for name in first.split(delimiter)]
        columns = [
            [index for index, name in enumerate(header) if name in map(str.lower, names)]
            for names in wanted
        ]
        if [len(each) for each in columns] == [1, 1]:
            rows = _rows(path, lines, delimiter)
            next(rows)
            return [_pair(path, row, header, columns) for row in rows]
    if not first:
        return []
    raise line_error(
        path,
        lines.index(first) + 1,
        "the header must have one column of texts and one of labels, such as text and label",
        repr(first),
        "Add a header, rename a column, or set the names of both columns.",
    )


def _rows(path, lines, delimiter):
    """Yields line number and columns of each row that is not blank."""
    if delimiter == "\t":
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield number, [_unquoted(each) for each in line.split("\t")]
        return
    file = io.StringIO(read_text(path), newline="")
    reader = csv.reader(file, delimiter=delimiter, strict=True, skipinitialspace=True)
    number = 1
    try:
        for row in reader:
            if any(each.strip() for each in row):
                yield number, row
            number = reader.line_num + 1
    except csv.Error as error:
        rule = "a row must be valid CSV"
        remedy = "Quote the fields that contain quotation marks or line breaks."
        raise line_error(path, number, rule, str(error), remedy) from error


def _unquoted(field):
    return field[1:-1].replace('""', '"') if _QUOTED.fullmatch(field) else field


def _pair(path, numbered, header, columns):
    number, row = numbered
    if len(row) != len(header):
        raise line_error(
            path,
            number,
            f"a row must have {len(header)} columns, as the header",
            f"{len(row)} columns, {row!r:.200}",
            "Add the missing columns, or quote or replace the separators within the text.",
        )
    text, label = (row[each[0]] for each in columns)
    label = re.sub(r"^(-?[0-9]+)\.0+$", r"\1", label.strip())
    if not label:
        rule = "a row must have a label"
        raise line_error(path, number, rule, repr(row)[:200], "Add the label, or remove the row.")
    return text, label
