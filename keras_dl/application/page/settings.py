"""Widgets for the settings of `predict`."""

import dataclasses
import re
import types
import typing
from collections.abc import Iterable
from typing import Annotated, Any, Literal

import gradio as gr

from keras_dl.application.config import Config
from keras_dl.application.errors import UserError
from keras_dl.application.typed import Limits, flag_of


class Settings:
    """Widgets for the numbers, choices and switches among the settings of `predict`.

    Settings that are strings name files, which a request must not open, so they keep their
    defaults.

    Args:
        kind: type of the settings.
    """

    def __init__(self, kind: type[Config]) -> None:
        self._kind = kind
        hints = typing.get_type_hints(kind, include_extras=True)
        with gr.Accordion("Settings", open=False) as group:
            made = {
                field.name: _widget(_label(field.name), hints[field.name], field.default)
                for field in dataclasses.fields(kind)
            }
        self._widgets = {name: widget for name, widget in made.items() if widget is not None}
        group.visible = bool(self._widgets)
        self._kinds = {name: set(_kinds(hints[name])) & {int, float} for name in made}

    @property
    def components(self) -> list[gr.components.Component]:
        """The widgets."""
        return list(self._widgets.values())

    @property
    def names(self) -> list[str]:
        """The settings that have widgets."""
        return list(self._widgets)

    def config(self, *values: Any) -> Config:
        """Returns the settings for the values of the widgets.

        Raises:
            UserError: if a value is not allowed.
        """
        given = dict(zip(self._widgets, values, strict=True))
        given = {
            name: _number(value, self._kinds[name])
            for name, value in given.items()
            if value is not None
        }
        try:
            return self._kind(**given)
        except UserError as error:
            raise UserError(with_labels(str(error), [*self._kinds])) from error


def with_labels(message: str, names: Iterable[str]) -> str:
    """Returns a message in which labels replace flags: a page has no flags.

    Args:
        message: str. Message of a `UserError`.
        names: names of settings and inputs.
    """
    for name in names:
        message = re.sub(rf"{flag_of(name)}(?![\w-])", _label(name), message)
    return message


def _label(name):
    return name.replace("_", " ")


def _number(value, kinds):
    """Returns a number in the type of its setting: a browser knows one kind of number."""
    if isinstance(value, bool):
        return value
    if kinds == {float} and isinstance(value, int):
        return float(value)
    return int(value) if int in kinds and isinstance(value, float) and value.is_integer() else value


def _kinds(hint):
    """Returns the types that a setting may have, without limits: `int | None` -> int, None."""
    if typing.get_origin(hint) is Annotated:
        return _kinds(typing.get_args(hint)[0])
    is_union = typing.get_origin(hint) in (typing.Union, types.UnionType)
    return typing.get_args(hint) if is_union else (hint,)


def _widget(label, hint, default):
    kinds = _kinds(hint)
    if bool in kinds:
        return gr.Checkbox(default, label=label)
    if typing.get_origin(kinds[0]) is Literal:
        return gr.Dropdown(list(typing.get_args(kinds[0])), value=default, label=label)
    if not {int, float} & set(kinds):
        return None
    limits = [each for each in typing.get_args(hint)[1:] if isinstance(each, Limits)]
    allowed = f" ({limits[0]})" if limits else ""
    return gr.Number(default, label=label + allowed, precision=0 if int in kinds else None)
