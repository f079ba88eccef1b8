"""Parsing of IOB2 tags."""

from collections.abc import Sequence


def split_tags(tags: Sequence[str]) -> list[tuple[str, str]]:
    """Splits IOB2 tags into prefix and type.

    Args:
        tags: list of str: `"O"`, or `"B-"` and `"I-"` followed by the type of an entity.

    Returns:
        list of pairs (prefix, type), both str; the type of `O` is empty.

    Raises:
        ValueError: if a tag is not in this form or is repeated, or if an `I-` tag has no `B-` tag.

    Example:
    >>> split_tags(["O", "B-PER", "I-PER"])
    [('O', ''), ('B', 'PER'), ('I', 'PER')]
    """
    parts = [tag.partition("-")[::2] for tag in tags]
    for index, (prefix, kind) in enumerate(parts):
        is_tag = (prefix, kind) == ("O", "") or (prefix in ("B", "I") and kind)
        if (
            not is_tag
            or tags[index] in tags[:index]
            or (prefix == "I" and ("B", kind) not in parts)
        ):
            raise ValueError(
                "split_tags: tags must be distinct and of the form O, B-TYPE or I-TYPE, with a B- "
                f"tag for each I- tag. Received {tags[index]!r} at index {index} of {list(tags)}. "
                "Pass the IOB2 tags of the data, in the order of their IDs."
            )
    return parts
