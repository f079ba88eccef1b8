"""Contract checks that every application must pass, also for your own applications."""

import contextlib
import dataclasses
import functools
import io
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator

from keras_dl.application.application import Application
from keras_dl.application.endpoint_checks import (
    check_damaged_images,
    check_empty_batch,
    example_outputs,
)
from keras_dl.application.errors import ContractError, UserError, require
from keras_dl.application.fields import Field, Image, plain
from keras_dl.application.flags import predict_flags
from keras_dl.application.typed import flag_of, from_json, to_json

_FILES = ("assets.json", "history.json", "model.keras", "run.json")
_HELP = """
import contextlib, importlib, io, json, sys
from keras_dl.application.command_line import main
app = getattr(importlib.import_module(sys.argv[1]), sys.argv[2])()
pages = {}
for command in json.loads(sys.argv[3]):
    with contextlib.redirect_stdout(io.StringIO()) as page, contextlib.suppress(SystemExit):
        main([app], [app.name, command, "--help"], "check")
    pages[command] = page.getvalue()
loaded = sorted({"keras", "tensorflow", "jax"} & set(sys.modules))
print(json.dumps([pages, loaded]))
"""


def check(
    app: Application, directory: str | os.PathLike[str]
) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yields the contract checks of an application as pairs `(name, function)`.

    The checks train a model with the settings in `app.smoke`, and share this training run.

    Args:
        app: `Application`.
        directory: str or path. Directory for the training run. It must be empty, or contain the
            run of earlier checks, which is then used again.

    Raises:
        ContractError: raised by the function of a check that fails.

    Example:
        for name, run_check in check(Spam(), "a_directory"):
            run_check()
    """
    contract = _Contract(app, pathlib.Path(directory))
    for name in dir(contract):
        if name.startswith("check_"):
            yield name.removeprefix("check_"), getattr(contract, name)


class _Contract:
    def __init__(self, app, directory):
        self.app, self.run = app, directory / "run"
        self.configs = (app.configs.train, app.configs.measure, app.configs.predict)

    @functools.cached_property
    def served(self):
        """SavedModel of a run with the settings of `smoke`."""
        from keras_dl.application import commands

        self.train(self.run)
        if not (self.run / "saved_model").exists():
            commands.export(self.app, run_dir=str(self.run))
        return commands.load(self.app, run_dir=str(self.run))

    @functools.cached_property
    def endpoints(self):
        """Endpoints rebuilt from the SavedModel alone, as `export --model` does."""
        from keras_dl.application import commands

        _ = self.served  # which trains and exports
        trained = commands.trained_of_saved_model(self.app, self.run / "saved_model")
        return self.app.endpoints(*trained)

    def train(self, directory):
        from keras_dl.application import commands

        if not (directory / "model.keras").exists():
            commands.train(self.app, self.smoke(self.app.configs.train), run_dir=str(directory))

    def smoke(self, kind):
        names = {field.name for field in dataclasses.fields(kind)}
        return kind(**{name: each for name, each in self.app.smoke.items() if name in names})

    def command(self, *words):
        """Runs a command; returns exit code, standard output and standard error."""
        from keras_dl.application.command_line import main

        out, error = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
            code = main([self.app], [self.app.name, *map(str, words)], "check")
        return code, out.getvalue(), error.getvalue()

    def check_declaration(self):
        app = self.app
        require(app.name.isidentifier(), "name must be an identifier", app.name)
        require(app.summary.endswith("."), "the docstring's first line must be a sentence", app)
        for fields in (app.inputs, app.outputs):
            names = [field.name for field in fields if isinstance(field, Field)]
            require(names and len({*names}) == len(fields), "field names must differ", fields)
        require(app.demo_inputs, "demo_inputs must not be empty", app.demo_inputs)
        known = {field.name for kind in self.configs for field in dataclasses.fields(kind)}
        require(set(app.smoke) <= known, "smoke must contain only settings", set(app.smoke) - known)

    def check_settings(self):
        for kind in self.configs:
            default = kind()
            try:
                again = from_json(kind, to_json(default), "settings")
            except UserError as error:
                again = error
            require(again == default, "settings must survive a round trip to JSON", again)
            for content in ([], None, {"no_such_setting": 1}):
                with contextlib.suppress(UserError):
                    from_json(kind, content, "settings")
                    require(False, "settings must reject invalid JSON", content)

    def check_help(self):
        kinds = dict(zip(("train", "evaluate", "predict"), self.configs, strict=True))
        names = {
            name: {field.name for field in dataclasses.fields(kind)} for name, kind in kinds.items()
        }
        others = {
            command: set().union(*names.values()) - own - {"run_dir", "model"}
            for command, own in names.items()
        }
        module, kind = type(self.app).__module__, type(self.app).__qualname__
        done = subprocess.run(
            [sys.executable, "-c", _HELP, module, kind, json.dumps(list(kinds))],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "COLUMNS": "100"},
            capture_output=True,
            text=True,
        )
        require(done.returncode == 0, "--help must work in a fresh process", done.stderr)
        pages, loaded = json.loads(done.stdout)
        require(not loaded, "--help must not load a backend", loaded)
        for command, page in pages.items():
            flags = {word.strip(",") for word in page.split() if word.startswith("--")}
            missing = {flag_of(name) for name in names[command]} - flags
            foreign = {flag_of(name) for name in others[command]} & flags
            require(not missing | foreign, f"{command} must list its own flags", missing | foreign)

    def check_training(self):
        self.train(self.run)
        missing = [name for name in _FILES if not (self.run / name).exists()]
        require(not missing, "training must write all files", missing)
        record = json.loads((self.run / "run.json").read_text("utf-8"))
        smoke = self.smoke(self.app.configs.train)
        require(
            record["configuration"] == to_json(smoke), "run.json must contain the settings", record
        )
        history = json.loads((self.run / "history.json").read_text("utf-8"))
        require(
            len({*map(len, history.values())}) <= 1, "history columns must be equally long", history
        )
        saved = (self.run / "checkpoint.npz").exists()
        require(saved or not history, "training in steps must write checkpoints", self.run)
        require(not [*self.run.rglob("*partial*")], "no partial files may remain", self.run)

    def check_resuming(self):
        import keras
        import numpy as np

        from keras_dl.application.runs import ApplicationRun

        self.train(self.run)
        broken = pathlib.Path(tempfile.mkdtemp(dir=self.run.parent), "broken")
        config = self.smoke(self.app.configs.train)
        killed = False
        try:
            with _stopping_run(broken) as run:
                keras.utils.set_random_seed(config.seed)
                self.app.train(config, ApplicationRun(self.app, run, config))
        except _Killed:
            killed = True
        history = broken / "history.json"
        has_no_steps = history.exists() and not json.loads(history.read_text("utf-8"))
        require(killed or has_no_steps, "training must write checkpoints", broken)
        self.command("train", "--resume", "--run-dir", broken)
        weights = [
            keras.saving.load_model(each / "model.keras", compile=False).get_weights()
            for each in (self.run, broken)
        ]
        same = all(np.array_equal(*pair, equal_nan=True) for pair in zip(*weights, strict=True))
        require(same, "a killed and resumed run must end with the weights of a normal run", broken)

    def check_export(self):
        from keras_dl.export.parity import compare

        served, endpoints = self.served, self.endpoints
        require(
            set(endpoints) == set(served.signatures),
            "signatures must match endpoints",
            set(endpoints),
        )
        for name, endpoint in endpoints.items():
            outputs = [
                example_outputs(each, endpoint)
                for each in (endpoint.function, served.signatures[name])
            ]
            try:
                compare(name, *outputs, 1e-5)  # as `export` does
            except ValueError as error:
                rule = "functions rebuilt from a SavedModel must return its outputs"
                raise ContractError(f"{rule}. Received {name}: {error}") from error

    def check_empty_batch(self):
        for name, endpoint in self.endpoints.items():
            check_empty_batch(name, self.served.signatures[name], endpoint)

    def check_damaged_images(self):
        for name, endpoint in self.endpoints.items():
            check_damaged_images(name, self.served.signatures[name], endpoint)

    def check_report(self):
        config = self.smoke(self.app.configs.measure)
        report = self.app.measure(self.served, config)
        require(report.metrics, "a report must have metrics", report)
        values, again = report.values(), self.app.measure(self.served, config).values()
        require(list(values) == list(again), "two reports must have the same keys", set(values))
        for name, figure in report.plots.items():
            require(hasattr(figure, "savefig"), "a plot must be a matplotlib figure", name)

    def check_records(self):
        app, outputs = self.app, {field.name for field in self.app.outputs}
        records = list(app.predict(self.served, app.demo_inputs))
        require(len(records) == len(app.demo_inputs), "each input must have a record", records)
        for given, record in zip(app.demo_inputs, records, strict=True):
            names = set(record) - {field.name for field in app.inputs}
            require(names in (outputs, {"error"}), "a record must have all outputs", names)
            (alone,) = app.predict(self.served, [given])
            require(
                _alike(plain(alone), plain(record), 1e-5),  # batches differ in shape
                "a record must depend only on its input",
                (given, alone),
            )
        files = "output_dir" in vars(predict_flags(app)())
        files = ["--output-dir", self.run] if files else []
        words = ["--run-dir", self.run, "--format", "json", *files, "--", *app.demo_inputs]
        code, out, error = self.command("predict", *words)
        images = {field.name for field in app.outputs if isinstance(field, Image)}
        printed, told = (
            [{name: value for name, value in each.items() if name not in images} for each in some]
            for some in (map(json.loads, out.splitlines()), map(plain, records))
        )
        require(_alike(printed, told), "the command line must print the records", out)
        failed = ["error" in record for record in records]
        require(code == any(failed), "the exit code must show whether inputs failed", error)
        require(error.count("\n") == sum(failed), "each failure must print one line", error)

    def check_errors(self):
        for words in (["train", "--no-such-flag"], ["predict", "--model", self.run / "none", "x"]):
            code, out, error = self.command(*words)
            one_line = code == 2 and not out and error.count("\n") == 1
            require(one_line, "an invalid call must print one line", (words, error))
        try:
            (record,) = self.app.predict(self.served, [object()])
        except Exception as error:
            record = {"raised": error}
        require("error" in record, "an input of invalid type must return an error record", record)


class _Killed(BaseException):
    """Ends training as a kill would: no code catches it."""


def _stopping_run(directory):
    """Returns a run that ends after its third checkpoint."""
    from keras_dl import training

    class StoppingRun(training.Run):
        saves = 0
        checkpoint_is_due = True

        def save_checkpoint(self, arrays, metadata):
            super().save_checkpoint(arrays, metadata)
            self.saves += 1
            if self.saves == 3:
                raise _Killed

    return StoppingRun(directory)


def _alike(one, other, tolerance=1e-3):
    """Returns whether two JSON values are equal, with a tolerance for floats."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(
            _alike(one[key], other[key], tolerance) for key in one
        )
    if isinstance(one, list):
        return len(one) == len(other) and all(
            _alike(*pair, tolerance) for pair in zip(one, other, strict=True)
        )
    if isinstance(one, float):
        return math.isclose(one, other, rel_tol=tolerance, abs_tol=tolerance)
    return one == other
