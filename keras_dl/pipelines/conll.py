"""Reads tagged sentences from column files, the format of the CoNLL shared tasks."""

import os
import re
import typing

from keras_dl.pipelines.tag_schemes import iob1_to_iob2, scheme_evidence
from keras_dl.pipelines.text_files import line_error, no_content, read_lines

_TAG = re.compile(r"O|[BI]-.+")


class Sentence(typing.NamedTuple):
    """Tokens and tags of a sentence.

    Attributes:
        tokens: tuple of str.
        tags: tuple of str, IOB2, one for each token.
    """

    tokens: tuple[str, ...]
    tags: tuple[str, ...]


def read_conll(path: str | os.PathLike[str]) -> list[Sentence]:
    """Reads a file with a token and its tag on each line and a blank line after each sentence.

    The first column is the token and the last one is the tag. Columns are separated by tabs if the
    line contains a tab, otherwise by spaces. `-DOCSTART-` lines are ignored. Tags may be IOB1 or
    IOB2. A tag that only one of these schemes allows determines the scheme of the whole file.

    Args:
        path: str or `pathlib.Path` of a UTF-8 file.

    Returns:
        list of `Sentence`. Tags are always IOB2.

    Raises:
        ValueError: if a column is missing, a tag is not `O`, `B-TYPE` or `I-TYPE`, the file mixes
            IOB1 and IOB2, the bytes are not UTF-8, or there is no sentence. The message names file
            and line.
        OSError: if the file cannot be read.

    Reference: Tjong Kim Sang & De Meulder 2003, arXiv:cs/0306050, section 2.2; schemes: Tjong Kim
    Sang & Veenstra 1999, arXiv:cs/9907006.
    """
    sentences = []
    evidence: dict[str, tuple[int, str]] = {}
    for numbers, tokens, tags in _blocks(path):
        for scheme, index in scheme_evidence(tags).items():
            evidence.setdefault(scheme, (numbers[index], tags[index]))
        sentences.append((tokens, tags))
    if not sentences:
        raise no_content(path, "a token and a tag on each line")
    if len(evidence) == 2:
        raise _both_schemes(path, evidence)
    convert = iob1_to_iob2 if "IOB1" in evidence else tuple
    return [Sentence(tuple(tokens), tuple(convert(tags))) for tokens, tags in sentences]


def _blocks(path):
    """Yields line numbers, tokens and tags of each sentence."""
    block = []
    for number, line in enumerate(read_lines(path), 1):
        columns = _columns(line)
        if not any(columns) or columns[0] == "-DOCSTART-":
            if block:
                yield tuple(zip(*block, strict=True))
            block = []
        else:
            _check(path, number, line, columns)
            block.append((number, columns[0], columns[-1]))
    if block:
        yield tuple(zip(*block, strict=True))


def _columns(line):
    # Only ASCII spaces separate columns: real tokens may contain other kinds of spaces.
    return line.split("\t") if "\t" in line else [column for column in line.split(" ") if column]


def _check(path, number, line, columns):
    if len(columns) < 2 or not columns[0] or not columns[-1]:
        raise line_error(
            path,
            number,
            "a line must contain a token and a tag, separated by a tab or spaces",
            repr(line),
            "Add the missing column.",
        )
    if not _TAG.fullmatch(columns[-1]):
        raise line_error(
            path,
            number,
            "a tag must be O, B-TYPE or I-TYPE",
            repr(columns[-1]),
            "Convert the tags to IOB2, and put the tag into the last column.",
        )


def _both_schemes(path, evidence):
    (line, tag), (other_line, other_tag) = evidence["IOB1"], evidence["IOB2"]
    return ValueError(
        f"{path}: tags must follow one scheme. Received {tag!r} in line {line}, which only IOB1 "
        f"allows, and {other_tag!r} in line {other_line}, which only IOB2 allows. Change the tags "
        "so that every entity begins with B-."
    )
