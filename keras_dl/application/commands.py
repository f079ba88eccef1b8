"""The train, export and evaluate commands of all applications, and loading of SavedModels."""

import json
import math
import pathlib
import tempfile
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import keras
import tensorflow as tf

from keras_dl import export as exporting
from keras_dl import training
from keras_dl.application.application import Application, Served, Trained
from keras_dl.application.config import Config, SeededConfig
from keras_dl.application.errors import UserError
from keras_dl.application.fields import plain, visible
from keras_dl.application.report import Report
from keras_dl.application.runs import (
    ASSETS,
    EXTRAS,
    RECORD,
    ApplicationRun,
    find_run_dir,
    make_directory,
    new_run_dir,
    recorded_config,
)
from keras_dl.application.typed import from_json, read_json, with_checksum
from keras_dl.application.workers import LostWorkerError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ARCHITECTURE = "architecture.json"
# What TensorFlow raises if it loses a worker.
_LOST = (
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.UnavailableError,
)


def train(
    app: Application,
    config: SeededConfig,
    *,
    run_dir: str = "",
    resume: bool = False,
    workers: str = "",
    worker: int = 0,
) -> pathlib.Path:
    """Trains the model of an application; returns the run directory.

    The directory contains run.json (settings, versions), assets.json (data that the model needs
    besides its weights), checkpoint.npz, history.json and, after training, model.keras.

    Args:
        app: `Application`.
        config: settings of type `app.configs.train`. To resume a run, pass its recorded settings.
        run_dir: str. Run directory. If empty, a new directory under `runs/`, or the newest run if
            `resume` is True.
        resume: bool. Whether to resume an interrupted run.
        workers: str. `host:port` of each process that trains this run, separated by commas. If
            empty, this process trains alone.
        worker: int. Position of this process in `workers`. Only the first one writes files.
    """
    if worker:
        directory = pathlib.Path(run_dir)
    else:
        directory = find_run_dir(app.name, run_dir) if resume else new_run_dir(app.name, run_dir)
    keras.utils.set_random_seed(config.seed)
    try:
        with training.Run(directory, resume=resume, writes=worker == 0) as open_run:
            run = ApplicationRun(app, open_run, config, workers=workers, worker=worker)
            trained = app.train(config, run)
            with tempfile.TemporaryDirectory() as temporary:
                path = pathlib.Path(temporary, "model.keras")
                # An interrupted save leaves a partial file. On JAX, all workers have to save.
                trained.model.save(path)
                if open_run.writes:
                    with training.write_atomically(directory / "model.keras") as file:
                        file.write(path.read_bytes())
    except (training.CheckpointError, FloatingPointError) as error:
        raise UserError(str(error)) from error
    except _LOST as error:
        if not workers:
            raise
        raise LostWorkerError(
            "another worker has ended or cannot be reached. Start all of them again with --resume."
        ) from error
    return directory


def export(
    app: Application,
    *,
    run_dir: str = "",
    model: str = "",
    to: str = "",
    format: Literal["saved_model", "onnx", "litert"] = "saved_model",
    length: int = 0,
) -> pathlib.Path:
    """Exports the model of a run, or of another SavedModel; returns the path of what is written.

    The directory `assets.extra` of the SavedModel contains architecture, assets and settings, so
    that the model can be exported again without the run directory.

    Args:
        app: `Application`.
        run_dir: str. Run directory. If empty, the newest run.
        model: str. SavedModel to export again instead of a run.
        to: str. Output directory, or file of a network. If empty, in the run directory.
        format: str. `"saved_model"`, or `"onnx"` or `"litert"` for only the network.
        length: int. Number of time steps of a network. If 0, any number.
    """
    if length and format == "saved_model":
        raise UserError("--length requires --format onnx or litert. Add one of them.")
    if model and run_dir:
        raise UserError("--model and --run-dir must not be combined. Remove one of them.")
    if model and not to:
        raise UserError("--model requires --to. Add --to DIRECTORY.")
    source = pathlib.Path(model, EXTRAS) if model else find_run_dir(app.name, run_dir)
    recorded_config(app, source)
    trained = (
        trained_of_saved_model(app, pathlib.Path(model)) if model else trained_of_run(app, source)
    )
    if format != "saved_model":
        path = pathlib.Path(to) if to else source / exporting.NETWORK_FILES[format]
        return _export_network(app.network(trained.model), path, format, length or None)
    path = pathlib.Path(to) if to else source / "saved_model"
    # Before `endpoints`: models built from the same layers may change the graph.
    contents = {name: read_json(source / name) for name in (ASSETS, RECORD)}
    contents[ARCHITECTURE] = json.loads(trained.model.to_json())
    extras = {
        name: json.dumps(with_checksum(content), ensure_ascii=False, separators=(",", ":"))
        for name, content in contents.items()
    }
    endpoints = app.endpoints(*trained)
    try:
        exporting.export(
            trained.model,
            path,
            {name: (each.function, each.signature) for name, each in endpoints.items()},
            {name: each.examples for name, each in endpoints.items()},
            half_precision=app.half_precision,
            extras=extras,
        )
    except (tf.errors.ResourceExhaustedError, tf.errors.PermissionDeniedError) as error:
        raise UserError(f"{path} cannot be written: {error.message}") from error
    print(f"{path}: written, reloaded without keras_dl, predictions compared")
    for written in app.write_files(*trained, path.parent):
        print(written)
    return path


