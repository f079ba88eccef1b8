"""Resumable training with steps other than those of `model.fit`, such as Q-learning."""

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
        """Returns everything that the next steps depend on: a dict of arrays, a dict for JSON."""

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
    """Runs all steps of a `Resumable`, like `fit` for models that are not trained by `model.fit`.

    A killed and resumed run has the same result. Writes `history.json` after each row.

    Args:
        training: new `Resumable`.
        run: open `Run`.
        stop: function of each new row of the history. True stops training there; a resumed run
            continues. None runs all steps.

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
            "train_by_steps: the checkpoint must be from this version of keras_dl. Received one "
            f"that has {[name for name in differing if name in saved]} and lacks "
            f"{[name for name in differing if name in current]}. Start a new run."
        )
    if names := [name for name in current if saved[name] != current[name]]:
        raise CheckpointError(
            "train_by_steps: the checkpoint must have the settings of this run. Received settings "
            f"{ {name: saved[name] for name in names} } for "
            f"{ {name: current[name] for name in names} }. Resume with the saved settings."
        )
