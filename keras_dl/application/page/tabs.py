"""The page: a tab for each shipped model."""

import pathlib
import time
from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr

from keras_dl.application.application import Application, Record
from keras_dl.application.errors import UserError
from keras_dl.application.fields import Image, Text, visible
from keras_dl.application.page import inputs, outputs
from keras_dl.application.page.card import harmless, limits_and_scores
from keras_dl.application.page.encoding import in_json, opened
from keras_dl.application.page.json_endpoint import JsonEndpoint, command
from keras_dl.application.page.models import Model
from keras_dl.application.page.settings import Settings

_TITLE = "Trained models"
_MOST_WATCHING = 4  # people who watch one application at a time


def build(applications: Sequence[Application], address: str = "http://127.0.0.1:8000") -> gr.Blocks:
    """Returns the page, without starting a server.

    Args:
        applications: the applications.
        address: str. Address of the page, for the commands that it shows.
    """
    with gr.Blocks(title=_TITLE, analytics_enabled=False) as page:
        gr.Markdown(f"# {_TITLE}\nAll predictions are made on this machine.")
        with gr.Tabs(overflow_behavior="wrap"):
            for app in applications:
                models: list[tuple[str, pathlib.Path | None]]
                models = [(path.name, path) for path in app.models] or [(app.name, None)]
                for name, path in models:
                    label = name.replace("_", " ")
                    heading = f"{label}: {app.summary}" if len(app.models) > 1 else app.summary
                    with gr.Tab(label):
                        gr.Markdown(f"### {harmless(heading)}")
                        if path is not None and (path / "saved_model.pb").exists():
                            Tab(app, path, address)
                        else:
                            gr.Markdown("There is no shipped model.")
    return page


