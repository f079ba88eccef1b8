"""Prepares docstrings for the documentation site.

Examples become blocks of code, and the arguments of `call` a list.
"""

import re
from typing import Any

import griffe

_EXAMPLE = re.compile(r"^Examples?:\n+((?:>>>.*\n?)(?:.+\n?)*(?:\n>>>(?:.+\n?)+)*)", re.M)
_CALL_ARGUMENTS = re.compile(r"^Call arguments:\n((?: {4}.*\n)+)", re.M)


class MarkdownDocstrings(griffe.Extension):
    """Writes the parts of docstrings that griffe does not know as Markdown."""

    def on_object(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        """Changes the docstring of one object."""
        if obj.docstring:
            text = _EXAMPLE.sub(
                lambda found: f"**Example:**\n\n```pycon\n{found[1].rstrip()}\n```\n",
                obj.docstring.value,
            )
            obj.docstring.value = _CALL_ARGUMENTS.sub(_argument_list, text)


def _argument_list(found):
    items = re.sub(r"^ {4}(\w+): ", r"- **`\1`**: ", found[1], flags=re.M)
    return f"**Call arguments:**\n\n{items}"
