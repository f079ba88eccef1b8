"""Predictions for programs: JSON in, JSON out, through Gradio's API."""

import json
import shlex
from typing import Any

from keras_dl.application.errors import UserError
from keras_dl.application.fields import visible
from keras_dl.application.page.encoding import in_json
from keras_dl.application.page.inputs import demo_in_json, from_json
from keras_dl.application.page.models import Model
from keras_dl.application.page.settings import Settings


class JsonEndpoint:
    """Function from JSON to JSON of one model.

    Args:
        model: `Model`.
        settings: `Settings` of the application.
    """

    def __init__(self, model: Model, settings: Settings) -> None:
        self._model, self._settings = model, settings

    def record(self, inputs: Any) -> Any:
        """Returns the record of one input, or a dict with the key `error`.

        Args:
            inputs: a value of the first input, or a dict from the names of inputs and of settings
                of `predict` to values. Files are base64.
        """
        fields = {field.name: field for field in self._model.app.inputs}
        names = [*fields, *self._settings.names]
        try:
            given = self._model.app.as_dict(inputs)
            if unknown := set(given) - set(names):
                raise UserError(f"names must be in {names}. Received {sorted(unknown)!r:.200}.")
            row = {name: from_json(fields[name], given[name]) for name in given if name in fields}
            config = self._settings.config(*map(given.get, self._settings.names))
            (record,) = self._model.predict([row], config).records
        except UserError as error:
            return {"error": " ".join(visible(error).split())}
        return in_json(self._model.app, record, files=True)


def command(model: Model, address: str) -> str:
    """Returns a command line that asks the page for the record of the first demo input.

    Args:
        model: `Model`.
        address: str. Address of the page.
    """
    app = model.app
    demo = app.as_dict(app.demo_inputs[0])
    fields = {field.name: field for field in app.inputs}
    given = {name: demo_in_json(fields[name], value) for name, value in demo.items()}
    files = [str(demo[name]) for name, value in given.items() if value != demo[name]]
    to = f"{address}/gradio_api/run/{model.path.name}"
    post = f"curl -s {to} -H 'Content-Type: application/json' -d"
    body = json.dumps({"data": [given]}, ensure_ascii=False)
    if not files:
        return f"{post} {shlex.quote(body)}"
    return f"base64 -w0 {shlex.quote(files[0])} | sed {shlex.quote(f's|.*|{body}|')} | {post} @-"
