"""Limits and scores from the card of a shipped model."""

import pathlib
import re

_SECTIONS = ("Limits", "Scores")  # tables of scores would hide what stands below
_CODE_OR_TAG = re.compile(r"(`+)(?:.*?)\1|[<>]", re.DOTALL)
_LINK = re.compile(r"!?\[([^\]]*)\]\(([^)\s]*)[^)]*\)")


def limits_and_scores(model: pathlib.Path) -> str:
    """Returns the sections of the card as Markdown in which HTML and images have no effect.

    Links keep their text. Those to files of the project would lead nowhere on the page.
    """
    path = model / "README.md"
    if not path.exists():
        return "This model has no card."
    parts = re.split(r"^## +(.+)$", path.read_text("utf-8"), flags=re.MULTILINE)
    found = dict(zip(parts[1::2], parts[2::2], strict=True))
    return "\n\n".join(
        f"### {name}\n{harmless(found[name].strip())}" for name in _SECTIONS if name in found
    )


def harmless(markdown: str) -> str:
    """Returns Markdown without links, images and HTML.

    Example:
    >>> harmless("<b>bold</b>, `<code>` and ![an image](https://example.org/a.png)")
    '&lt;b&gt;bold&lt;/b&gt;, `<code>` and an image'
    """

    def escaped(found):
        return {"<": "&lt;", ">": "&gt;"}.get(found[0], found[0])

    return _CODE_OR_TAG.sub(escaped, _LINK.sub(r"\1", markdown))
