"""Finds the words and the tags in the columns of a text file or a CSV table."""

import collections
import csv
import os
import pathlib
import re
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from keras_dl.pipelines.text_files import line_error, no_content, read_lines

_TAG = re.compile("[oO]|[BIESLUbieslu]-.+")
_COMMENT = re.compile("#( |\t|begin |end )")
_TOKEN_NAMES = {"token", "tokens", "word", "words", "form", "text"}
_TAG_NAMES = {"tag", "tags", "label", "labels", "ner", "ner_tag", "ner_tags", "iob", "bio"}
_SENTENCE_NAMES = {"sentence", "sentence #", "sentence_id", "sent_id", "sentence id"}

_Row: TypeAlias = tuple[int, list[str]]
"""Line number and columns. No columns: the sentence ends."""


class TaggedLines(NamedTuple):
    """Lines of a sentence, with the prefixes of the tags in capitals."""

    numbers: tuple[int, ...]
    tokens: tuple[str, ...]
    tags: tuple[str, ...]


class _Columns(NamedTuple):
    """Positions of the columns; the column of the sentence, if there is one, starts sentences."""

    token: int
    tag: int
    sentence: int | None = None


def tagged_lines(path: str | os.PathLike[str]) -> list[TaggedLines]:
    """Reads the tokens and tags of each sentence.

    Raises:
        ValueError: if the words and tags cannot be found for sure. The message names file and line.
        OSError: if the file cannot be read.
    """
    is_csv = pathlib.Path(path).suffix.lower() == ".csv"
    rows = _csv_rows(path) if is_csv else _text_rows(path)
    full = [row for row in rows if row[1]]
    columns = _named_columns(full[0][1]) if full else None
    if columns:
        rows, full = rows[rows.index(full[0]) + 1 :], full[1:]
    if not full:
        raise no_content(path, "a token and a tag on each line")
    columns = columns or _found_columns(path, full)
    _check(path, full, columns)
    return [_sentence(block, columns) for block in _blocks(rows, columns)]


def _csv_rows(path: str | os.PathLike[str]) -> list[_Row]:
    lines = read_lines(path)
    first = next(iter(lines), "")
    reader = csv.reader(lines, delimiter=";" if first.count(";") > first.count(",") else ",")
    rows: list[_Row] = []
    try:
        for number, row in enumerate(reader, 1):
            if reader.line_num > number:
                raise csv.Error(f"{row!r:.200}, a row of several lines")
            rows.append((number, row if any(row) else []))
    except csv.Error as error:
        raise line_error(
            path,
            len(rows) + 1,
            "a row must be one line of CSV",
            str(error),
            'Write the token " as """" (doubled and quoted).',
        ) from error
    _check_widths(path, [row for row in rows if row[1]])
    return rows


def _text_rows(path: str | os.PathLike[str]) -> list[_Row]:
    """Returns the rows of a file with columns that are separated by tabs or by spaces.

    A token may contain a space if tabs separate the columns. The separator is the one by which all
    lines have equally many columns.
    """
    lines = [line.strip(" ").rstrip(" \t") for line in read_lines(path)]
    lines = ["" if line.split()[:1] == ["-DOCSTART-"] else line for line in lines]
    certain = [line for line in lines if line and not _COMMENT.match(line)]
    width = {split: {len(split(line)) for line in certain} for split in (_by_blanks, _by_tabs)}
    split = next((split for split in width if len(width[split]) == 1 != min(width[split])), None)
    if split is None:
        split = _by_tabs if all("\t" in line for line in certain) else _by_blanks
    rows = [(number, split(line) if line else []) for number, line in enumerate(lines, 1)]
    rows = _without_comments(rows, width[split])
    _check_widths(path, [row for row in rows if row[1]])
    return rows


def _by_blanks(line: str) -> list[str]:
    # Only ASCII blanks separate columns: real tokens may contain other kinds of spaces.
    return re.split("[ \t]+", line)


def _by_tabs(line: str) -> list[str]:
    return line.split("\t")


def _without_comments(rows: list[_Row], widths: set[int]) -> list[_Row]:
    """Drops comments before sentences. `# O` is a token if other lines have two columns, too."""
    kept: list[_Row] = []
    for number, columns in rows:
        begins = not kept or not kept[-1][1]
        is_row = len(columns) in (widths or {2}) and _TAG.fullmatch(columns[-1])
        if not (begins and columns and _COMMENT.match(" ".join(columns) + " ") and not is_row):
            kept.append((number, columns))
    return kept


