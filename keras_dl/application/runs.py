"""Run directories, and the settings that are recorded in them."""

import dataclasses
import datetime
import importlib.metadata
import os
import pathlib
import platform
import shlex
import sys
from typing import TYPE_CHECKING

from keras_dl.application.application import Application
from keras_dl.application.config import Config
from keras_dl.application.errors import UserError
from keras_dl.application.typed import Dataclass, from_json, read_json, to_json, with_checksum

if TYPE_CHECKING:
    from keras_dl.training.atomic_file import Json
    from keras_dl.training.run import Run

ASSETS, RECORD = "assets.json", "run.json"
EXTRAS = "assets.extra"  # of a SavedModel, for files that TensorFlow ignores


def new_run_dir(name: str, given: str) -> pathlib.Path:
    """Returns the directory of a new run: the given one, or `runs/NAME/TIME` by default.

    Raises:
        UserError: if the directory already contains a run or is a file.
    """
    if not given:
        return _runs(name) / datetime.datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    directory = pathlib.Path(given)
    if (directory / RECORD).exists():
        raise UserError(f"{directory} already contains a run. Add --resume to continue it.")
    if os.path.lexists(directory) and not directory.is_dir():
        what = "a link to nothing" if directory.is_symlink() else "a file"
        raise UserError(
            f"--run-dir must be a directory. Received {directory}, which is {what}. Choose another "
            "path."
        )
    return directory


def find_run_dir(name: str, given: str) -> pathlib.Path:
    """Returns the directory of an existing run, by default the newest under `runs/NAME/`.

    Raises:
        UserError: if there is no run in the directory.
    """
    if given:
        if not (pathlib.Path(given) / RECORD).exists():
            raise UserError(f"{given} contains no run of {name}. Choose another directory.")
        return pathlib.Path(given)
    directories = sorted(path.parent for path in _runs(name).glob(f"*/{RECORD}"))
    if not directories:
        raise UserError(f"{_runs(name)} contains no run. Train a model, or set --run-dir.")
    return directories[-1]


def recorded_config(app: Application, directory: pathlib.Path) -> Config:
    """Returns the settings of a training run.

    Raises:
        UserError: if the record is damaged, or was written by another application or version.
    """
    path = directory / RECORD
    record = read_json(path)
    if not isinstance(record, dict) or record.get("application") != app.name:
        raise UserError(f"{path} is not a record of a run of {app.name}. Choose another run.")
    return from_json(app.configs.train, record.get("configuration"), path)


def make_directory(directory: pathlib.Path) -> None:
    """Creates the output directory, so that an invalid path fails before the work starts.

    Raises:
        UserError: if it cannot be created.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"--output-dir {directory} cannot be created: {error.strerror}. Choose another "
            "directory."
        ) from error


class ApplicationRun:
    """Training run that is passed to `Application.train`.

    Args:
        app: `Application`.
        run: `training.Run`, which locks the directory.
        config: training settings to record.
        workers: str. `host:port` of each process that trains this run, or empty.
        worker: int. Position of this process in `workers`.

    Attributes:
        run: the `training.Run`.
        workers: list of the addresses of the processes that train this run; empty for one process.
        worker: position of this process in `workers`.
    """

    def __init__(
        self, app: Application, run: "Run", config: Config, workers: str = "", worker: int = 0
    ) -> None:
        self.run, self.workers, self.worker = run, [*filter(None, workers.split(","))], worker
        self._app, self._config = app, config

    def begin(self, assets: Dataclass, work: str) -> None:
        """Records the run and prints its size. Call this once before training starts.

        The record `run.json` is written last: a directory without it does not count as a run.

        Args:
            assets: instance of `Application.Assets`.
            work: str. Size of the run to print, such as "100 steps".

        Raises:
            UserError: if another training run has started in the directory in the meantime, or the
                assets of a resumed run differ from the recorded ones.
        """
        if not self.run.writes:
            return
        directory, kind = self.run.directory, self._app.Assets
        recorded, path = (directory / RECORD).exists(), directory / ASSETS
        if recorded and not self.run.resume:  # a run may have ended before its first checkpoint
            raise UserError(f"{directory} already contains a run. Choose another directory.")
        if recorded and path.exists():
            if from_json(kind, read_json(path), path) != from_json(kind, to_json(assets), path):
                raise UserError(
                    f"{path} does not match the data, which changed after the run started. "
                    "Restore the original data."
                )
        else:
            self.write_assets(assets)
        if not recorded:
            self.run.write_json(RECORD, with_checksum(record_of(self._app, self._config)))
        print(f"{self.run.directory}: {work}", flush=True)

    def write_assets(self, assets: Dataclass) -> None:
        """Records assets, also again after training if training determines some of them."""
        self.run.write_json(ASSETS, with_checksum(to_json(assets)))


def record_of(app: Application, config: Config) -> "dict[str, Json]":
    """Returns the record of a run: settings, command and versions."""
    packages = ("keras", "tensorflow", "numpy")
    return {
        "application": app.name,
        "command": shlex.join(sys.orig_argv),
        "configuration": to_json(config),
        "versions": {each: importlib.metadata.version(each) for each in packages}
        | {"python": platform.python_version()},
    }


def differing(config: Config, recorded: Config) -> list[str]:
    """Returns the names of the fields in which two settings differ."""
    names = [field.name for field in dataclasses.fields(recorded)]
    return [name for name in names if getattr(config, name) != getattr(recorded, name)]


def _runs(name):
    return pathlib.Path("runs", name)
