"""Flags: dataclasses parsed over defaults, which may be those of a recorded run."""

import contextlib
import dataclasses
import io
import itertools
import re
from typing import Annotated, Any, Literal, cast

from keras_dl.application.application import Application
from keras_dl.application.errors import UserError
from keras_dl.application.fields import Choice, Image
from keras_dl.application.typed import Dataclass

# What Python says of words that are no numbers, and what the command line says.
_CONVERSIONS = {
    r"invalid literal for int\(\) with base 10": r"\1 must be a whole number. Received \2",
    "could not convert string to float": r"\1 must be a number. Received \2",
}


@dataclasses.dataclass(frozen=True)
class RunFlags:
    """Which run."""

    run_dir: str = ""
    """Run directory. Empty: a new one under runs/, or the newest one where one must be there."""


@dataclasses.dataclass(frozen=True)
class ResumeFlags(RunFlags):
    """Which run, and whether it goes on."""

    resume: bool = False
    """Continue an interrupted run, with the settings that it has."""


@dataclasses.dataclass(frozen=True)
class ModelFlags:
    """Which SavedModel."""

    run_dir: str = ""
    """Run directory whose SavedModel is taken."""
    model: str = ""
    """SavedModel to take. Empty: that of --run-dir, or else the shipped one."""


@dataclasses.dataclass(frozen=True)
class ExportFlags(RunFlags):
    """What is exported."""

    model: str = ""
    """SavedModel to export again, in place of a run."""
    to: str = ""
    """Directory to write. Empty: saved_model in the run directory."""


@dataclasses.dataclass(frozen=True)
class EvaluateFlags(ModelFlags):
    """Which SavedModel, and where its report goes."""

    output_dir: str = ""
    """Directory of report.json and plots. Empty: the run directory, or runs/NAME/evaluation."""


@dataclasses.dataclass(frozen=True)
class PredictFlags(ModelFlags):
    """Which SavedModel, and how records are printed."""

    input: str = ""
    """File with one input in each line, beside those of the command line."""
    format: Literal["text", "json", "csv", "html"] = "text"
    """Lines with tabs between columns, a JSON object in each line, CSV, or a page."""
    plot = False
    output_dir = ""


@dataclasses.dataclass(frozen=True)
class FilesFlags(PredictFlags):
    """Which SavedModel, how records are printed, and where their files go."""

    output_dir: str = ""
    """Directory of images, videos and plots. Empty: runs/NAME/predictions."""


@dataclasses.dataclass(frozen=True)
class PlotFlags(FilesFlags):
    """Which SavedModel, how records are printed, and whether they are plotted."""

    plot: bool = False
    """Write a plot of each prediction into --output-dir."""


def predict_flags(app: Application) -> type[PredictFlags]:
    """Returns the flags of `predict` that an application has a use for."""
    if type(app).plot is not Application.plot:
        return PlotFlags
    return FilesFlags if any(isinstance(each, Image) for each in app.outputs) else PredictFlags


def peek(arguments: list[str]) -> dict[str, str]:
    """Returns the flags that say which record is read before all others are parsed."""
    found = {}
    for word, following in itertools.zip_longest(arguments, arguments[1:], fillvalue=""):
        flag, _, value = word.partition("=")
        if flag in ("--run-dir", "--resume", "--model"):
            found[flag] = value or following
    return found


def input_flags(app: Application) -> type[Dataclass]:
    """Returns a dataclass of the inputs: the first one from words, the others from flags."""
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
    for field in cast(list[Choice], others):
        choices = Literal[field.choices]  # type: ignore[name-defined]  # known when it runs
        kind = Annotated[choices, tyro.conf.arg(help=field.help)]
        fields.append((field.name, kind, field.default))
    return dataclasses.make_dataclass("Inputs", fields, frozen=True)


def parse(
    program: str, arguments: list[str], takes_inputs: bool = False, **defaults: Dataclass
) -> list[Dataclass | list[str]]:
    """Parses flags over instances of dataclasses.

    Args:
        program: how it is called, for messages.
        arguments: list of words.
        takes_inputs: whether words are inputs.
        **defaults: instances by the name of their group.

    Returns:
        list of the instances with what was given, and then the words that are left if there may be
        any.

    Raises:
        UserError: if a flag is unknown or its value not allowed.
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
        raise UserError(
            f"unknown argument {(unknown or inputs)[0]!r}. See `{program} --help`; inputs that "
            "begin with a dash come after --."
        )
    found = [getattr(parsed, name) for name in defaults]
    return [*found, rest + inputs] if takes_inputs else found


def _first_section(boxed):
    """Returns the message of an error box of tyro as one line."""
    lines = [re.sub(r"[│╭╮╰╯]", "", line).strip() for line in boxed.splitlines()]
    # Behind the title; where a terminal has no lines, it stands above a rule of dashes.
    lines = itertools.dropwhile(lambda line: not line.strip("─- "), lines[1:])
    message = " ".join(itertools.takewhile(lambda line: line.strip("─- "), lines))
    message = re.sub(r"^Error parsing \w+: (?=--)", "", message)
    for python, plain in _CONVERSIONS.items():
        message = re.sub(f"^Error parsing (--[a-z-]+): {python}: '?(.*?)'?$", plain, message)
    return message.rstrip(".") + "."
