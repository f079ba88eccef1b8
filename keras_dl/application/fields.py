"""Fields of the inputs and outputs of applications.

The command line and HTML pages render fields without knowing the application. A field defines how a
value is read from text, and how it is shown as text and in JSON.
"""

import dataclasses
import html
import math
import pathlib
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from keras_dl.application.errors import UserError

if TYPE_CHECKING:
    from keras_dl.training.atomic_file import Json

Value: TypeAlias = Any
"""A value of an input or of a record, of any type that a field supports."""

# Unicode symbols of the control characters, except the tab.
_VISIBLE = {code: 0x2400 + code for code in range(32) if code != 9} | {
    0x7F: 0x2421,
    **dict.fromkeys((*range(0x80, 0xA0), 0x2028, 0x2029, *range(0xD800, 0xE000)), 0xFFFD),
}
_COLORS = {  # for HTML and, as indices of 256 colors, for terminals
    "PER": ("#ffd9a8", 223),
    "LOC": ("#bfe3b4", 151),
    "ORG": ("#b9d4f5", 153),
    "MISC": ("#e3c8ee", 182),
}
_OTHER_COLORS = (("#f6efb0", 229), ("#f5c0c0", 217), ("#b5e5e0", 158), ("#dddddd", 252))


def visible(value: Value) -> str:
    """Returns a value as one line of text without terminal control characters.

    Example:
    >>> visible(b"red\\x1b[31m")
    'red␛[31m'
    """
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text.translate(_VISIBLE)


@dataclasses.dataclass(frozen=True)
class Field:
    """One value of an input or of a record.

    Args:
        name: key in a record, and flag of an input.
        help: meaning of the value.
        detail: bool. Whether to show the value only in JSON and CSV, not in lines of text.
    """

    name: str
    help: str = ""
    detail: bool = False

    def read(self, value: Value) -> Value:
        """Returns an input in the type that `predict` works with.

        Raises:
            UserError: if the input is invalid.
        """
        return value

    def text(self, value: Value) -> str:
        """Returns a value as text for one column."""
        return visible(value)

    def json(self, value: Value) -> "Json":
        """Returns a value for JSON."""
        return value


@dataclasses.dataclass(frozen=True)
class Text(Field):
    """A string, or its bytes in UTF-8."""

    def read(self, value: Value) -> str:
        if not isinstance(value, (str, bytes)):
            raise UserError(f"{self.name} must be a string. Received {type(value).__name__}.")
        try:
            text = value.decode("utf-8") if isinstance(value, bytes) else value
        except UnicodeDecodeError as error:
            raise UserError(f"{self.name} must be UTF-8. Convert its encoding.") from error
        return re.sub("[\ud800-\udfff]", "\ufffd", text)


@dataclasses.dataclass(frozen=True)
class Choice(Field):
    """One of several strings. An input is a flag for all inputs of a command."""

    choices: tuple[str, ...] = ()
    default: str = ""

    def read(self, value: Value) -> str:
        if value not in self.choices:
            raise UserError(f"{self.name} must be one of {self.choices}. Received {value!r}.")
        return value


@dataclasses.dataclass(frozen=True)
class Number(Field):
    """A number.

    Args:
        at_least: smallest allowed input, a whole number.
        at_most: largest allowed input.
        format: format string for text.
    """

    at_least: int = 0
    at_most: int = 2**63 - 1
    format: str = "{:g}"

    def read(self, value: Value) -> int:
        text = str(value).strip()
        if not (text.isascii() and text.isdigit() and len(text) <= 19):
            text = "-1"
        if not self.at_least <= int(text) <= self.at_most:
            raise UserError(
                f"{self.name} must be a whole number from {self.at_least} to {self.at_most}. "
                f"Received {visible(str(value))!r:.60}."
            )
        return int(text)

    def text(self, value: Value) -> str:
        return self.format.format(value)


@dataclasses.dataclass(frozen=True)
class Label(Text):
    """Name of a class; in a record, also a string that the model writes."""


