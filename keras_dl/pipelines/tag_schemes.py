"""The two schemes in which files mark entities, IOB1 and IOB2, and what IOB2 allows.

In IOB1 an entity begins with `I-`, and `B-` stands only directly behind an entity of the same type,
to part the two. In IOB2 every entity begins with `B-`.
"""

from collections.abc import Sequence
from typing import TypedDict

from keras_dl.metrics.entity_tags import split_tags


class TagConstraints(TypedDict):
    """What `tag_constraints` returns: arguments of `layers.CRF`."""

    allowed_transitions: list[list[bool]]
    allowed_starts: list[bool]
    allowed_ends: list[bool]


def scheme_evidence(tags: Sequence[str]) -> dict[str, int]:
    """Finds the first tags of a sentence that only one of the schemes allows.

    Args:
        tags: sequence of str, each `O`, `B-TYPE` or `I-TYPE`.

    Returns:
        dict from `"IOB1"` and `"IOB2"`, where found, to the place of the tag.
    """
    found: dict[str, int] = {}
    for index, (tag, before) in enumerate(zip(tags, ("O", *tags), strict=False)):
        if tag != "O" and before[2:] != tag[2:]:
            found.setdefault("IOB2" if tag[0] == "B" else "IOB1", index)
    return found


def iob1_to_iob2(tags: Sequence[str]) -> list[str]:
    """Returns the tags of a sentence with `B-` at the beginning of every entity.

    Example:
    >>> iob1_to_iob2(["I-PER", "I-PER", "B-PER", "O", "I-LOC", "I-PER"])
    ['B-PER', 'I-PER', 'B-PER', 'O', 'B-LOC', 'B-PER']
    """
    return [
        tag if tag == "O" or before[2:] == tag[2:] else f"B-{tag[2:]}"
        for tag, before in zip(tags, ("O", *tags), strict=False)
    ]


def tag_constraints(tags: Sequence[str]) -> TagConstraints:
    """Says which tags IOB2 allows where: `CRF(len(tags), **tag_constraints(tags))`.

    `I-TYPE` comes behind `B-TYPE` or `I-TYPE` alone, hence never first; all else is free.

    Args:
        tags: list of str. The tags `O`, `B-TYPE`, `I-TYPE` in the order of their numbers.

    Returns:
        dict of nested lists of bool: `allowed_transitions`, k x k, `[from][to]`; `allowed_starts`
        and `allowed_ends`, k each.

    Raises:
        ValueError: if the tags are not those of IOB2.

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
