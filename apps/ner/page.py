"""Entities in a text, for people and for programs: colours, JSON, a page of HTML."""

import html
import json

from apps.terminal import visible

_COLOURS = {  # of pages and, as numbers of the 256 colours, of terminals
    "PER": ("#ffd9a8", 223),
    "LOC": ("#bfe3b4", 151),
    "ORG": ("#b9d4f5", 153),
    "MISC": ("#e3c8ee", 182),
}
_OTHERS = (("#f6efb0", 229), ("#f5c0c0", 217), ("#b5e5e0", 158), ("#dddddd", 252))
_BEFORE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Entities</title>
<style>
body { font: 17px/2.4 system-ui, sans-serif; max-width: 46em; margin: 2em auto; padding: 0 1em }
mark { padding: .3em .45em; border-radius: .35em }
mark small { font-weight: bold; font-size: .62em; letter-spacing: .05em; margin-left: .5em }
p { white-space: pre-wrap; overflow-wrap: anywhere }
</style>"""


def spans(tags):
    """Returns the entities of IOB2 tags as `(start, end, type)`; an I- without its B- is none.

    Example:
    >>> spans(["B-PER", "I-PER", "O", "I-LOC", "B-LOC"])
    [(0, 2, 'PER'), (4, 5, 'LOC')]
    """
    found = []
    for place, tag in enumerate(tags):
        if tag.startswith("B-"):
            found.append((place, place + 1, tag[2:]))
        elif tag != "O" and found and found[-1][1] == place and found[-1][2] == tag[2:]:
            found[-1] = (found[-1][0], place + 1, tag[2:])
    return found


def entities(text, tokens, tags, confidences):
    """Finds the entities in the text that its tokens are pieces of.

    Args:
        text: str.
        tokens: list of str, in their order in the text.
        tags: list of IOB2 tags.
        confidences: list of float, one for each token.

    Returns:
        list of dicts of text, type, start and end (characters), and the confidence, which is that
        of the least certain token.
    """
    places, end = [], 0
    for token in tokens:
        start = max(text.find(token, end), end)  # bytes that were no text are not found again
        end = min(start + len(token), len(text))
        places.append((start, end))
    return [
        {
            "text": text[places[first][0] : places[last - 1][1]],
            "type": kind,
            "start": places[first][0],
            "end": places[last - 1][1],
            "confidence": round(float(min(confidences[first:last])), 4),
        }
        for first, last, kind in spans(tags)
    ]


def as_json(text, found):
    """Returns text and entities as one line of JSON."""
    return json.dumps({"text": text, "entities": found}, ensure_ascii=False)


def as_colours(text, found):
    """Returns the text for a terminal, with entities on a coloured ground and their types."""
    return _marked(
        text,
        found,
        visible,
        lambda each: (
            f"\x1b[30;48;5;{_colour(each['type'])[1]}m {visible(each['text'])} "
            f"\x1b[1m{each['type']} \x1b[0m"
        ),
    )


def as_html(text, found):
    """Returns the text as a paragraph of HTML, with entities marked."""
    marked = _marked(
        text,
        found,
        _escaped,
        lambda each: (
            f'<mark style="background: {_colour(each["type"])[0]}" '
            f'title="confidence {each["confidence"]:.2f}">{_escaped(each["text"])}'
            f"<small>{html.escape(each['type'])}</small></mark>"
        ),
    )
    return f"<p>{marked}</p>"


def html_page(paragraphs):
    """Yields the lines of a whole page."""
    yield _BEFORE
    yield from paragraphs
    yield "</html>"


def _escaped(text):
    return html.escape(visible(text))


def _marked(text, found, plain, mark):
    pieces, end = [], 0
    for each in found:
        pieces += [plain(text[end : each["start"]]), mark(each)]
        end = each["end"]
    return "".join([*pieces, plain(text[end:])])


def _colour(kind):
    return _COLOURS.get(kind) or _OTHERS[sum(kind.encode()) % len(_OTHERS)]
