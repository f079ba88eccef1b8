"""Error rates of transcripts by edit distance."""

from collections.abc import Callable, Hashable, Sequence
from typing import Literal, NamedTuple, TypeAlias

ErrorUnit: TypeAlias = Literal["word", "character", "digit"]
"""Unit of an error rate."""


class ErrorRate(NamedTuple):
    """Error rate of a corpus.

    Attributes:
        rate: float, at least 0. `edits / reference_length`; above 1 if hypotheses are much longer
            than references.
        edits: int. Edit distances of all pairs, summed up.
        reference_length: int. Units in all references.
    """

    rate: float
    edits: int
    reference_length: int


def error_rate(
    hypotheses: Sequence[str], references: Sequence[str], *, unit: ErrorUnit = "word"
) -> ErrorRate:
    """Computes the word, character or digit error rate of a corpus.

    It is the sum of the edit distances of all pairs, divided by the sum of the lengths of all
    references. It is not the mean of the rates of the pairs, in which short references would count
    too much, and empty ones would have no rate. Case and punctuation count.

    Args:
        hypotheses: list of str.
        references: list of str. Reference `i` is the correct text of hypothesis `i`. It may be
            empty: every unit of the hypothesis is then an error.
        unit: `"word"`: what spaces separate. `"character"`: letters, punctuation, and one space
            between words. `"digit"`: decimal digits of any script; other characters are ignored, so
            `"3 1"` equals `"31"`.

    Returns:
        `ErrorRate`.

    Raises:
        ValueError: if `unit` is unknown, the numbers of hypotheses and references differ, or there
            is not a single unit in the references.

    Example:
    >>> error_rate(["two two", "one"], ["two two two", "nine"], unit="word")
    ErrorRate(rate=0.5, edits=2, reference_length=4)
    >>> error_rate(["22", "1"], ["222", "9"], unit="digit").edits
    2
    """
    if unit not in _UNITS:
        raise ValueError(
            f"error_rate: unit must be one of {list(_UNITS)}. Received {unit!r}. Choose one of "
            "them, or sum up edit_distance of your own units."
        )
    if isinstance(hypotheses, str) or isinstance(references, str):
        raise ValueError(
            "error_rate: hypotheses and references must be lists of texts. Received one text. Put "
            "it into a list."
        )
    if len(hypotheses) != len(references):
        raise ValueError(
            "error_rate: hypotheses and references must have the same length. Received "
            f"{len(hypotheses)} hypotheses, {len(references)} references. Pass an empty text where "
            "nothing was recognized."
        )
    pairs = [
        (_UNITS[unit](hypothesis), _UNITS[unit](reference))
        for hypothesis, reference in zip(hypotheses, references, strict=True)
    ]
    length = sum(len(reference) for _, reference in pairs)
    if not length:
        raise ValueError(
            f"error_rate: the references must have at least one {unit}. Received {len(references)} "
            "references without any. Count the hypotheses that are not empty instead."
        )
    edits = sum(edit_distance(*pair) for pair in pairs)
    return ErrorRate(edits / length, edits, length)


def edit_distance(first: Sequence[Hashable], second: Sequence[Hashable]) -> int:
    """Computes the Levenshtein distance of two sequences.

    It is the smallest number of insertions, deletions and substitutions of one element that turn
    one sequence into the other.

    Args:
        first: str, or a sequence of elements that can be compared.
        second: the same.

    Returns:
        int.

    Example:
    >>> edit_distance("kitten", "sitting"), edit_distance(["one", "two"], ["two"])
    (3, 1)

    Reference: Levenshtein 1966, "Binary codes capable of correcting deletions, insertions and
    reversals"; Wagner & Fischer 1974, "The string-to-string correction problem".
    """
    row = list(range(len(second) + 1))
    for count, one in enumerate(first, 1):
        diagonal, row[0] = row[0], count
        for index, other in enumerate(second, 1):
            substituted = diagonal + (one != other)
            diagonal = row[index]
            row[index] = min(substituted, row[index] + 1, row[index - 1] + 1)
    return row[-1]


_UNITS: dict[str, Callable[[str], Sequence[str]]] = {
    "word": str.split,
    "character": lambda text: " ".join(text.split()),
    "digit": lambda text: [str(int(each)) for each in text if each.isdecimal()],
}
