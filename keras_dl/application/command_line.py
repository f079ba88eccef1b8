"""Command line of applications: `[--models PATH] NAME [COMMAND] [inputs] [flags]`."""

import codecs
import contextlib
import dataclasses
import difflib
import functools
import importlib
import importlib.metadata
import os
import pathlib
import re
import sys
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from keras_dl.application.application import Application
from keras_dl.application.errors import UserError
from keras_dl.application.fields import Image, visible
from keras_dl.application.flags import (
    MODELS,
    EvaluateFlags,
    ExportFlags,
    FilesFlags,
    PageFlags,
    RunFlags,
    TrainFlags,
    input_flags,
    parse,
    peek,
    predict_flags,
)
from keras_dl.application.model_archive import model_directory
from keras_dl.application.rendering import Renderer
from keras_dl.application.runs import (
    EXTRAS,
    differing,
    find_run_dir,
    make_directory,
    new_run_dir,
    recorded_config,
)
from keras_dl.application.starting import start_tensorflow, without_graph_optimization
from keras_dl.application.typed import flag_of
from keras_dl.application.workers import LostWorkerError, set_workers

COMMANDS = {
    "train": "trains a model and writes a run directory under runs/",
    "export": "exports a trained model as a SavedModel that takes raw input",
    "evaluate": "evaluates a SavedModel: prints metrics, writes report.json and plots",
    "predict": "makes predictions for inputs on the command line, in a file or on standard input",
}
PAGE = "page"  # no application has this name
_FEW = 20  # inputs, for which graphs are not worth optimizing
_FORMAT_WARNING = warnings.formatwarning


def main(applications: Sequence[Application], arguments: list[str], program: str) -> int:
    """Runs one command.

    Args:
        applications: the available applications.
        arguments: list of str. Command-line arguments without the program name.
        program: str. Name of the program in messages, for instance `"python -m apps"`.

    Returns:
        exit code: 0 for success, 1 if `predict` failed for at least one input, 2 if the call was
        invalid (with one line on standard error), and 130 after Ctrl-C.
    """
    _mend_streams()
    warnings.formatwarning = _format_warning
    name, *rest = arguments or ["--help"]
    command = ""
    try:
        if name.partition("=")[0] == MODELS:
            name = program  # in messages, which name the flag themselves
            name, *rest = _with_models(applications, arguments) or ["--help"]
        if name in ("-h", "--help"):
            print(_overview(applications, program), flush=True)
            return 0
        if name == PAGE:
            return _page(applications, rest, f"{program} {name}")
        app = _named("application", name, [app.name for app in applications], applications)
        commands = {**dict.fromkeys(COMMANDS), **app.commands}
        if rest and not rest[0].startswith("-"):
            command = rest.pop(0)
            _named("command", command, list(commands), list(commands))
        return _run(app, command, rest, f"{program} {name} {command}".rstrip())
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(command != "predict")  # a reader may close the records; other work is not done
    except (UserError, OSError, ImportError) as error:
        reason = str(error)
        if isinstance(error, ImportError) and error.name:  # not from one of our checks
            if (extra := _extra_with(error.name)) is None:
                raise
            reason = f"{error}. Run: pip install 'keras_dl[{extra}]'"
        print(visible(f"{name}: {' '.join(reason.split())}"), file=sys.stderr)
        if isinstance(error, LostWorkerError):
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(2)
        return 2
    except KeyboardInterrupt:
        print(f"{name}: interrupted", file=sys.stderr)
        return 130


def _with_models(applications, arguments):
    """Uses the models in a directory as the shipped ones; returns the other arguments."""
    flag, equals, path = arguments[0].partition("=")
    rest = arguments[1:] if equals else arguments[2:]
    path = path if equals else "".join(arguments[1:2])
    if not path:
        raise UserError(f"{flag} must be followed by a directory or an archive. Received nothing.")
    directory = model_directory(path)
    for app in applications:
        app.shipped = directory / app.name
        app.more_shipped = tuple(directory / path.name for path in app.more_shipped)
    return rest


def _extra_with(module):
    """Returns the extra of keras_dl whose packages have a module, or None."""
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        for requirement in importlib.metadata.requires("keras_dl") or ():
            package = re.split(r"[^\w.-]", requirement)[0].replace("-", "_")
            extra = re.search(r"""extra == ['"](\w+)['"]""", requirement)
            if extra and package.lower() == module.partition(".")[0]:
                return extra[1]
    return None


