"""Parsing of command-line flags. Recorded settings can replace their defaults."""

import contextlib
import dataclasses
import io
import itertools
import re
from typing import Annotated, Any, Literal, cast

from keras_dl.application.application import Application
from keras_dl.application.config import Config
from keras_dl.application.errors import UserError
from keras_dl.application.fields import Choice, Image, Vector
from keras_dl.application.typed import Dataclass, Limits

MODELS = "--models"  # stands before the name of the application
# Messages of Python about invalid numbers, and those of the command line.
_CONVERSIONS = {
    r"invalid literal for int\(\) with base 10": r"\1 must be a whole number. Received \2",
    "could not convert string to float": r"\1 must be a number. Received \2",
}


@dataclasses.dataclass(frozen=True)
class RunFlags(Config):
    """Flag that selects a run."""

    run_dir: str = ""
    """Run directory. Empty: a new one under runs/; for export and --resume, the newest run."""


@dataclasses.dataclass(frozen=True)
class ResumeFlags(RunFlags):
    """Flags that select a run and whether to resume it."""

    resume: bool = False
    """Resume an interrupted run with its recorded settings."""


@dataclasses.dataclass(frozen=True)
class TrainFlags(ResumeFlags):
    """Flags of `train`."""

    workers: str = ""
    """Processes that train together, as host:port,host:port, with IPv6 addresses in brackets. Each
    is started with the same flags but --worker, and takes its part of each batch."""
    worker: int = 0
    """Position of this process in --workers, from 0. The first one writes to --run-dir."""


@dataclasses.dataclass(frozen=True)
class ModelFlags:
    """Flags that select a SavedModel."""

    run_dir: str = ""
    """Run directory that contains the SavedModel."""
    model: str = ""
    """SavedModel to use. Empty: the one in --run-dir, otherwise the shipped one."""


@dataclasses.dataclass(frozen=True)
class ExportFlags(RunFlags):
    """Flags of `export`."""

    model: str = ""
    """SavedModel to export again instead of a run."""
    to: str = ""
    """Output directory or file. Empty: in the run directory."""
    format: Literal["saved_model", "onnx", "litert"] = "saved_model"
    """A SavedModel with raw input, or only the network, for ONNX or LiteRT."""
    length: Annotated[int, Limits(at_least=0)] = 0
    """Time steps, or image size, of a network whose inputs have any. 0: keep them free."""


@dataclasses.dataclass(frozen=True)
class EvaluateFlags(ModelFlags):
    """Flags of `evaluate`."""

    output_dir: str = ""
    """Directory for report.json and plots. Empty: the run directory, or runs/NAME/evaluation."""


@dataclasses.dataclass(frozen=True)
class PredictFlags(ModelFlags):
    """Flags of `predict`."""

    input: str = ""
    """File with one input per line, in addition to the inputs on the command line."""
    format: Literal["text", "json", "csv", "html"] = "text"
    """Tab-separated columns, a JSON object per line, CSV, or an HTML page."""
    plot = False
    output_dir = ""


@dataclasses.dataclass(frozen=True)
class FilesFlags(PredictFlags):
    """Flags of `predict` for applications that write files."""

    output_dir: str = ""
    """Directory for images, videos and plots. Empty: runs/NAME/predictions."""


@dataclasses.dataclass(frozen=True)
class PlotFlags(FilesFlags):
    """Flags of `predict` for applications that can plot their inputs and predictions."""

    plot: bool = False
    """Write a plot of each prediction to --output-dir."""


@dataclasses.dataclass(frozen=True)
class PageFlags(Config):
    """Flags of `page`."""

    port: Annotated[int, Limits(at_least=1, at_most=65_535)] = 8000
    """Port on 127.0.0.1."""


def predict_flags(app: Application) -> type[PredictFlags]:
    """Returns the type of the `predict` flags of an application."""
    if type(app).plot is not Application.plot:
        return PlotFlags
    return FilesFlags if any(isinstance(each, Image) for each in app.outputs) else PredictFlags


