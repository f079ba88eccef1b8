"""A model of an application, loaded at its first request."""

import contextlib
import dataclasses
import functools
import pathlib
import threading
import time
import traceback
import types
from collections.abc import Iterator, Mapping
from typing import NamedTuple

# Gradio imports it in each request. `start_tensorflow` hides what is not yet imported, and a
# request in these seconds would fail.
import matplotlib.pyplot  # noqa: F401

from keras_dl.application.application import Application, Frame, Record, Served
from keras_dl.application.audio import read_audio_bytes
from keras_dl.application.config import Config
from keras_dl.application.errors import UserError
from keras_dl.application.fields import (
    Audio,
    Boxes,
    Choice,
    Field,
    Image,
    Value,
    Vector,
    visible,
)
from keras_dl.application.page.encoding import png, wav_seconds
from keras_dl.application.page.settings import with_labels
from keras_dl.application.starting import start_tensorflow

MOST_CHARACTERS = 10_000
"""Length of a text."""
MOST_SECONDS = 60
"""Duration of a sound."""
MOST_INPUTS = 100
"""Number of inputs in a request."""

MOST_FRAMES = 10_000
"""Number of frames that are watched at a time."""

_importing = threading.Lock()  # TensorFlow cannot be imported by two threads at once
_drawing = threading.Lock()  # matplotlib is not thread-safe


def import_commands() -> types.ModuleType:
    """Imports TensorFlow and returns the module of commands, for one thread after the other."""
    with _importing:
        return _commands()


@functools.cache  # to start again would freeze the garbage of the requests until then
def _commands():
    start_tensorflow()
    from keras_dl.application import commands

    return commands


class Prediction(NamedTuple):
    """Records of a request, and the time that `predict` took for them, in seconds."""

    records: list[Record]
    seconds: float


class Model:
    """Predicts with one model. Requests from several threads take turns.

    Args:
        app: `Application`.
        path: pathlib.Path. Directory of the SavedModel.
    """

    def __init__(self, app: Application, path: pathlib.Path) -> None:
        self.app, self.path = app, path
        self._lock = threading.Lock()
        self._served: Served | None = None

    def predict(self, inputs: list[Mapping[str, Value]], config: Config | None) -> Prediction:
        """Returns the records of inputs. Loading the model does not count in their time.

        Args:
            inputs: list of dicts from input names to values. Files are bytes, never paths.
            config: settings of type `app.configs.predict`, or None for the defaults.

        Raises:
            UserError: if the inputs exceed a limit, or the model cannot be used, in one line.
        """
        if not 0 < len(inputs) <= MOST_INPUTS:
            raise UserError(f"a request has 1 to {MOST_INPUTS} inputs. Received {len(inputs)}.")
        import_commands()
        for each in inputs:
            self._check(each)
        with self._lock, _one_line(self.app):
            served = self._load()
            start = time.monotonic()
            records = list(self.app.predict(served, inputs, config))
            seconds = time.monotonic() - start
        return Prediction([_with_labels(self.app, each) for each in records], seconds)

    def plot(self, record: Record) -> bytes | None:
        """Returns the application's plot of a record as a PNG file, or None."""
        if "error" in record or not self.plots:
            return None
        with self._lock, _drawing, _one_line(self.app):
            figure = self.app.plot(self._load(), record)
            return None if figure is None else png(figure)

    def watch(self, given: Mapping[str, Value], config: Config | None) -> Iterator[Frame]:
        """Yields the frames of one input, as `Application.watch` does, up to a number.

        Other requests are answered between the frames.

        Raises:
            UserError: as `predict`.
        """
        import_commands()
        self._check(given)
        with self._lock, _one_line(self.app):
            frames = iter(self.app.watch(self._load(), given, config))
        for _ in range(MOST_FRAMES):
            with self._lock, _drawing, _one_line(self.app):
                frame = next(frames, None)
            if frame is None:
                return
            yield frame

    @property
    def plots(self) -> bool:
        """Whether records have plots. The page itself draws boxes on the image."""
        shows_boxes = any(isinstance(field, Boxes) for field in self.app.outputs)
        return not shows_boxes and type(self.app).plot is not Application.plot

    @property
    def loaded(self) -> bool:
        """Whether the model was loaded by an earlier request."""
        return self._served is not None

    def _load(self) -> Served:
        if self._served is None:
            self._served = import_commands().load(self.app, model=str(self.path))
        return self._served

    def _check(self, given: Mapping[str, Value]) -> None:
        for field in self.app.inputs:
            value: Value = given.get(field.name)
            if value is None and not isinstance(field, (Choice, Vector)):
                raise UserError(f"{field.name} is missing. {_what(field)}")
            if isinstance(value, str) and len(value) > MOST_CHARACTERS:
                raise UserError(
                    f"{field.name} must have at most {MOST_CHARACTERS:,} characters. Received "
                    f"{len(value):,}."
                )
            if isinstance(field, (Image, Audio)) and not _is_file_or_seed(field, value):
                raise UserError(f"{field.name} must be the bytes of a file, not its name.")
            if isinstance(field, Audio):
                seconds = wav_seconds(read_audio_bytes(value))
                if seconds > MOST_SECONDS:
                    raise UserError(
                        f"{field.name} must last at most {MOST_SECONDS} seconds. Received "
                        f"{seconds:,.0f}."
                    )


def _is_file_or_seed(field: Field, value: Value) -> bool:
    if isinstance(value, str):
        return isinstance(field, Image) and field.is_seed(value)
    return not isinstance(value, pathlib.PurePath)


def _what(field: Field) -> str:
    if isinstance(field, Audio):
        return "Record a sound or choose a WAV file."
    return "Draw, drop or choose an image." if isinstance(field, Image) else "Enter a value."


def _with_labels(app: Application, record: Record) -> Record:
    if "error" not in record:
        return record
    return {**record, "error": with_labels(str(record["error"]), _flag_names(app))}


def _flag_names(app: Application) -> list[str]:
    """Returns the names of what is a flag on the command line: settings, and some inputs."""
    settings = [setting.name for setting in dataclasses.fields(app.configs.predict)]
    return settings + [field.name for field in app.inputs]


@contextlib.contextmanager
def _one_line(app: Application) -> Iterator[None]:
    """Converts what may go wrong in a prediction to a `UserError` of one line."""
    try:
        yield
    except UserError as error:
        line = " ".join(visible(error).split())
        raise UserError(with_labels(line, _flag_names(app))) from error
    except ImportError as error:
        if not error.name:  # from a check of ours, which says what to install
            raise UserError(" ".join(visible(error).split())) from error
        raise UserError(
            f"{app.name} needs the package {error.name}. Install the extra that README.md names."
        ) from error
    except Exception as error:  # a bug: the reader of the page gets one line, the terminal the rest
        traceback.print_exc()
        line = visible(f"{type(error).__name__}: {error}").split("␊")[0][:200]
        raise UserError(f"{app.name} failed: {line}") from error