def _mend_streams():
    """Sends closed streams to the null device; escapes characters that cannot be encoded."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _format_warning(message, category, filename, lineno, line=None):
    """Formats a warning about data without the line of code that warned."""
    if category is not UserWarning:
        return _FORMAT_WARNING(message, category, filename, lineno, line)
    return "".join(f"{visible(each)}\n" for each in str(message).splitlines())


def _overview(applications, program):
    usage = f"usage: {program} [{MODELS} PATH] NAME [COMMAND] [inputs] [flags]"
    lines = [usage, "", "applications:"]
    lines += [f"  {app.name:12} {app.summary}" for app in applications]
    lines += ["", "commands (without a command, all of them run in this order):"]
    lines += [f"  {name:12} {what}" for name, what in COMMANDS.items()]
    own = [(app.name, name, each) for app in applications for name, each in app.commands.items()]
    lines += ["", "commands specific to one application:"] if own else []
    lines += [f"  {f'{app} {name}':17} {each.help}" for app, name, each in own]
    lines += ["", f"`{program} {PAGE}` shows all shipped models on a page in the browser."]
    lines += [f"`{program} NAME [COMMAND] --help` lists the flags."]
    lines += [
        f"`{MODELS} PATH` uses the models in a directory, or in the archive of a release, as the "
        "shipped ones."
    ]
    return "\n".join(lines)


def _named(kind, name, names, values):
    """Returns the value with a name, or raises an error that suggests a similar name."""
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1) or names
        raise UserError(f"there is no {kind} {name!r}. Did you mean {', '.join(near)}?")
    return values[names.index(name)]


def _run(app, command, arguments, program):
    parse_command = {
        "train": _train,
        "export": _export,
        "evaluate": _evaluate,
        "predict": _predict,
        "": _all,
    }.get(command, functools.partial(_own_command, command))
    work = parse_command(app, arguments, program)
    # The flags are valid. The work needs TensorFlow.
    start_tensorflow()
    from keras_dl.application import commands

    return int(work(commands) == 1)


def _page(applications, arguments, program):
    """Serves the page until Ctrl-C."""
    (flags,) = parse(program, arguments, page=PageFlags())
    try:
        from keras_dl.application import page
    except ImportError as error:
        raise ImportError(
            f"the package {error.name} must be installed. Run: pip install 'keras_dl[page]'"
        ) from None
    page.serve(applications, flags.port)
    return 0


def _train(app, arguments, program):
    given, default = peek(arguments), app.configs.train()
    if resumed := "--resume" in given:
        directory = find_run_dir(app.name, given.get("--run-dir", ""))
        default = recorded_config(app, directory)
    config, flags = parse(program, arguments, settings=default, run=TrainFlags())
    if changed := differing(config, default) if resumed else ():
        raise UserError(
            f"{flag_of(changed[0])} must not change when a run resumes. Received "
            f"{getattr(config, changed[0])}, but {directory} was started with "
            f"{getattr(default, changed[0])}. Omit the flag."
        )
    if flags.workers or flags.worker:
        set_workers(flags.workers, flags.worker, config, flags.run_dir)
    if not resumed and flags.worker == 0:
        new_run_dir(app.name, flags.run_dir)
    return lambda commands: commands.train(app, config, **vars(flags))


def _export(app, arguments, program):
    (flags,) = parse(program, arguments, files=ExportFlags())
    return lambda commands: commands.export(app, **vars(flags))


def _evaluate(app, arguments, program):
    kind, given = app.configs.measure, peek(arguments)
    recorded = kind()
    if given.get("--run-dir"):
        recorded = recorded_config(app, find_run_dir(app.name, given["--run-dir"]))
    elif given.get("--model"):
        recorded = recorded_config(app, pathlib.Path(given["--model"], EXTRAS))
    settings = _taken_over(kind, recorded)
    config, flags = parse(program, arguments, settings=settings, files=EvaluateFlags())
    return lambda commands: commands.evaluate(app, config, **vars(flags))


def _predict(app, arguments, program):
    inputs, config, flags, others = parse(
        program,
        arguments,
        takes_inputs=True,
        inputs=input_flags(app)(),
        settings=app.configs.predict(),
        output=predict_flags(app)(),
    )
    values = dataclasses.asdict(inputs)
    given = [*values.pop(app.inputs[0].name), *others]
    found = _inputs(app, given, flags.input, values)
    typed = not given and not flags.input
    has_many = flags.input or len(given) > _FEW or any(map(os.path.isdir, given))

    def work(commands):
        with contextlib.nullcontext() if typed or has_many else without_graph_optimization():
            return _print_records(commands, app, found, config, flags, typed)

    return work


def _all(app, arguments, program):
    """Runs all commands: settings of `train` and `measure` are flags of one call."""
    kinds = app.configs.train, app.configs.measure
    both = dataclasses.make_dataclass("Both", [], bases=kinds, frozen=True)
    config, flags = parse(program, arguments, settings=both(), run=RunFlags())
    new_run_dir(app.name, flags.run_dir)
    trained, measured = (_taken_over(kind, config) for kind in kinds)

    def work(commands):
        print(f"{app.name}: all commands take {app.duration or 'a while'}", flush=True)
        run_dir = str(commands.train(app, trained, run_dir=flags.run_dir))
        commands.export(app, run_dir=run_dir)
        commands.evaluate(app, measured, run_dir=run_dir)
        options = FilesFlags(run_dir=run_dir, output_dir=str(pathlib.Path(run_dir, "predictions")))
        return _print_records(commands, app, app.demo_inputs, None, options)

    return work


def _own_command(name, app, arguments, program):
    function, kind, _ = app.commands[name]
    (config,) = parse(program, arguments, settings=kind())
    directory = pathlib.Path("runs", app.name, name)
    return lambda commands: commands.save_plots(function(config), directory)


def _taken_over(kind, config):
    """Returns settings of a kind, with the values of the same fields of `config`."""
    names = {field.name for field in dataclasses.fields(config)}
    shared = [each.name for each in dataclasses.fields(kind) if each.name in names]
    return kind(**{name: getattr(config, name) for name in shared})


def _inputs(app, given, path, others) -> Iterator[dict[str, Any]]:
    """Yields the inputs of the command line and of a file, or those of standard input."""
    first = app.inputs[0]

    def words():
        yield from map(os.fsencode, given)
        if path:
            with open(path, "rb") as file:
                yield from _without_mark(file)
        if not given and not path:
            if sys.stdin is None:
                raise UserError("predict must have inputs, but standard input is closed.")
            yield from _without_mark(sys.stdin.buffer)

    for word in words():
        word = word.rstrip(b"\r\n")
        for each in _images(word) if isinstance(first, Image) else [_text(word)]:
            yield {first.name: each, **others}


def _text(word):
    """Returns a word as a string, or as bytes if it is not UTF-8, which its record reports."""
    try:
        return word.decode("utf-8")
    except UnicodeDecodeError:
        return word


def _without_mark(lines):
    """Yields lines; removes the byte order mark that some programs write first."""
    for number, line in enumerate(lines):
        yield line if number else line.removeprefix(codecs.BOM_UTF8)


def _images(word):
    """Yields a path, or the images in it if it is a directory, also those that cannot be read."""
    from keras_dl.application.images import images_in

    path = os.fsdecode(word)
    images = map(str, images_in(path)) if word and os.path.isdir(word) else ()
    yield from list(images) or [path]  # whose record then has an error


def _print_records(commands, app, inputs, config, flags, typed=False):
    """Prints a line for each input; returns 1 if some failed, each with a line on stderr."""
    directory = pathlib.Path(flags.output_dir or pathlib.Path("runs", app.name, "predictions"))
    if flags.output_dir:
        make_directory(directory)
    renderer = Renderer(app, flags.format, directory)
    at_once = 1 if typed and sys.stdin is not None and sys.stdin.isatty() else 1000
    served = commands.load(app, run_dir=flags.run_dir, model=flags.model)
    failed = 0
    for line in renderer.before():
        print(line)
    for record in app.predict(served, inputs, config, batch_size=at_once):
        print(renderer.line(record), flush=at_once == 1)
        if "error" in record:
            failed = 1
            reason = f"{visible(record[app.inputs[0].name])}: {visible(record['error'])}"
            print(f"{app.name}: {' '.join(reason.split())}", file=sys.stderr)
        elif flags.plot and (figure := app.plot(served, record)) is not None:
            commands.save_plot(figure, renderer.path_for(record, ".plot.png"))
    for line in renderer.after():
        print(line)
    sys.stdout.flush()
    return failed


def console() -> int:
    """Runs the command `keras-dl`.

    Its applications are those that installed packages register, and those in `apps/` of the source
    checkout or of the wheel.
    """
    applications = []
    for entry in importlib.metadata.entry_points(group="keras_dl.applications"):
        try:
            applications.append(entry.load()())
        except Exception as error:  # in code of another package
            print(f"{entry.name} cannot be loaded: {error}", file=sys.stderr)
    root = pathlib.Path(__file__).parents[2]
    if not (root / "setup.cfg").exists():
        root /= "keras_dl_apps"  # the wheel: a package `apps` could hide another one
    if (root / "apps" / "__init__.py").exists():
        sys.path.insert(0, str(root))
        applications += importlib.import_module("apps").APPLICATIONS
    return main(applications, sys.argv[1:], "keras-dl")
