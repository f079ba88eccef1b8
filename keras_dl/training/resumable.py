"""Training by other steps than those of `model.fit`: Q-learning with tables and with networks."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np

from keras_dl.training.atomic_file import CheckpointError, Json, load_arrays, not_a_checkpoint
from keras_dl.training.fit_callbacks import SECONDS_BETWEEN_LINES, metrics_line
from keras_dl.training.run import Run


class Resumable(Protocol):
    """What `train_by_steps` trains."""

    @property
    def finished(self) -> bool:
        """Whether all steps are made."""

    def step(self) -> Mapping[str, float | None] | None:
        """Makes one step; returns a row for the history, if the step ends one."""

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Json]]:
        """Returns all that the next steps depend on: a dict of arrays, and a dict for JSON."""

    def restore(self, arrays: dict[str, np.ndarray], metadata: dict[str, Json]) -> None:
        """Goes on from a `state`.

        Raises:
            ValueError: if it is the state of another training.
            KeyError: if something is missing.
        """

    def bytes_needed(self) -> int:
        """Returns the bytes of the largest `state`, about."""


def train_by_steps(
    training: Resumable,
    *,
    run: Run,
    stop: Callable[[Mapping[str, float | None]], bool] | None = None,
) -> dict[str, list[float | None]]:
    """Makes the steps of a `Resumable` to the end; what `fit` is for models that learn by batches.

    A run that was killed and resumed ends like any other. Writes `history.json` at each row.

    Args:
        training: new `Resumable`.
        run: open `Run`.
        stop: function of each new row of the history: True ends the training there, and one that is
            resumed goes on. None: all steps are made.

    Returns:
        dict of lists, the columns of the history, rows before the run was resumed included.

    Raises:
        ValueError: if the checkpoint is damaged, or of another training.
        OSError: before training, if the directory has no room.
        KeyboardInterrupt: on Ctrl-C, after a checkpoint was written.
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
    """Compares what a checkpoint is of, as it comes from JSON, with what resumes.

    Raises:
        ValueError: if they differ.
    """
    current = json.loads(json.dumps(current))
    if differing := sorted(saved.keys() ^ current.keys()):
        raise CheckpointError(
            "a checkpoint must be of this version of keras_dl. Received one that has "
            f"{[name for name in differing if name in saved]} and lacks "
            f"{[name for name in differing if name in current]}. Begin a new run."
        )
    if names := [name for name in current if saved[name] != current[name]]:
        raise CheckpointError(
            "a checkpoint must be of the same training. Received one of "
            f"{ {name: saved[name] for name in names} } for "
            f"{ {name: current[name] for name in names} }. Resume as the run began."
        )
