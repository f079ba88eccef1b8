"""Tag schemes IOB1 and IOB2: detection, conversion and the constraints of IOB2.

In IOB1 an entity begins with `I-`. Only an entity directly after another one of the same type
begins with `B-`. In IOB2 every entity begins with `B-`.
"""

from collections.abc import Sequence
from typing import TypedDict

from keras_dl.metrics.entity_tags import split_tags


class TagConstraints(TypedDict):
    """Result of `tag_constraints`: arguments of `layers.CRF`."""

    allowed_transitions: list[list[bool]]
    allowed_starts: list[bool]
    allowed_ends: list[bool]


def scheme_evidence(tags: Sequence[str]) -> dict[str, int]:
    """Finds the first tag that only IOB1 allows, and the first tag that only IOB2 allows.

    Args:
        tags: sequence of str, the tags of a sentence: `O`, `B-TYPE` or `I-TYPE`.

    Returns:
        dict that maps `"IOB1"` and `"IOB2"`, if found, to the index of the tag.
    """
    found: dict[str, int] = {}
    for index, (tag, before) in enumerate(zip(tags, ("O", *tags), strict=False)):
        if tag != "O" and before[2:] != tag[2:]:
            found.setdefault("IOB2" if tag[0] == "B" else "IOB1", index)
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
