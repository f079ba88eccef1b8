"""Resumable training of algorithms that do not use `model.fit`, such as Q-learning."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np

from keras_dl.training.atomic_file import CheckpointError, Json, load_arrays, not_a_checkpoint
from keras_dl.training.fit_callbacks import SECONDS_BETWEEN_LINES, metrics_line
from keras_dl.training.run import Run


class Resumable(Protocol):
    """Protocol of the objects that `train_by_steps` trains."""

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""

    def step(self) -> Mapping[str, float | None] | None:
        """Takes one step; returns a row for the history if the step completes one."""

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Json]]:
        """Returns all that later steps depend on: a dict of arrays and a JSON-serializable dict."""

    def restore(self, arrays: dict[str, np.ndarray], metadata: dict[str, Json]) -> None:
        """Restores a `state`.

        Raises:
            ValueError: if the state is from another training run.
            KeyError: if an entry is missing.
        """

    def bytes_needed(self) -> int:
        """Returns an estimate of the size of the largest `state` in bytes."""


def train_by_steps(
    training: Resumable,
    *,
    run: Run,
    stop: Callable[[Mapping[str, float | None]], bool] | None = None,
) -> dict[str, list[float | None]]:
    """Runs all steps of a `Resumable`, the counterpart of `fit` for other training algorithms.

    A run that is killed and resumed has the same result. `history.json` is written after each row.

    Args:
        training: new `Resumable`.
        run: open `Run`.
        stop: function of the newest row of the history, or None. Training stops if it returns True.
            A resumed run then continues. None runs all steps.

    Returns:
        dict of lists, the columns of the history, including rows before the run resumed.

    Raises:
        ValueError: if the checkpoint is damaged or from another training run.
        OSError: before training, if the directory has too little space.
        KeyboardInterrupt: on Ctrl-C, after a checkpoint is saved.
    """
    history: dict[str, list[float | None]] = {}

    def save():
        arrays, metadata = training.state()
        run.save_checkpoint(arrays, {"history": history, "state": metadata})

    run.prove_room(2 * training.bytes_needed() + 2**20)
    if run.resumes:
        arrays, metadata = load_arrays(run.checkpoint)
        try:
            history = metadata["history"]
            training.restore(arrays, metadata["state"])
        except (KeyError, TypeError) as error:
            raise not_a_checkpoint(run.checkpoint, f"no {error}") from error
    else:
        save()
    if training.finished:
        return history
    printed = time.monotonic()
    with run.interrupts_held():
        while not training.finished:
            row = training.step()
            if row is not None:
                for name, value in row.items():
                    history.setdefault(name, []).append(value)
                run.write_json("history.json", history)
                if training.finished or time.monotonic() - printed >= SECONDS_BETWEEN_LINES:
                    printed = time.monotonic()
                    print(metrics_line(row), flush=True)
                if stop is not None and stop(row):
                    break
            if run.checkpoint_is_due:
                save()
        save()
    return history


def check_same_training(saved: Mapping[str, Json], current: Mapping[str, Json]) -> None:
    """Compares the settings in a checkpoint with those of the training run that resumes.

    Raises:
        ValueError: if they differ.
    """
    current = json.loads(json.dumps(current))
    if differing := sorted(saved.keys() ^ current.keys()):
        raise CheckpointError(
            "train_by_steps: the checkpoint must be from this version of keras_dl. Received a "
            f"checkpoint with the unknown settings {[n for n in differing if n in saved]} and "
            f"without {[n for n in differing if n in current]}. Start a new run."
        )
    if names := [name for name in current if saved[name] != current[name]]:
        raise CheckpointError(
            "train_by_steps: the checkpoint must have the settings of this run. Received settings "
            f"{ {name: saved[name] for name in names} } instead of "
            f"{ {name: current[name] for name in names} }. Resume with the saved settings."
        )