def _check_widths(path: str | os.PathLike[str], rows: list[_Row]) -> None:
    counts = collections.Counter(len(columns) for _, columns in rows)
    most = max(counts, key=lambda width: (width > 1, counts[width]), default=2)
    for number, columns in rows:
        if len(columns) == 1:
            raise line_error(
                path,
                number,
                "a line must contain a token and a tag, separated by a tab or spaces",
                repr(columns[0]),
                "Add the missing column.",
            )
        if len(columns) != most:
            raise line_error(
                path,
                number,
                f"a line must have {most} columns, as other lines have",
                repr(" ".join(columns)),
                "Add or remove columns. If tokens contain spaces, separate all columns by tabs.",
            )


def _named_columns(names: list[str]) -> _Columns | None:
    """Returns the columns that a header names, or None if the row is not a header."""
    lower = [name.strip().lower() for name in names]

    def position(known: set[str]) -> int | None:
        return next((index for index, name in enumerate(lower) if name in known), None)

    token, tag, sentence = map(position, (_TOKEN_NAMES, _TAG_NAMES, _SENTENCE_NAMES))
    return None if token is None or tag is None else _Columns(token, tag, sentence)


def _found_columns(path: str | os.PathLike[str], rows: list[_Row]) -> _Columns:
    """Returns the columns of a file without a header: the token first, the tag last.

    A number of the token in its sentence before the token is ignored.
    """
    first, width = [columns[0] for _, columns in rows], len(rows[0][1])
    numbers = [int(each) for each in first if re.fullmatch("[0-9]{1,9}", each)]
    # CoNLL-U numbers contractions and omitted words as 1-2 and 1.1.
    ranges = width > 2 and all(re.fullmatch("[0-9]+([-.][0-9]+)?", each) for each in first)
    if ranges and len(numbers) < len(first):
        raise _no_words(path, rows, "only numbers and ranges of numbers")
    if len(numbers) == len(first) and (len(first) > 1 or (width > 2 and numbers[0] < 2)):
        counted = zip(numbers, [-1, *numbers], strict=False)
        if width > 2 and all(number in (0, 1, before + 1) for number, before in counted):
            return _Columns(1, width - 1)
        raise _no_words(path, rows, "only numbers")
    if width > 2 and len(first) > 2 and len(set(first)) == 1:
        raise _no_words(path, rows, f"only {first[0]!r}")
    return _Columns(0, width - 1)


def _no_words(path: str | os.PathLike[str], rows: list[_Row], received: str) -> ValueError:
    return line_error(
        path,
        rows[0][0],
        "the first column must contain the words",
        received,
        "Remove the columns before the words, or add a header such as 'token tag'.",
    )


def _check(path: str | os.PathLike[str], rows: list[_Row], columns: _Columns) -> None:
    for number, row in rows:
        if not row[columns.token].strip(" "):
            raise line_error(
                path,
                number,
                "a line must contain a token and a tag",
                repr("\t".join(row)),
                "Add the missing token.",
            )
        if not _TAG.fullmatch(row[columns.tag]):
            before = ", and a tag in the first column" if _TAG.fullmatch(row[0]) else ""
            raise line_error(
                path,
                number,
                "a tag must be O, or B-TYPE or I-TYPE, or one of BIOES or BILOU",
                f"{row[columns.tag]!r}{before}",
                "Write one token to a line, with its tag in the last column.",
            )


def _blocks(rows: list[_Row], columns: _Columns) -> Iterator[list[_Row]]:
    """Yields the rows of each sentence."""
    block: list[_Row] = []
    current = ""
    for number, row in rows:
        name = row[columns.sentence].strip() if row and columns.sentence is not None else ""
        if block and (not row or name not in ("", current)):
            yield block
            block = []
        current = name or current
        if row:
            block.append((number, row))
    if block:
        yield block


def _sentence(block: list[_Row], columns: _Columns) -> TaggedLines:
    tokens = tuple(row[columns.token] for _, row in block)
    tags = tuple(row[columns.tag] for _, row in block)
    return TaggedLines(
        tuple(number for number, _ in block),
        tokens,
        tuple(tag[0].upper() + tag[1:] for tag in tags),
    )
