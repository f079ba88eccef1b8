"""Sentences with tags from column files, the format of the CoNLL shared tasks."""

import os
import re
import typing

from keras_dl.pipelines.tag_schemes import iob1_to_iob2, scheme_evidence
from keras_dl.pipelines.text_files import line_error, no_content, read_lines

_TAG = re.compile(r"O|[BI]-.+")


class Sentence(typing.NamedTuple):
    """A sentence with the entities in it.

    Attributes:
        tokens: tuple of str.
        tags: tuple of str, IOB2, one for each token.
    """

    tokens: tuple[str, ...]
    tags: tuple[str, ...]


def read_conll(path: str | os.PathLike[str]) -> list[Sentence]:
    """Reads a file with a token and its tag on each line and a blank line behind each sentence.

    The first column is the token, the last one the tag; they are parted by a tab if the line has
    one, else by spaces. Lines of `-DOCSTART-` are passed over. Tags may be IOB1 or IOB2: one tag
    that only one of the two allows decides for the whole file.

    Args:
        path: str or `pathlib.Path`. In UTF-8.

    Returns:
        list of `Sentence`, with tags in IOB2 whatever the file has.

    Raises:
        ValueError: with file and line, if a column is missing, a tag is not `O`, `B-TYPE` or
            `I-TYPE`, some tags are IOB1 and others IOB2, the bytes are not UTF-8, or there is no
            sentence.
        OSError: if the file cannot be read.

    Reference: Tjong Kim Sang & De Meulder 2003, arXiv:cs/0306050, section 2.2; the schemes are
    those of Tjong Kim Sang & Veenstra 1999, arXiv:cs/9907006.
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
    # ASCII alone parts columns: tokens of real files are, or hold, spaces of other kinds.
    return line.split("\t") if "\t" in line else [column for column in line.split(" ") if column]


def _check(path, number, line, columns):
    if len(columns) < 2 or not columns[0] or not columns[-1]:
        raise line_error(
            path,
            number,
            "a line must hold a token and a tag, parted by a tab or by spaces",
            repr(line),
            "Add the column that is missing.",
        )
    if not _TAG.fullmatch(columns[-1]):
        raise line_error(
            path,
            number,
            "a tag must be O, B-TYPE or I-TYPE",
            repr(columns[-1]),
            "Convert other schemes to IOB2, and put the tag into the last column.",
        )


def _both_schemes(path, evidence):
    (line, tag), (other_line, other_tag) = evidence["IOB1"], evidence["IOB2"]
    return ValueError(
        f"{path}: tags must follow one scheme. Received {tag!r} in line {line}, which begins an "
        f"entity as in IOB1 alone, and {other_tag!r} in line {other_line}, which begins one as in "
        "IOB2 alone. Make every entity begin with B-."
    )
