"""Widgets for the input fields of an application."""

import base64
import functools
import pathlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import gradio as gr

from keras_dl.application.errors import UserError
from keras_dl.application.fields import (
    Audio,
    Choice,
    Field,
    Image,
    Number,
    Value,
    Vector,
    visible,
)
from keras_dl.application.page.card import harmless
from keras_dl.application.page.encoding import from_base64

_SLIDER_STEPS = 80


class Input(NamedTuple):
    """Widgets for one input field.

    Attributes:
        components: list of Gradio components.
        value: function from their values to the value of the field, or None if it is missing.
        example: function from the value of a demo input to the values of the components.
    """

    components: list[gr.components.Component]
    value: Callable[..., Value]
    example: Callable[[Value], list[Any]]


def widgets_for(field: Field) -> Input:
    """Returns the widgets for an input field: a text box, an image, a canvas, a microphone, ..."""
    label = field.name.replace("_", " ")
    if isinstance(field, Image):
        if not field.or_seed:
            image = _canvas(label) if field.drawn else _image(label)
            return Input([image], _of_image, lambda value: [value])
        seed = gr.Textbox(label="seed", info="of a random image, instead of an image", max_lines=1)
        image = _canvas(label) if field.drawn else _image(label)
        to_value = functools.partial(_of_seed_or_image, field)
        return Input(
            [seed, image],
            to_value,
            lambda value: [value, None] if field.is_seed(value) else ["", value],
        )
    if isinstance(field, Audio):
        # Without a format: whatever is not WAV is refused, not converted by another program.
        # Without "share", which would send the sound to another machine.
        audio = gr.Audio(
            sources=["upload", "microphone"], type="filepath", label=label, buttons=["download"]
        )
        return Input([_as_file(audio)], _bytes_of, lambda value: [value])
    if isinstance(field, Vector):
        return _sliders(field, label)
    if isinstance(field, Choice):
        return _single(
            gr.Dropdown(list(field.choices), value=field.default, label=label, info=field.help)
        )
    if isinstance(field, Number):
        # Without limits: the field says in one line which it has.
        number = gr.Number(label=label, info=field.help)
        return Input([number], _whole, lambda value: [int(value)])
    return _single(gr.Textbox(label=label, info=field.help, max_lines=12))


def from_json(field: Field, value: Value) -> Value:
    """Returns the value of an input field in a JSON request. Files are base64, never paths.

    Raises:
        UserError: if a file is not base64.
    """
    if not isinstance(field, (Image, Audio)) or value is None:
        return value
    text = str(value)
    is_seed = isinstance(field, Image) and field.is_seed(text)
    return text if is_seed else from_base64(text, field.name)


def demo_in_json(field: Field, value: Value) -> Value:
    """Returns a demo input for a JSON request, with `&` in place of the base64 of a file."""
    is_seed = isinstance(field, Image) and field.is_seed(value)
    return "&" if isinstance(field, (Image, Audio)) and not is_seed else value


def _sliders(field, label):
    with gr.Accordion(label), gr.Row():
        if field.help:
            gr.Markdown(harmless(field.help))
        sliders = [
            gr.Slider(
                field.at_least,
                field.at_most,
                value,
                step=(field.at_most - field.at_least) / _SLIDER_STEPS,
                label=str(number),
                min_width=150,
            )
            for number, value in enumerate(field.default, 1)
        ]
    return Input(sliders, lambda *values: values, lambda value: list(field.read(value)))


def _single(component):
    return Input([component], lambda value: value, lambda value: [value])


def _image(label):
    image = gr.Image(
        sources=["upload", "webcam", "clipboard"],
        type="filepath",
        image_mode=None,
        label=label,
        buttons=["fullscreen"],
    )
    return _as_file(image)


def _canvas(label):
    return gr.ImageEditor(
        label=label,
        image_mode="RGB",
        format="png",
        layers=False,
        transforms=(),
        brush=gr.Brush(default_size=20, colors=["#000000"], color_mode="fixed"),
        canvas_size=(280, 280),
        placeholder="Choose the brush\nor drop an image",
    )


def _as_file(component):
    """Makes a component pass on the path of an uploaded file without decoding it.

    Whoever decodes it checks the header first. Addresses in place of files are refused.
    """
    move = component.async_move_resource_to_block_cache

    async def local_only(path):
        if path is not None and "://" in str(path):
            raise gr.Error("files must be uploaded; addresses are not read.")
        return await move(path)

    component.async_move_resource_to_block_cache = local_only
    component.preprocess = _path_of
    return component


def _path_of(payload):
    if payload is None:
        return None
    if payload.path:
        return payload.path
    head, _, encoded = (payload.url or "").partition(",")
    if not head.startswith("data:"):
        raise gr.Error("files must be uploaded; addresses are not read.")
    return base64.b64decode(encoded)


def _bytes_of(path):
    if path is None or isinstance(path, bytes):
        return path
    return pathlib.Path(path).read_bytes()


def _whole(value):
    """Returns a number of a browser, which knows only one kind, as int if it is whole."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _of_image(given):
    """Returns the bytes of an uploaded image, or the array of a canvas, None if it is blank."""
    if isinstance(given, Mapping):
        drawn = given.get("composite")
        return None if drawn is None or drawn.min() == drawn.max() else drawn
    return _bytes_of(given)


def _of_seed_or_image(field, seed, image):
    image = _of_image(image)
    text = str(seed or "").strip()
    if text and image is not None:
        raise UserError("Enter a seed or give an image, not both. Clear one of them.")
    if text and not field.is_seed(text):
        raise UserError(f"seed must be a whole number. Received {visible(text)!r:.60}.")
    return text or image
