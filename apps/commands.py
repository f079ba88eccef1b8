"""The steps that every application shares, from its data to answers on the command line."""

import dataclasses
import datetime
import importlib.metadata
import itertools
import json
import os
import pathlib
import platform
import shlex
import sys
import tempfile

import keras

from apps.parts import learner_of, part
from keras_dl import export as exporting
from keras_dl import plots as drawing
from keras_dl import training

ROOT = pathlib.Path(__file__).parent.parent
_LINES_AT_ONCE = 1000


def train(app, name, config):
    """Trains the model of an application; returns the folder of the run.

    The folder holds run.json (configuration, versions, seed), assets.json (what the model needs
    beside its weights), checkpoint.npz, history.json and model.keras.
    """
    folder = _folder(name, config, new=not config.resume)
    if config.resume:
        config = _recorded(app, folder, config)
    keras.utils.set_random_seed(config.seed)
    with training.Run(folder, resume=config.resume) as run:
        learner = learner_of(app, config)
        if not (config.resume and (folder / "assets.json").exists()):
            run.write_json("assets.json", learner.assets)
        if not config.resume:
            run.write_json("run.json", _record(name, config))
        print(f"{folder}: {learner.model.count_params():,} weights, {learner.work}")
        learner.fit(run)
        with tempfile.TemporaryDirectory() as temporary:
            path = pathlib.Path(temporary, "model.keras")
            learner.model.save(path)  # Keras would leave half a file if it were stopped
            with training.write_atomically(folder / "model.keras") as file:
                file.write(path.read_bytes())
    return folder


def export(app, name, config):
    """Writes the SavedModel of a run beside its weights; returns its path."""
    folder = _folder(name, config, new=False)
    if not (folder / "model.keras").exists():
        raise FileNotFoundError(
            f"{folder} has no model.keras. Finish its training: python -m apps {name} train "
            f"--resume --run {folder}"
        )
    functions = part(app, "model")  # which registers what the model is made of
    try:
        model = keras.saving.load_model(folder / "model.keras", compile=False)
    except (ValueError, KeyError) as error:
        raise ValueError(f"{folder / 'model.keras'} is damaged. Train again: {error}") from error
    assets = read_json(folder / "assets.json")
    path = folder / "saved_model"
    endpoints = functions.endpoints(model, assets)
    examples = {name: app.EXAMPLES[name] for name in endpoints}
    exporting.export(model, path, endpoints, examples)
    print(f"{path}: written, reloaded without keras_dl, answers compared")
    if hasattr(functions, "write_files"):
        for written in functions.write_files(model, assets, folder):
            print(written)
    return path


def evaluate(app, name, config):
    """Prints the figures of a SavedModel, and writes them beside it if it is of a run."""
    path = _saved_model(name, config)
    config = _of_same_data(path, config)
    report = part(app, "report").figures(_load(app, path), config)
    for figure, value in report.items():
        print(f"{figure:44} {value:.4f}" if isinstance(value, float) else f"{figure:44} {value}")
    if _of_run(path):
        _write_json(path.parent / "report.json", report)
    return report


def plot(app, name, config):
    """Draws the pictures of a SavedModel; returns their paths."""
    path = _saved_model(name, config)
    folder = (path.parent if _of_run(path) else ROOT / "runs" / name) / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    config = _of_same_data(path, config)
    pictures = dict(part(app, "report").pictures(_load(app, path), config))
    if _of_run(path):
        pictures["learning_curves"] = drawing.learning_curves(
            read_json(path.parent / "history.json")
        )
    return _save_pictures(folder, pictures)


def own_step(app, name, step, config):
    """Runs a step that one application alone has; returns the paths of its pictures."""
    keras.utils.set_random_seed(config.seed)
    folder = (pathlib.Path(config.run) if config.run else _runs(name)) / step
    pictures = getattr(app, step)(config)
    folder.mkdir(parents=True, exist_ok=True)
    return _save_pictures(folder, pictures)


def _save_pictures(folder, pictures):
    paths = []
    for title, figure in pictures.items():
        with training.write_atomically(folder / f"{title}.png") as file:
            figure.savefig(file, dpi=120, format="png")
        paths.append(folder / f"{title}.png")
        print(paths[-1])
    return paths