class Tab:
    """The widgets of one model, and what its buttons do.

    Args:
        app: `Application`.
        path: pathlib.Path. Directory of the SavedModel.
        address: str. Address of the page.
    """

    def __init__(self, app: Application, path: pathlib.Path, address: str) -> None:
        self._app, self._model = app, Model(app, path)
        with gr.Row():
            with gr.Column(scale=3, min_width=320):
                self._inputs = [inputs.widgets_for(field) for field in app.inputs]
                self._settings = Settings(app.configs.predict)
                button = gr.Button("Predict", variant="primary")
                watch, stop, self._watched = self._watching()
                examples = self._examples()
                self._status = gr.Textbox(
                    label="status", show_label=False, container=False, visible=False
                )
                self._outputs = self._output_widgets()
                self._plot = gr.Image(
                    label="plot",
                    show_label=False,
                    visible=False,
                    buttons=["fullscreen"],
                    elem_classes=["plot"],
                )
                self._record = gr.State()  # of the first input, for its plot
                self._table = gr.Dataframe(
                    headers=self._headers(),
                    column_widths=[max(160, 60 + 10 * len(each)) for each in self._headers()],
                    label="all lines",
                    wrap=True,
                    visible=False,
                )
                with gr.Accordion("JSON and command", open=False):
                    self._json = gr.JSON(show_label=False)
                    gr.Code(
                        command(self._model, address),
                        language=None,  # the colors of a shell are too pale to read on white
                        label="the first example by command",
                        wrap_lines=True,
                        elem_classes=["command"],
                    )
            with gr.Column(scale=2, min_width=320), gr.Accordion("Limits and scores"):
                gr.Markdown(limits_and_scores(path), elem_classes=["card"])
        self._connect(button, examples)
        if watch is not None:
            self._connect_watching(watch, stop)
        endpoint = JsonEndpoint(self._model, self._settings)
        gr.api(endpoint.record, api_name=path.name, api_description=app.summary, queue=False)

    def answer(self, *values: Any) -> Iterator[list[Any]]:
        """Yields the values of all output widgets: first that it waits, then the prediction.

        Args:
            *values: values of the input widgets, then those of the settings.
        """
        yield [_status(self._waiting()), *[gr.skip()] * (len(self._output_components()) - 1)]
        try:
            rows, config = self._requested(values)
            records, seconds = self._model.predict(rows, config)
            if "error" in records[0] and len(records) == 1:
                raise UserError(records[0]["error"])
            yield self._shown(records, seconds)
        except UserError as error:
            yield self._shown([], 0, f"error: {error}")

    def draw(self, record: Record | None) -> tuple[Any, Any]:
        """Returns the values of the status and of the plot of a record.

        It is an event of its own, so that the next prediction can begin before the plot is drawn.
        """
        try:
            drawn = self._model.plot(record) if record else None
        except UserError as error:
            return _status(f"error: {error}"), gr.skip()
        return gr.skip(), gr.update(value=opened(drawn), visible=True) if drawn else gr.skip()

    def watch(self, *values: Any) -> Iterator[tuple[Any, Any]]:
        """Yields the values of the status and of the frames, at the pace of the frames.

        Args:
            *values: values of the input widgets, then those of the settings.
        """
        yield _status(self._waiting()), gr.skip()
        try:
            rows, config = self._requested(values)
            shown, largest = time.monotonic(), 0.0
            for frame in self._model.watch(rows[0], config):
                largest = max([largest, *(abs(value) for _, value in frame.scores)])
                yield (
                    gr.update(visible=False),
                    gr.update(value=outputs.frame_as_html(frame, largest), visible=True),
                )
                now = time.monotonic()
                shown = max(shown + frame.seconds, now)
                time.sleep(shown - now)
        except UserError as error:
            yield _status(f"error: {error}"), gr.update(visible=False)

    def _waiting(self):
        return "predicting ..." if self._model.loaded else "loading the model ..."

    def _requested(self, values):
        """Returns the inputs and the settings that are in the widgets."""
        count = len(self._input_components())
        return self._given(values[:count]), self._settings.config(*values[count:])

    def _watching(self):
        """Returns the buttons and the frames of an application that people watch, or None."""
        if type(self._app).frames is Application.frames:
            return None, None, None
        with gr.Row():
            watch = gr.Button("Watch", min_width=120)
            stop = gr.Button("Stop", min_width=120)
        return watch, stop, gr.HTML(visible=False, container=True, padding=True)

    def _output_widgets(self):
        """Returns the widgets of the outputs: details are last, beside each other."""
        fields = self._app.outputs
        found = [outputs.widget_for(field) for field in fields if not field.detail]
        if len(found) == len(fields):
            return found
        with gr.Row():
            return found + [outputs.widget_for(field) for field in fields if field.detail]

    def _connect(self, button, examples):
        """Predicts after the button, the return key, a slider and a click on an example."""
        given = [*self._input_components(), *self._settings.components]
        event = {"fn": self.answer, "inputs": given, "outputs": self._output_components()}
        event |= {"api_visibility": "private", "show_progress": "minimal"}
        event |= {"trigger_mode": "always_last"}  # what is asked meanwhile is not lost
        started = [button.click(**event), examples.load_input_event.then(**event)]
        for component in self._input_components():
            if isinstance(component, gr.Textbox):
                started.append(component.submit(**event))
            if isinstance(component, gr.Slider):
                started.append(component.release(**event))
        if self._model.plots:
            for each in started:
                each.then(
                    self.draw,
                    self._record,
                    [self._status, self._plot],
                    api_visibility="private",
                    show_progress="hidden",
                )

    def _connect_watching(self, watch, stop):
        given = [*self._input_components(), *self._settings.components]
        watching = watch.click(
            self.watch,
            given,
            [self._status, self._watched],
            api_visibility="private",
            show_progress="hidden",
            concurrency_limit=_MOST_WATCHING,
        )
        stop.click(
            lambda: gr.update(visible=False),
            None,
            self._status,
            cancels=[watching],
            api_visibility="private",
            show_progress="hidden",
        )

    def _examples(self):
        rows = [
            [
                value
                for field, widgets in zip(self._app.inputs, self._inputs, strict=True)
                for value in widgets.example(demo.get(field.name, getattr(field, "default", None)))
            ]
            for demo in map(self._app.as_dict, self._app.demo_inputs)
        ]
        return gr.Examples(
            rows,
            self._input_components(),
            cache_examples=False,
            example_labels=self._example_labels(),
            api_visibility="private",
        )

    def _example_labels(self):
        """Returns a line of text for each example; None for images, which are shown themselves."""
        if any(isinstance(each, Image) and not each.or_seed for each in self._app.inputs):
            return None
        return [
            visible(", ".join(map(_example_text, demo.values()))) or "(empty)"
            for demo in map(self._app.as_dict, self._app.demo_inputs)
        ]

    def _headers(self):
        return [*(each.name for each in (*self._app.inputs, *self._app.outputs)), "error"]

    def _input_components(self):
        return [component for widgets in self._inputs for component in widgets.components]

    def _output_components(self):
        shown = [output.component for output in self._outputs]
        return [self._status, *shown, self._table, self._json, self._plot, self._record]

    def _given(self, values):
        """Returns the inputs: one, or one for each line of a text, as on the command line."""
        values = list(values)
        row = {}
        for field, widgets in zip(self._app.inputs, self._inputs, strict=True):
            own = [values.pop(0) for _ in widgets.components]
            row[field.name] = widgets.value(*own)
        first = self._app.inputs[0]
        lines = str(row[first.name] or "").splitlines() if isinstance(first, Text) else []
        if len(lines) < 2:
            return [row]
        return [{**row, first.name: line} for line in lines if line.strip()]

    def _shown(self, records, seconds, error=""):
        status = error or f"{seconds:.2f} seconds"
        status += f" for {len(records)} lines" if len(records) > 1 else ""
        return [
            _status(status),
            *(each.show(records) for each in self._outputs),
            gr.update(value=self._rows(records), visible=len(records) > 1),
            [in_json(self._app, record, files=False) for record in records],
            gr.update(value=None, visible=False),
            records[0] if records else None,
        ]

    def _rows(self, records):
        fields = {field.name: field for field in (*self._app.inputs, *self._app.outputs)}
        return [
            [
                *("" if (v := each.get(name)) is None else f.text(v) for name, f in fields.items()),
                visible(each.get("error", "")),
            ]
            for each in records
        ]


def _status(text):
    """Returns the update of the status line."""
    classes = ["status", "failed"] if text.startswith("error: ") else ["status"]
    return gr.update(value=text, visible=True, elem_classes=classes)


def _example_text(value):
    """Returns a value of an example; of a file only its name."""
    is_file = isinstance(value, str) and "/" in value and pathlib.Path(value).exists()
    return pathlib.Path(value).name if is_file else str(value)