def peek(arguments: list[str]) -> dict[str, str]:
    """Returns the flags that select recorded settings, without parsing the other flags."""
    flags = {}
    for word, following in itertools.zip_longest(arguments, arguments[1:], fillvalue=""):
        if word == "--":
            break
        flag, _, value = word.partition("=")
        flag = flag.replace("_", "-")  # the parser takes both
        if flag in ("--run-dir", "--resume", "--model"):
            flags[flag] = value or following
    return flags


def input_flags(app: Application) -> type[Dataclass]:
    """Returns a dataclass of the inputs: the first is positional, the others are flags."""
    import tyro

    first, *others = app.inputs
    words = Annotated[
        tuple[str, ...],
        tyro.conf.Positional,
        tyro.conf.arg(
            metavar=f"[{first.name.upper()} ...]",
            help=first.help,
            help_behavior_hint="(default: the lines of standard input)",
        ),
    ]
    fields: list[tuple[str, Any, Any]] = [(first.name, words, ())]
    for field in cast(list[Choice | Vector], others):
        allowed: Any = tuple[float, ...]
        if isinstance(field, Choice):
            allowed = Literal[field.choices]  # type: ignore[name-defined]  # known at run time
        fields.append(
            (field.name, Annotated[allowed, tyro.conf.arg(help=field.help)], field.default)
        )
    return dataclasses.make_dataclass("Inputs", fields, frozen=True)


def parse(
    program: str, arguments: list[str], takes_inputs: bool = False, **defaults: Dataclass
) -> list[Dataclass | list[str]]:
    """Parses command-line arguments into dataclasses.

    Args:
        program: str. Name of the program in messages.
        arguments: list of str.
        takes_inputs: bool. Whether to accept positional arguments as inputs.
        **defaults: instances of dataclasses with the default values.

    Returns:
        list of instances with the parsed values, in the order of `defaults`. If `takes_inputs` is
        True, the last item is the list of the remaining arguments.

    Raises:
        UserError: if a flag is unknown or its value is invalid.
    """
    import tyro

    end = arguments.index("--") if "--" in arguments else len(arguments)
    inputs = arguments[end + 1 :]
    fields = [(name, type(default), default) for name, default in defaults.items()]
    errors = io.StringIO()
    parsed: Dataclass
    rest: list[str]
    try:
        with contextlib.redirect_stderr(errors):
            parsed, rest = tyro.cli(
                dataclasses.make_dataclass("Flags", fields, frozen=True),
                prog=program,
                args=arguments[:end],
                return_unknown_args=True,
                config=(tyro.conf.OmitArgPrefixes,),
            )
    except SystemExit as stop:
        if stop.code in (0, None):
            raise
        raise UserError(f"{_first_section(errors.getvalue())} See `{program} --help`.") from None
    unknown = [word for word in rest if (word.startswith("-") and word != "-") or not takes_inputs]
    if unknown or (inputs and not takes_inputs):
        word = (unknown or inputs)[0]
        advice = " Put inputs that begin with a dash after --." if takes_inputs else ""
        if word.partition("=")[0] == MODELS:
            advice = f" {MODELS} PATH must come before the name of the application."
        raise UserError(f"unknown argument {word!r}. See `{program} --help`.{advice}")
    values = [getattr(parsed, name) for name in defaults]
    return [*values, rest + inputs] if takes_inputs else values


def _first_section(boxed):
    """Returns the message of an error box of tyro as one line."""
    lines = [re.sub(r"[│╭╮╰╯]", "", line).strip() for line in boxed.splitlines()]
    # After the title, which is above a line of dashes on terminals without box characters.
    lines = itertools.dropwhile(lambda line: not line.strip("─- "), lines[1:])
    message = " ".join(itertools.takewhile(lambda line: line.strip("─- "), lines))
    message = re.sub(r"^Error parsing \w+: (?=--)", "", message)
    for python, plain in _CONVERSIONS.items():
        message = re.sub(f"^Error parsing (--[a-z-]+): {python}: '?(.*?)'?$", plain, message)
    return message.rstrip(".") + "."