def _export_network(network, path, format, length):
    try:
        difference = exporting.export_network(network, path, format, length=length)
    except ValueError as error:
        raise UserError(str(error)) from error
    print(f"{path}: written, run, outputs compared (relative difference {difference:.1g})")
    for each in network.inputs:
        sizes = ["any", *(str(size or length or "any") for size in each.shape[1:])]
        print(f"  {each.name}: {keras.backend.standardize_dtype(each.dtype)} [{', '.join(sizes)}]")
    return path


def evaluate(
    app: Application, config: Config, *, run_dir: str = "", model: str = "", output_dir: str = ""
) -> Report:
    """Evaluates a SavedModel: prints the metrics, writes report.json and the plots.

    Args:
        app: `Application`.
        config: settings of type `app.configs.measure`.
        run_dir: str. Run directory that contains the SavedModel.
        model: str. Path of the SavedModel, instead of `run_dir`. If both are empty, the shipped
            SavedModel is evaluated.
        output_dir: str. Output directory. If empty, `run_dir`. If this is also empty,
            `runs/NAME/evaluation`.
    """
    served = load(app, run_dir=run_dir, model=model)
    directory = pathlib.Path(output_dir or run_dir or pathlib.Path("runs", app.name, "evaluation"))
    make_directory(directory)
    history = read_json(pathlib.Path(run_dir, "history.json")) if run_dir else {}
    report = app.measure(served, config)
    for line in (*report.metrics, *report.notes):
        print(visible(line))
    drawn = dict(report.plots)
    if history:
        from keras_dl import plots  # matplotlib, for which `predict` need not wait

        drawn["learning_curves"] = plots.learning_curves(history)
    with training.write_atomically(directory / "report.json", "w") as file:
        json.dump(plain(report.values()), file, indent=2, allow_nan=False)
        file.write("\n")
    save_plots(drawn, directory / "plots")
    return report


def load(app: Application, *, run_dir: str = "", model: str = "") -> Served:
    """Loads the SavedModel in a run directory or at a path, by default the shipped one.

    Raises:
        UserError: if the SavedModel does not exist, is damaged or is from another application.
    """
    if run_dir and model:
        raise UserError("--run-dir and --model must not be used together. Omit one of them.")
    path = model or (pathlib.Path(run_dir, "saved_model") if run_dir else app.shipped)
    if path is None:
        raise UserError(
            f"{app.name} has no shipped model. Train one and set --run-dir, or set --model."
        )
    if run_dir:
        find_run_dir(app.name, run_dir)
    if not (pathlib.Path(path) / "saved_model.pb").exists():
        if path == app.shipped:
            raise UserError(
                f"{path} contains no SavedModel. Get the models of the release and put --models "
                f"PATH before {app.name}, or train a model."
            )
        raise UserError(f"{path} contains no SavedModel. Run export, or choose another path.")
    try:
        served = exporting.load(path)
    except Exception as error:  # any type, because each file may be damaged
        raise UserError(f"{path} is not a valid SavedModel: {error}. Export it again.") from error
    recorded_config(app, pathlib.Path(path, EXTRAS))
    return served


def save_plots(drawn: Mapping[str, "Figure"], directory: pathlib.Path) -> list[pathlib.Path]:
    """Saves matplotlib figures as PNG files; prints and returns their paths."""
    paths = []
    for name, figure in drawn.items():
        directory.mkdir(parents=True, exist_ok=True)
        paths.append(directory / f"{name}.png")
        save_plot(figure, paths[-1])
        print(paths[-1], flush=True)
    return paths


def save_plot(figure: "Figure", path: pathlib.Path) -> None:
    """Saves a matplotlib figure as a PNG file atomically."""
    dpi = max(120, *(math.ceil(1 / inches) for inches in figure.get_size_inches()))
    with training.write_atomically(path) as file:
        figure.savefig(file, dpi=dpi, format="png")  # at least one pixel per side


def trained_of_run(app: Application, directory: pathlib.Path) -> Trained:
    """Returns the model and the assets of a finished run."""
    path = directory / "model.keras"
    if not path.exists():
        raise UserError(
            f"{directory} has no model.keras. Finish the training: {app.name} train --resume "
            f"--run-dir {directory}"
        )
    try:
        model = keras.saving.load_model(path, compile=False)
    except Exception as error:  # any type: zip, JSON and HDF5 may be damaged
        raise UserError(f"{path} is damaged: {error}. Train again.") from error
    assets = from_json(app.Assets, read_json(directory / ASSETS), directory / ASSETS)
    return Trained(model, assets)


def trained_of_saved_model(app: Application, path: pathlib.Path) -> Trained:
    """Rebuilds the Keras model of a SavedModel, with its weights."""
    extras = path / EXTRAS
    assets = from_json(app.Assets, read_json(extras / ASSETS), extras / ASSETS)
    architecture = json.dumps(read_json(extras / ARCHITECTURE))
    try:
        model = keras.models.model_from_json(architecture)
        exporting.read_weights(path, model)
    except Exception as error:  # any type: architecture and weights may be damaged
        raise UserError(f"{path} is not a valid SavedModel: {error}. Train again.") from error
    return Trained(model, assets)
