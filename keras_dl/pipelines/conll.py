"""Reads tagged sentences from column files, the format of the CoNLL shared tasks."""

import os
import typing

from keras_dl.pipelines.tag_schemes import bioes_to_iob2, iob1_to_iob2, scheme_evidence
from keras_dl.pipelines.token_columns import TaggedLines, tagged_lines

_SHOWN = 10  # line numbers in a message


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

    The first column is the token and the last one is the tag, unless the first line names columns
    `token` (or `word`) and `tag` (or `label`, `ner`). Columns are separated by tabs or by spaces,
    and in a `.csv` file by commas or semicolons. A column `sentence` may mark the sentences instead
    of blank lines. The number of a token within its sentence, `-DOCSTART-` lines and comments
    (`# ...`) before a sentence are ignored.

    Tags may be IOB1, IO, IOB2, BIOES or BILOU. A tag that only one of these schemes allows
    determines the scheme of the whole file.

    Args:
        path: str or `pathlib.Path` of a text file.

    Returns:
        list of `Sentence`. Tags are always IOB2.

    Raises:
        ValueError: if lines differ in their number of columns, the column of the words is not
            certain, a tag belongs to no scheme, the file mixes schemes, or there is no sentence.
            The message names file and lines.
        OSError: if the file cannot be read.

    Reference: Tjong Kim Sang & De Meulder 2003, arXiv:cs/0306050, section 2.2; schemes: Tjong Kim
    Sang & Veenstra 1999, arXiv:cs/9907006, and Ratinov & Roth 2009, section 3.2.
    """
    found = tagged_lines(path)
    if any(tag[0] in "ESLU" for lines in found for tag in lines.tags):
        return [_from_bioes(path, lines) for lines in found]
    evidence: dict[str, list[tuple[int, str]]] = {"IOB1": [], "IOB2": []}
    for lines in found:
        for scheme, indices in scheme_evidence(lines.tags).items():
            evidence[scheme] += [(lines.numbers[i], lines.tags[i]) for i in indices]
    if all(evidence.values()):
        raise _both_schemes(path, evidence)
    convert = iob1_to_iob2 if evidence["IOB1"] else tuple
    return [Sentence(lines.tokens, tuple(convert(lines.tags))) for lines in found]


def _from_bioes(path: str | os.PathLike[str], lines: TaggedLines) -> Sentence:
    try:
        return Sentence(lines.tokens, tuple(bioes_to_iob2(lines.tags)))
    except ValueError as error:
        raise ValueError(
            f"{path}, lines {lines.numbers[0]} to {lines.numbers[-1]}: {error}"
        ) from error


def _both_schemes(
    path: str | os.PathLike[str], evidence: dict[str, list[tuple[int, str]]]
) -> ValueError:
    shown = {
        scheme: f"{positions[0][1]!r} in line{'s' * (len(positions) > 1)} "
        + ", ".join(str(number) for number, _ in positions[:_SHOWN])
        + (f" and {len(positions) - _SHOWN} more" if len(positions) > _SHOWN else "")
        for scheme, positions in evidence.items()
    }
    return ValueError(
        f"{path}: tags must follow one scheme. Received {shown['IOB1']}, which only IOB1 allows, "
        f"and {shown['IOB2']}, which only IOB2 allows. Change the tags so that every entity begins "
        "with B-."
    )
