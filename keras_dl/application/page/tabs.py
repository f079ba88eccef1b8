"""The page: a tab for each application."""

from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr

from keras_dl.application.application import Application
from keras_dl.application.errors import UserError
from keras_dl.application.fields import Text, visible
from keras_dl.application.page import inputs, outputs
from keras_dl.application.page.card import harmless, scores_and_limits
from keras_dl.application.page.encoding import in_json, opened
from keras_dl.application.page.json_endpoint import JsonEndpoint, command
from keras_dl.application.page.models import Model
from keras_dl.application.page.settings import Settings

_TITLE = "Trained models"


def build(applications: Sequence[Application], address: str = "http://127.0.0.1:8000") -> gr.Blocks:
    """Returns the page, without starting a server.

    Args:
        applications: the applications.
        address: str. Address of the page, for the commands that it shows.
    """
    with gr.Blocks(title=_TITLE, analytics_enabled=False) as page:
        gr.Markdown(f"# {_TITLE}\nAll predictions are made on this machine.")
        with gr.Tabs():
            for app in applications:
                with gr.Tab(app.name.replace("_", " ")):
                    gr.Markdown(f"### {harmless(app.summary)}")
                    if app.shipped is None or not (app.shipped / "saved_model.pb").exists():
                        gr.Markdown("There is no shipped model.")
                    else:
                        Tab(app, address)
    return page


class Tab:
    """The widgets of one application, and what its button does.

    Args:
        app: `Application`.
        address: str. Address of the page.
    """

    def __init__(self, app: Application, address: str) -> None:
        self._app, self._model = app, Model(app)
        with gr.Row():
            with gr.Column(scale=3, min_width=320):
                self._inputs = [inputs.widgets_for(field) for field in app.inputs]
                self._settings = Settings(app.configs.predict)
                button = gr.Button("Predict", variant="primary")
                examples = self._examples()
                self._status = gr.Textbox(
                    label="status", show_label=False, elem_classes=["status"], visible=False
                )
                main_first = sorted(app.outputs, key=lambda field: field.detail)
                self._outputs = [outputs.widget_for(field) for field in main_first]
                self._plot = gr.Image(label="plot", visible=False, buttons=["fullscreen"])
                self._table = gr.Dataframe(
                    headers=self._headers(), label="all lines", wrap=True, visible=False
                )
                with gr.Accordion("JSON and command", open=False):
                    self._json = gr.JSON(show_label=False)
                    gr.Code(command(app, address), language="shell", label="the same by command")
            with gr.Column(scale=2, min_width=320), gr.Accordion("Scores and limits"):
                gr.Markdown(scores_and_limits(app), elem_classes=["card"])
        self._connect(button, examples)
        endpoint = JsonEndpoint(self._model, self._settings)
        gr.api(endpoint.record, api_name=app.name, api_description=app.summary, queue=False)

    def answer(self, *values: Any) -> Iterator[list[Any]]:
        """Yields the values of all output widgets, first without the plot, then with it.

        Args:
            *values: values of the input widgets, then those of the settings.
        """
        count = len(self._input_components())
        try:
            config = self._settings.config(*values[count:])
            records, seconds = self._model.predict(self._given(values[:count]), config)
            if "error" in records[0] and len(records) == 1:
                raise UserError(records[0]["error"])
            yield self._shown(records, seconds)
            if drawn := self._model.plot(records[0]):
                others = [gr.skip()] * (len(self._output_components()) - 1)
                yield [*others, gr.update(value=opened(drawn), visible=True)]
        except UserError as error:
            yield self._shown([], 0, f"error: {error}")

    def _connect(self, button, examples):
        """Calls `answer` for the button, the return key and a click on an example."""
        given = [*self._input_components(), *self._settings.components]
        event = {"fn": self.answer, "inputs": given, "outputs": self._output_components()}
        event |= {"api_visibility": "private", "show_progress": "minimal"}
        button.click(**event)
        for component in self._input_components():
            if isinstance(component, gr.Textbox):
                component.submit(**event)
        examples.load_input_event.then(**event)

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
            rows, self._input_components(), cache_examples=False, api_visibility="private"
        )

    def _headers(self):
        return [*(each.name for each in (*self._app.inputs, *self._app.outputs)), "error"]

    def _input_components(self):
        return [component for widgets in self._inputs for component in widgets.components]

    def _output_components(self):
        shown = [output.component for output in self._outputs]
        return [self._status, *shown, self._table, self._json, self._plot]

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
            gr.update(value=status, visible=True),
            *(each.show(records) for each in self._outputs),
            gr.update(value=self._rows(records), visible=len(records) > 1),
            [in_json(self._app, record, files=False) for record in records],
            gr.update(value=None, visible=False),
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