def predict(app, name, config, inputs):
    """Prints an answer for each input, in their order; reads standard input if there is none."""
    if not inputs and sys.stdin is None:
        raise ValueError("predict needs inputs: standard input is closed, and none were given.")
    saved_model = _load(app, _saved_model(name, config))
    lines = iter([os.fsencode(text) for text in inputs] or sys.stdin.buffer)
    at_once = 1 if sys.stdin.isatty() and not inputs else _LINES_AT_ONCE
    some = iter(lambda: [line.rstrip(b"\r\n") for line in itertools.islice(lines, at_once)], [])
    for answers in part(app, "answers").lines(saved_model, some, config):
        print("\n".join(answers), flush=True)


def whole_way(app, name, config):
    """Runs all the steps: from the source of the data to answers."""
    folder = train(app, name, config)
    config = _recorded(app, folder, dataclasses.replace(config, run=str(folder)))
    config = dataclasses.replace(config, model=str(export(app, name, config)))
    evaluate(app, name, config)
    plot(app, name, config)
    predict(app, name, config, app.SHOWN)


def _runs(name):
    return ROOT / "runs" / name


def _folder(name, config, new):
    """Returns the folder of a new run, or of the one meant by --run, or of the newest."""
    if config.run:
        folder = pathlib.Path(config.run)
        if new and (folder / "run.json").exists():
            raise FileExistsError(f"{folder} holds a run already. Add --resume to go on with it.")
        if not new and not (folder / "run.json").exists():
            raise FileNotFoundError(f"{folder} holds no run of {name}.")
        return folder
    if new:
        return _runs(name) / datetime.datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    found = sorted(path.parent for path in _runs(name).glob("*/run.json"))
    if not found:
        raise FileNotFoundError(f"{_runs(name)} has no run. Make one: python -m apps {name} train")
    return found[-1]


def _record(name, config):
    packages = ("keras", "tensorflow", "numpy")
    return {
        "application": name,
        "command": shlex.join(["python", "-m", "apps", *sys.argv[1:]]),
        "configuration": dataclasses.asdict(config),
        "versions": {each: importlib.metadata.version(each) for each in packages}
        | {"python": platform.python_version()},
    }


def _recorded(app, folder, config):
    """Returns the configuration that a run was started with, which resuming may not change."""
    recorded = _configuration(folder)
    free = ("run", "resume", "model")
    for field in dataclasses.fields(config):
        given = getattr(config, field.name)
        if field.name not in free and given not in (field.default, recorded.get(field.name)):
            raise ValueError(
                f"--{field.name.replace('_', '-')} can't change when a run goes on. Received "
                f"{given}, and {folder} was started with {recorded.get(field.name)}. Leave it out."
            )
    unknown = set(recorded) - {field.name for field in dataclasses.fields(config)}
    if unknown:
        raise ValueError(f"{folder / 'run.json'} is of another version: it has {sorted(unknown)}.")
    return app.Config(**recorded | {"resume": True, "run": str(folder)})


def _configuration(folder):
    """Returns the configuration of a run, in which JSON made lists of tuples."""
    recorded = read_json(folder / "run.json").get("configuration", {})
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in recorded.items()
    }


def _saved_model(name, config):
    if config.model:
        return pathlib.Path(config.model)
    if config.run:
        return _folder(name, config, new=False) / "saved_model"
    return ROOT / "saved_models" / name


def _load(app, path):
    """Loads a SavedModel and makes sure that it is one of the application."""
    saved_model = exporting.load(path)
    for name, signature in saved_model.signatures.items():
        given = set(signature.structured_input_signature[1])
        if given != set(app.EXAMPLES.get(name, ())):
            raise ValueError(
                f"--model must be a SavedModel of this application. Received {path}, which answers "
                f"{name} of {sorted(given)}. Leave --model out for the one that is shipped."
            )
    return saved_model


def read_json(path):
    """Returns what a JSON file of a run holds.

    Raises:
        ValueError: if it is damaged.
    """
    try:
        return json.loads(path.read_text("utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"{path} is damaged: {error}. Train again in a new folder.") from error


def _write_json(path, content):
    with training.write_atomically(path, "w") as file:
        json.dump(content, file, indent=2, ensure_ascii=False, allow_nan=False)
        file.write("\n")


def _of_same_data(path, config):
    """Returns the configuration with what was not given as it was when the run was trained."""
    if not _of_run(path):
        return config
    recorded = _configuration(path.parent)
    left_out = {
        field.name: recorded[field.name]
        for field in dataclasses.fields(config)
        if field.name in recorded and getattr(config, field.name) == field.default
    }
    return dataclasses.replace(config, **left_out)


def _of_run(path):
    return (path.parent / "run.json").exists()