@dataclasses.dataclass(frozen=True)
class Flag(Field):
    """A boolean value."""


@dataclasses.dataclass(frozen=True)
class Probability(Number):
    """A number from 0 to 1."""

    format: str = "{:.3f}"


@dataclasses.dataclass(frozen=True)
class Vector(Field):
    """A list of numbers, or of lists of numbers.

    Args:
        format: format string of a number in text.
        empty: text of an empty list.
    """

    format: str = "{:.4f}"
    empty: str = ""

    def text(self, value: Value) -> str:
        return " ".join(self.format.format(each) for each in value) or self.empty


@dataclasses.dataclass(frozen=True)
class Scores(Field):
    """Names with a number each, `[("name", 0.5), ...]`.

    Args:
        format: format string of a name and its number in text.
        between: separator of the pairs.
    """

    format: str = "{}\t{:.3f}"
    between: str = "\t"

    def text(self, value: Value) -> str:
        pairs = [self.format.format(visible(name), number) for name, number in value]
        return self.between.join(pairs)


@dataclasses.dataclass(frozen=True)
class Boxes(Field):
    """Objects in an image: dicts of `label`, `score`, `box` (ymin, xmin, ymax, xmax, in pixels).

    Args:
        format: format string of an object in text.
        between: separator of the objects.
    """

    format: str = "{label} {score:.2f} {box}"
    between: str = "; "

    def text(self, value: Value) -> str:
        shown = ({**each, "box": ",".join(map(str, each["box"]))} for each in value)
        return self.between.join(visible(self.format.format(**each)) for each in shown)


@dataclasses.dataclass(frozen=True)
class Image(Field):
    """An image. An input is a path, the bytes of a file, or a uint8 array `(height, width, 3)`.

    In a record it is a uint8 array `(height, width, channels)`; the command line writes it as PNG
    and shows the path.
    """

    ending = ".png"

    def read(self, value: Value) -> Value:
        return pathlib.Path(value) if isinstance(value, str) else value


@dataclasses.dataclass(frozen=True)
class Video(Image):
    """A video: the bytes of a GIF. The command line writes the file and shows the path."""

    ending = ".gif"


@dataclasses.dataclass(frozen=True)
class Spans(Field):
    """Spans of a text: dicts of `text`, `type`, `start`, `end` (characters), `confidence`.

    Args:
        over: name of the input with the text. Lines of text show the spans in it.
    """

    over: str = "text"

    def marked(self, text: str, spans: Sequence[Mapping[str, Value]], color: bool) -> str:
        """Returns the text with its spans in brackets, or colored for a terminal."""

        def mark(span):
            words, kind = visible(span["text"]), visible(span["type"])
            if not color:
                return f"[{words} {kind}]"
            return f"\x1b[30;48;5;{_color(span['type'])[1]}m {words} \x1b[1m{kind} \x1b[0m"

        return _replaced(text, spans, visible, mark)

    def html(self, text: str, spans: Sequence[Mapping[str, Value]]) -> str:
        """Returns the text as a paragraph of HTML with its spans marked."""

        def escaped(text):
            return html.escape(visible(text))

        def mark(span):
            return (
                f'<mark style="background: {_color(span["type"])[0]}" '
                f'title="confidence {span["confidence"]:.2f}">{escaped(span["text"])}'
                f"<small>{escaped(span['type'])}</small></mark>"
            )

        return f"<p>{_replaced(text, spans, escaped, mark)}</p>"


def plain(value: Value) -> "Json":
    """Converts a value of a record to JSON types; numbers that are not finite become null."""
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, pathlib.Path):
        return str(value)
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _replaced(text, spans, outside, mark):
    pieces, end = [], 0
    for span in spans:
        pieces += [outside(text[end : span["start"]]), mark(span)]
        end = span["end"]
    return "".join([*pieces, outside(text[end:])])


def _color(kind):
    return _COLORS.get(kind) or _OTHER_COLORS[sum(kind.encode()) % len(_OTHER_COLORS)]
