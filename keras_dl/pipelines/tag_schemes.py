"""Tag schemes: detection, conversion to IOB2 and the constraints of IOB2.

In IOB1 an entity begins with `I-`. Only an entity directly after another one of the same type
begins with `B-`. In IOB2 every entity begins with `B-`. In BIOES an entity of one word has `S-`,
and the last word of a longer one has `E-`; BILOU calls them `U-` and `L-`.
"""

import itertools
from collections.abc import Sequence
from typing import TypedDict

from keras_dl.metrics.entity_tags import split_tags


class TagConstraints(TypedDict):
    """Result of `tag_constraints`: arguments of `layers.CRF`."""

    allowed_transitions: list[list[bool]]
    allowed_starts: list[bool]
    allowed_ends: list[bool]


def scheme_evidence(tags: Sequence[str]) -> dict[str, list[int]]:
    """Finds the tags that only IOB1 allows, and the tags that only IOB2 allows.

    Args:
        tags: sequence of str, the tags of a sentence: `O`, `B-TYPE` or `I-TYPE`.

    Returns:
        dict that maps `"IOB1"` and `"IOB2"`, if found, to the indices of the tags.
    """
    found: dict[str, list[int]] = {}
    for index, (tag, before) in enumerate(zip(tags, ("O", *tags), strict=False)):
        if tag != "O" and before[2:] != tag[2:]:
            found.setdefault("IOB2" if tag[0] == "B" else "IOB1", []).append(index)
    return found


def iob1_to_iob2(tags: Sequence[str]) -> list[str]:
    """Converts the tags of a sentence to IOB2: every entity begins with `B-`.

    Example:
    >>> iob1_to_iob2(["I-PER", "I-PER", "B-PER", "O", "I-LOC", "I-PER"])
    ['B-PER', 'I-PER', 'B-PER', 'O', 'B-LOC', 'B-PER']
    """
    return [
        tag if tag == "O" or before[2:] == tag[2:] else f"B-{tag[2:]}"
        for tag, before in zip(tags, ("O", *tags), strict=False)
    ]


def bioes_to_iob2(tags: Sequence[str]) -> list[str]:
    """Converts the BIOES or BILOU tags of a sentence to IOB2.

    Raises:
        ValueError: if an entity that begins with `B-` does not end with `E-` (`L-`) of its type, or
            `I-` or `E-` follows no beginning.

    Example:
    >>> bioes_to_iob2(["B-PER", "E-PER", "S-PER", "O", "B-LOC", "I-LOC", "L-LOC"])
    ['B-PER', 'I-PER', 'B-PER', 'O', 'B-LOC', 'I-LOC', 'I-LOC']
    """
    for before, tag in itertools.pairwise(("O", *tags, "O")):
        goes_on = before[0] in "BI"
        if goes_on != (tag[0] in "IEL") or (goes_on and before[2:] != tag[2:]):
            raise ValueError(
                "tags must follow BIOES or BILOU: an entity of several words begins with B- and "
                f"ends with E- or L-, one of a single word has S- or U-. Received {tag!r} after "
                f"{before!r}. Change these tags."
            )
    iob2 = {"S": "B", "U": "B", "E": "I", "L": "I"}
    return [iob2.get(tag[0], tag[0]) + tag[1:] for tag in tags]


def tag_constraints(tags: Sequence[str]) -> TagConstraints:
    """Returns the transitions that IOB2 allows: `CRF(len(tags), **tag_constraints(tags))`.

    `I-TYPE` may only follow `B-TYPE` or `I-TYPE`, so it is never first. Everything else is allowed.

    Args:
        tags: list of str. The tags `O`, `B-TYPE`, `I-TYPE` in the order of their indices.

    Returns:
        dict of nested lists of bool: `allowed_transitions`, k x k, `[from][to]`; `allowed_starts`
        and `allowed_ends`, k each.

    Raises:
        ValueError: if `tags` are not IOB2 tags.

    Example:
    >>> tag_constraints(["O", "B-PER", "I-PER"])["allowed_transitions"]
    [[True, True, False], [True, True, True], [True, True, True]]
    """
    parts = split_tags(tags)
    return {
        "allowed_transitions": [
            [prefix != "I" or before == kind for prefix, kind in parts] for _, before in parts
        ],
        "allowed_starts": [prefix != "I" for prefix, _ in parts],
        "allowed_ends": [True] * len(parts),
    }
