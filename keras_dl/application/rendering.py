"""Rendering of records as text, JSON, CSV or HTML."""

import csv
import io
import json
import os
import pathlib
import re
import sys
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Literal

from keras_dl.application.application import Application, Record
from keras_dl.application.fields import Image, Spans, plain, visible

if TYPE_CHECKING:
    import numpy as np

_BEFORE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Predictions</title>
<style>
body { font: 17px/2.4 system-ui, sans-serif; max-width: 46em; margin: 2em auto; padding: 0 1em }
mark { padding: .3em .45em; border-radius: .35em }
mark small { font-weight: bold; font-size: .62em; letter-spacing: .05em; margin-left: .5em }
p { white-space: pre-wrap; overflow-wrap: anywhere }
</style>"""
_LEAST_SIDE = 112  # minimum side of a written image, in pixels
# Characters that JSON allows but terminals interpret, or readers treat as line ends.
_CONTROLS = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Renderer:
    """Renders the records of an application as lines of text, JSON, CSV or HTML.

    Args:
        app: `Application`.
        format: "text", "json", "csv" or "html".
        output_dir: directory for the images and videos of records.
    """

    def __init__(
        self,
        app: Application,
        format: Literal["text", "json", "csv", "html"],
        output_dir: pathlib.Path,
    ) -> None:
        self._app, self._format, self._directory = app, format, output_dir
        self._taken: set[str] = set()
        self._color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        self._spans = next((each for each in app.outputs if isinstance(each, Spans)), None)

    def before(self) -> Iterator[str]:
        """Yields the lines to print before the records."""
        if self._format == "html":
            yield _BEFORE
        elif self._format == "csv":
            names = [each.name for each in (*self._app.inputs, *self._app.outputs)]
            yield _csv([*names, "error"])

    def after(self) -> Iterator[str]:
        """Yields the lines to print after the records."""
        if self._format == "html":
            yield "</html>"

    def line(self, record: Record) -> str:
        """Saves the images and videos of a record; returns the line to print for it."""
        record = self._with_files(record)
        if self._format == "json":
            encoded = json.dumps(plain(record), ensure_ascii=False, allow_nan=False)
            return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", encoded)
        if self._format == "csv":
            fields = (*self._app.inputs, *self._app.outputs)
            values = [plain(record.get(field.name)) for field in fields]
            values = [_cell(each) for each in values]
            return _csv([*values, visible(record.get("error", ""))])
        if self._format == "html":
            text = str(record[self._app.inputs[0].name])
            if self._spans and "error" not in record:
                return self._spans.html(text, record[self._spans.name])
            return Spans("none").html(self._text(record), [])
        return self._text(record)

    def path_for(self, record: Record, ending: str) -> pathlib.Path:
        """Returns the path for a new file of a record. Each call returns a different path."""
        given = str(record[self._app.inputs[0].name])
        stem = re.sub(r"[^\w.-]+", "_", pathlib.Path(given).stem if "." in given else given)[:60]
        number, name = 1, f"{stem}{ending}"
        while name in self._taken:
            number += 1
            name = f"{stem}_{number}{ending}"
        self._taken.add(name)
        self._directory.mkdir(parents=True, exist_ok=True)
        return self._directory / name

    def _text(self, record):
        first = visible(record[self._app.inputs[0].name])
        if "error" in record:
            return f"{first}\terror: {visible(record['error'])}"
        columns = [first]
        for field in self._app.outputs:
            value = record.get(field.name)
            if field.detail or value is None:
                continue
            if field is self._spans:
                columns[0] = field.marked(str(record[field.over]), value, self._color)
            else:
                columns.append(field.text(value))
        return "\t".join(columns)

    def _with_files(self, record):
        files = {}
        for field in self._app.outputs:
            value = record.get(field.name)
            if isinstance(field, Image) and value is not None:
                path = self.path_for(record, field.ending)
                write_file(path, value)
                files[field.name] = path
        return {**record, **files}


def write_file(path: pathlib.Path, value: "bytes | np.ndarray") -> None:
    """Writes a video, given as bytes, or a uint8 image to a file atomically.

    Images are saved as PNG. Small images are enlarged: each pixel becomes a square.
    """
    from keras_dl import training

    with training.write_atomically(path) as file:
        if isinstance(value, bytes):
            file.write(value)
        else:
            write_image(file, value)


def write_image(file: "IO[bytes]", image: "np.ndarray") -> None:
    """Writes a uint8 image to an open file as PNG. Each pixel of a small one becomes a square."""
    import PIL.Image

    single = image[..., 0] if image.shape[-1] == 1 else image
    times = -(-_LEAST_SIDE // min(single.shape[:2]))
    PIL.Image.fromarray(single.repeat(times, 0).repeat(times, 1)).save(file, format="png")


def _cell(value):
    if isinstance(value, (dict, list)):
        value = json.dumps(value, ensure_ascii=False)
    return visible(value) if isinstance(value, (str, bytes)) else value


def _csv(values):
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(values)
    return line.getvalue()
