"""Finds the entities of tagged text and their positions."""

import re
from collections.abc import Sequence

from keras_dl.pipelines.word_vocabulary import NO_WORDS, RESERVED


def entity_spans(tags: Sequence[str]) -> list[tuple[int, int, str]]:
    """Returns the entities of IOB2 tags as `(start, end, type)`; stray `I-` tags are ignored.

    Example:
    >>> entity_spans(["B-PER", "I-PER", "O", "I-LOC", "B-LOC"])
    [(0, 2, 'PER'), (4, 5, 'LOC')]
    """
    spans = []
    for index, tag in enumerate(tags):
        if tag.startswith("B-"):
            spans.append((index, index + 1, tag[2:]))
        elif tag != "O" and spans and spans[-1][1:] == (index, tag[2:]):
            spans[-1] = (spans[-1][0], index + 1, tag[2:])
    return spans


def entities(
    text: str, tokens: Sequence[str], tags: Sequence[str], confidences: Sequence[float]
) -> list[dict[str, str | int | float]]:
    """Finds the entities of a tokenized and tagged text.

    Args:
        text: str.
        tokens: list of str, substrings of the text in order.
        tags: list of IOB2 tags, one for each token.
        confidences: list of floats, one for each token.

    Returns:
        list of dicts of `text`, `type`, `start` and `end` (character indices), and `confidence`,
        the minimum over the tokens, rounded to four decimals.

    Raises:
        ValueError: if the numbers of tokens, tags and confidences differ.

    Example:
    >>> entities("Ada  Lovelace", ["Ada", "Lovelace"], ["B-PER", "I-PER"], [0.9, 0.8])
    [{'text': 'Ada  Lovelace', 'type': 'PER', 'start': 0, 'end': 13, 'confidence': 0.8}]
    """
    if not len(tokens) == len(tags) == len(confidences):
        raise ValueError(
            "entities: each token must have a tag and a confidence. Received "
            f"{len(tokens)} tokens, {len(tags)} tags, {len(confidences)} confidences. Remove "
            "the padding."
        )
    positions, end = [], 0
    # The tokenizer drops HTML tags and &nbsp;, which may contain the same words.
    searched = re.sub(NO_WORDS, lambda found: " " * len(found[0]), text, flags=re.I)
    searched = re.sub(RESERVED, "\ufffd", searched)  # as the tokenizer does
    for token in tokens:
        start = max(searched.find(token, end), end)  # replaced invalid bytes are not found
        end = min(start + len(token), len(text))
        positions.append((start, end))
    return [
        {
            "text": text[positions[first][0] : positions[last - 1][1]],
            "type": kind,
            "start": positions[first][0],
            "end": positions[last - 1][1],
            "confidence": round(float(min(confidences[first:last])), 4),
        }
        for first, last, kind in entity_spans(tags)
    ]
