"""Command line of the applications: `python -m apps [NAME [STEP]] [inputs] [flags]`."""

import contextlib
import difflib
import importlib
import io
import linecache
import os
import pathlib
import re
import sys

STEPS = {
    "train": "trains a model and leaves everything about it in a folder under runs/",
    "export": "writes a trained run as a SavedModel that takes raw input",
    "evaluate": "measures a SavedModel and prints the figures",
    "plot": "draws the pictures of a SavedModel",
    "predict": "answers inputs from the command line, or line by line from standard input",
}


def main(arguments):
    """Runs one command; returns the exit code: 0, or 2 with one line on standard error."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(_overview())
        return 0
    name, *rest = arguments
    try:
        app = _application(name)
        steps = STEPS | _own_steps(app)
        step = rest.pop(0) if rest and rest[0] in steps else ""
        config, inputs = _configuration(app, name, step, rest)
        return _run(app, name, step, config, inputs)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0  # the reader of the pipe has seen enough
    except (ValueError, ImportError, FloatingPointError, OSError) as error:
        if not (isinstance(error, OSError) or _is_ours(error)):
            raise  # a defect, whose traceback is wanted
        print(f"{name}: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"{name}: interrupted", file=sys.stderr)
        return 130


def _is_ours(error):
    """Tells whether this project raised an error, whose message then says what to mend."""
    if isinstance(error, ImportError) and error.name:
        return False  # from an import statement
    frame = error.__traceback__
    while frame.tb_next:
        frame = frame.tb_next
    line = linecache.getline(frame.tb_frame.f_code.co_filename, frame.tb_lineno)
    module = frame.tb_frame.f_globals["__name__"].split(".")[0]
    return module in ("apps", "keras_dl", "__main__") and line.strip().startswith("raise ")


def _names():
    folder = pathlib.Path(__file__).parent
    return sorted(path.parent.name for path in folder.glob("*/app.py"))


def _overview():
    lines = ["usage: python -m apps NAME [STEP] [inputs] [flags]", "", "applications:"]
    own = []
    for name in _names():
        app = _application(name)
        lines.append(f"  {name:12} {app.__doc__.splitlines()[0]}")
        own += [f"  {name + ' ' + step:16} {what}" for step, what in _own_steps(app).items()]
    lines += ["", "steps (all of them in this order, if none is named):"]
    lines += [f"  {step:12} {what}" for step, what in STEPS.items()]
    lines += ["", "steps of one application alone:", *own] if own else []
    lines += ["", "`python -m apps NAME --help` lists the flags of an application."]
    return "\n".join(lines)


def _application(name):
    if name not in _names():
        near = difflib.get_close_matches(name, _names(), n=1) or _names()
        raise ValueError(f"there is no application {name!r}. Did you mean {', '.join(near)}?")
    return importlib.import_module(f"apps.{name}.app")


def _own_steps(app):
    """Returns the steps that an application has beside those of all, as `STEPS` has them."""
    return getattr(app, "STEPS", {})


def _configuration(app, name, step, arguments):
    import tyro

    flags, separator, inputs = arguments, [], []
    if "--" in arguments:
        place = arguments.index("--")
        flags, separator, inputs = arguments[:place], ["--"], arguments[place + 1 :]
    program = f"python -m apps {name} {step}".rstrip()
    errors = io.StringIO()
    try:
        with contextlib.redirect_stderr(errors):
            config, rest = tyro.cli(
                app.Config,
                prog=program,
                args=flags,
                return_unknown_args=True,
                config=(tyro.conf.FlagCreatePairsOff,),
            )
    except SystemExit as end:
        if end.code in (0, None):
            raise
        raise ValueError(f"{_first_section(errors.getvalue())} See `{program} --help`.") from None
    except ValueError as error:
        raise ValueError(str(error)) from None
    unknown = [word for word in rest if word.startswith("-") and word != "-" or step != "predict"]
    if unknown or (separator and step != "predict"):
        raise ValueError(
            f"unknown argument {(unknown or inputs)[0]!r}. See `{program} --help`; inputs that "
            "begin with a dash come after --."
        )
    return config, rest + inputs


def _first_section(boxed):
    """Returns the message of an error box of tyro as one line."""
    lines = [re.sub(r"[│╭╮╰╯]", "", line).strip() for line in boxed.splitlines()]
    message = []
    for line in lines[1:]:
        if not line.strip("─ "):
            break
        message.append(line)
    return " ".join(message).removeprefix("Error parsing Config: ").rstrip(".") + "."


def _run(app, name, step, config, inputs):
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # Faster kernels, which TensorFlow takes unasked on the newest CPUs alone.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    with _silent_standard_error():
        import tensorflow as tf

        tf.config.list_logical_devices()
    from apps import commands

    if not step:
        commands.whole_way(app, name, config)
    elif step == "predict":
        commands.predict(app, name, config, inputs)
    elif step in _own_steps(app):
        commands.own_step(app, name, step, config)
    else:
        getattr(commands, step)(app, name, config)
    return 0


@contextlib.contextmanager
def _silent_standard_error():
    """Keeps away what TensorFlow writes while it starts, whatever its log level is."""
    sys.stderr.flush()
    kept = os.dup(2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
