"""Validates dataclass fields against their annotations, and converts them to and from JSON."""

import dataclasses
import json
import math
import os
import pathlib
import types
import typing
import zlib
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Protocol, TypeVar, Union

from keras_dl.application.errors import UserError

if TYPE_CHECKING:
    from keras_dl.training.atomic_file import Json


class Dataclass(Protocol):
    """Protocol of the instances of any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]


_CHECKSUM = "crc32"
_Kind = TypeVar("_Kind", bound=Dataclass)


@dataclasses.dataclass(frozen=True)
class Limits:
    """Limits of a numeric field: `Annotated[int, Limits(at_least=1)]`."""

    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None
    multiple_of: int | None = None

    def allow(self, value: float | tuple[float, ...]) -> bool:
        """Returns whether a number, or each number of a tuple, is finite and within the limits."""
        if isinstance(value, tuple):
            return all(map(self.allow, value))
        return (
            math.isfinite(value)
            and (self.at_least is None or value >= self.at_least)
            and (self.above is None or value > self.above)
            and (self.at_most is None or value <= self.at_most)
            and (self.below is None or value < self.below)
            and (self.multiple_of is None or value % self.multiple_of == 0)
        )

    def __str__(self) -> str:
        if self.at_least is not None and self.at_most is not None:
            words = [f"from {self.at_least:,} to {self.at_most:,}"]
        else:
            names = ("at_least", "above", "at_most", "below")
            words = [
                f"{name.replace('_', ' ')} {value:,}"
                for name in names
                if (value := getattr(self, name)) is not None
            ]
        if self.multiple_of is not None:
            words.append(f"a multiple of {self.multiple_of}")
        return " and ".join(words) or "finite"


Count = Annotated[int, Limits(at_least=1)]
Fraction = Annotated[float, Limits(at_least=0, below=1)]
Share = Annotated[float, Limits(at_least=0, at_most=1)]
Positive = Annotated[float, Limits(above=0)]


def check_fields(instance: Dataclass) -> None:
    """Checks each field of a dataclass against its annotation.

    Raises:
        UserError: if a value does not match its annotation. The message names the flag.
    """
    for name, hint in _hints(type(instance)).items():
        value = getattr(instance, name)
        if not _fits(hint, value):
            raise UserError(f"{flag_of(name)} must be {_described(hint)}. Received {value!r}.")
        for limits in getattr(hint, "__metadata__", ()):
            if isinstance(limits, Limits) and value is not None and not limits.allow(value):
                raise UserError(f"{flag_of(name)} must be {limits}. Received {value}.")


def flag_of(name: str) -> str:
    """Returns the command-line flag of a field: `batch_size` -> `--batch-size`."""
    return f"--{name.replace('_', '-')}"


def to_json(instance: Dataclass) -> "dict[str, Json]":
    """Converts an instance of a dataclass to a dict of JSON types."""
    return json.loads(json.dumps(dataclasses.asdict(instance), allow_nan=False))


def from_json(kind: type[_Kind], content: "Json", path: str | os.PathLike[str]) -> _Kind:
    """Creates an instance of a dataclass from the result of `to_json`.

    Args:
        kind: type of the dataclass.
        content: any JSON value.
        path: path of the JSON file, for the error message.

    Raises:
        UserError: if the content does not match the fields of the dataclass.
    """
    hints = _hints(kind)
    if not isinstance(content, dict) or set(content) - set(hints):
        found = sorted(set(content) - set(hints)) if isinstance(content, dict) else content
        raise UserError(f"{path} is damaged or from another version. It contains {found!r:.200}.")
    values = {name: _tuples(hints[name], value) for name, value in content.items()}
    try:
        made = kind(**values)
        check_fields(made)
    except (TypeError, UserError) as error:
        raise UserError(f"{path} is damaged or from another version: {error}") from error
    return made


def with_checksum(content: "dict[str, Json]") -> "dict[str, Json]":
    """Adds the checksum of a JSON object as its entry `crc32`, which `read_json` checks.

    Example:
    >>> with_checksum({"words": ["ham", "spam"]})
    {'words': ['ham', 'spam'], 'crc32': 2631243987}
    """
    return {**content, _CHECKSUM: _checksum(content)}


def read_json(path: pathlib.Path) -> "Json":
    """Returns the content of a JSON file, without the checksum if it has one.

    Raises:
        UserError: if the file is damaged or missing.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise UserError(f"{path} is missing. Train again in a new directory.") from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path} is damaged: {error}. Train again in a new directory.") from error
    checksum = content.pop(_CHECKSUM, None) if isinstance(content, dict) else None
    if checksum not in (None, _checksum(content)):
        raise UserError(
            f"{path} is damaged: its checksum does not match. Train again in a new directory."
        )
    return content


def _checksum(content):
    return zlib.crc32(json.dumps(content, sort_keys=True).encode())


def _hints(kind):
    hints = typing.get_type_hints(kind, include_extras=True)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def _fits(hint, value):
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        return _fits(inner[0], value)
    if origin is Literal:
        return value in inner
    if origin in (Union, types.UnionType):
        return any(_fits(each, value) for each in inner)
    if origin in (list, tuple):
        return isinstance(value, origin) and all(_fits(inner[0], each) for each in value)
    if origin is dict:
        return isinstance(value, dict) and all(_fits(inner[1], each) for each in value.values())
    if hint in (int, float):
        return isinstance(value, (int, hint)) and not isinstance(value, bool)
    return hint is Any or isinstance(value, hint)


def _described(hint):
    if typing.get_origin(hint) is Annotated:
        return _described(typing.get_args(hint)[0])
    if typing.get_origin(hint) is Literal:
        return f"one of {', '.join(map(repr, typing.get_args(hint)))}"
    return f"of type {getattr(hint, '__name__', hint)}"


def _tuples(hint, value):
    """Converts the lists of JSON back to tuples."""
    if typing.get_origin(hint) is Annotated:
        hint = typing.get_args(hint)[0]
    is_tuple = typing.get_origin(hint) is tuple and isinstance(value, list)
    return tuple(value) if is_tuple else value
