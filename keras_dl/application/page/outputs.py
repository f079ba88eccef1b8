"""Widgets for the output fields of an application."""

import base64
import colorsys
import html
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import gradio as gr

from keras_dl.application.application import Frame, Record
from keras_dl.application.fields import (
    Boxes,
    Field,
    Flag,
    Image,
    Label,
    Probability,
    Scores,
    Spans,
    Text,
    visible,
)
from keras_dl.application.page.bars import bars
from keras_dl.application.page.encoding import file_bytes

_LONGEST_SIDE = 640  # pixels of an image with boxes: each box becomes an image of this size
_MOST_BOXES = 60
_COLORS = ("#d62728", "#1f77b4", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#e377c2")


class Output(NamedTuple):
    """Widget for one output field.

    Attributes:
        component: Gradio component.
        show: function from the records of a request to the value of the component.
    """

    component: gr.components.Component
    show: Callable[[Sequence[Record]], Any]


def widget_for(field: Field) -> Output:
    """Returns the widget for an output field, which shows what the first record has."""
    label = field.name.replace("_", " ")
    component, properties = _widget(field, label, field.help or None)

    def show(records: Sequence[Record]) -> Any:
        value = records[0].get(field.name) if records else None
        if value is None:
            return gr.update(value=None, visible=False)
        return gr.update(**properties(value, records), visible=True)

    return Output(component, show)


def frame_as_html(frame: Frame, largest: float) -> str:
    """Returns a frame as HTML: its image, its line of text and bars of its scores.

    Args:
        frame: `Frame`.
        largest: float. Magnitude of the longest possible bar.
    """
    encoded = base64.b64encode(file_bytes(frame.image) or b"").decode()
    text = html.escape(visible(frame.text))
    image = f'<img src="data:image/png;base64,{encoded}" alt="{text}">'
    shown = f'<div class="screen">{image}<p>{text}</p></div>'
    return f'<div class="watched">{shown}{bars(frame.scores, largest, frame.chosen)}</div>'


def _widget(field, label, info):
    """Returns a hidden component, and a function from a value and all records to its properties."""
    if isinstance(field, Spans):
        text = gr.HighlightedText(label=label, show_whitespaces=True, min_width=280, visible=False)
        return text, lambda value, records: _spans(field, records)
    if isinstance(field, Boxes):
        image = gr.AnnotatedImage(label=label, height=420, visible=False)
        return image, lambda value, records: _boxes(records[0][field.over], value)
    if isinstance(field, Image):
        image = gr.Image(label=label, visible=False, buttons=["download"])
        return image, lambda value, records: {"value": _saved(image, value, field.ending)}
    if isinstance(field, Probability):
        bar = _html(label)
        return bar, lambda value, records: {"value": bars([(label, float(value))], largest=1)}
    if isinstance(field, Scores):
        table = _html(label, show_label=True)
        return table, lambda value, records: {"value": bars(value)}
    large = ["label"] if isinstance(field, Label) else None
    text = gr.Textbox(label=label, info=info, elem_classes=large, max_lines=20, visible=False)
    if isinstance(field, Flag):
        return text, lambda value, records: {"value": "yes" if value else "no"}
    if isinstance(field, Text):
        return text, lambda value, records: {"value": "\n".join(map(visible, value.split("\n")))}
    return text, lambda value, records: {"value": field.text(value)}


def _html(label, show_label=False):
    return gr.HTML(label=label, show_label=show_label, container=True, padding=True, visible=False)


def _saved(component, image, ending):
    """Returns the path of an image or video in the directory from which the page serves files."""
    from gradio.processing_utils import save_bytes_to_cache

    name, encoded = f"{component.label}{ending}", file_bytes(image)
    return save_bytes_to_cache(encoded, name, cache_dir=component.GRADIO_CACHE)


def _boxes(image, objects):
    """Returns a reduced image with the boxes of its objects for `gr.AnnotatedImage`.

    Each class has a color. Boxes beyond a number are only in the JSON.
    """
    import PIL.Image

    from keras_dl import pipelines
    from keras_dl.application.images import read_image_bytes

    pixels = pipelines.decode_image(read_image_bytes(image)).numpy()
    reduced = PIL.Image.fromarray(pixels)
    reduced.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    scale = reduced.width / pixels.shape[1]
    boxes, colors = [], {}
    for each in objects[:_MOST_BOXES]:
        name = f"{visible(each['label'])} {each['score']:.2f}"
        boxes.append((_corners([round(side * scale) for side in each["box"]]), name))
        colors[name] = _COLORS[sum(str(each["label"]).encode()) % len(_COLORS)]
    return {"value": (reduced, boxes), "color_map": colors}


def _corners(box):
    top, left, bottom, right = (max(0, side) for side in box)
    return left, top, right, bottom


def _spans(field, records):
    pieces = []
    for record in records:
        if "error" not in record:
            pieces += field.pieces(str(record[field.over]), record[field.name])
            pieces.append(("\n", None))
    kinds = {kind for _, kind in pieces if kind}
    shown = [(words, kind and visible(kind)) for words, kind in pieces[:-1]]
    return {
        "value": shown,
        "color_map": {visible(kind): _strong(field.color(kind)) for kind in kinds},
    }


def _strong(color):
    """Returns the hue of a color, strong and dark enough for white letters on it."""
    red, green, blue = (int(color[start : start + 2], 16) / 255 for start in (1, 3, 5))
    hue, _, saturation = colorsys.rgb_to_hls(red, green, blue)
    strong = colorsys.hls_to_rgb(hue, 0.38, 0.65 if saturation else 0.0)
    return "#" + "".join(f"{round(255 * part):02x}" for part in strong)
