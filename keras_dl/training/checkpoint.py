"""Checkpoint: the complete state of a training run in one file."""

import dataclasses
import math
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, Self

import keras
import numpy as np

from keras_dl.training.atomic_file import (
    CheckpointError,
    Json,
    load_arrays,
    not_a_checkpoint,
    save_arrays,
)
from keras_dl.training.callback_states import bytes_of_states, pack, unpack


@dataclasses.dataclass(frozen=True)
class Checkpoint:
    """State of a training run between two batches.

    Attributes:
        arrays: dict from name to array. All variables of the model
            (including seeds and statistics), of the optimizer and, in the middle of an epoch, of
            the metrics.
        epoch: int. Epoch that a resumed run continues with, counted from 0.
        batch: int. Number of finished batches of this epoch.
        steps_per_epoch: int. Number of batches per epoch.
        history: dict from metric names to lists of values, one for each finished epoch.
        callbacks: dict of the states of the callbacks; see `callback_states`.
        stopped: bool. Whether a callback ended the run here.
    """

    arrays: dict
    epoch: int
    batch: int
    steps_per_epoch: int
    history: dict
    callbacks: dict = dataclasses.field(default_factory=dict)
    stopped: bool = False

    @classmethod
    def of(
        cls,
        model: keras.Model,
        *,
        epoch: int = 0,
        batch: int = 0,
        steps_per_epoch: int,
        history: Mapping[str, list[float]] | None = None,
        **of_callbacks: Any,
    ) -> Self:
        """Copies the state of a built and compiled model whose optimizer is also built."""
        # Copies, because a backend may reuse the memory of a variable in the next step.
        arrays = {
            name: np.array(keras.ops.convert_to_numpy(variable))
            for name, variable in _named_variables(model, with_metrics=batch > 0).items()
        }
        return cls(arrays, epoch, batch, steps_per_epoch, dict(history or {}), **of_callbacks)

    def restore(self, model: keras.Model) -> None:
        """Restores the state in a model that was built and compiled in the same way.

        If `batch` is not 0, the metrics must be built, which Keras does on their first batch.

        Raises:
            ValueError: if the variables of the model differ from those of the checkpoint.
        """
        variables = _named_variables(model, with_metrics=self.batch > 0)
        check_same(
            [(name, array.shape, str(array.dtype)) for name, array in self.arrays.items()],
            [(name, tuple(v.shape), str(v.dtype)) for name, v in variables.items()],
        )
        for variable, array in zip(variables.values(), self.arrays.values(), strict=True):
            variable.assign(array)

    def packed(self) -> tuple[dict[str, np.ndarray], dict[str, Json]]:
        """Returns all arrays by name, and the other fields as a JSON-serializable dict."""
        arrays = dict(self.arrays)
        names = [field.name for field in dataclasses.fields(self) if field.name != "arrays"]
        metadata = {name: getattr(self, name) for name in names}
        return arrays, metadata | {"callbacks": pack(self.callbacks, "callbacks", arrays)}

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the checkpoint to `path` atomically."""
        save_arrays(path, *self.packed())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Loads a checkpoint that `save` wrote.

        Raises:
            FileNotFoundError: if the file does not exist.
            ValueError: if the file is truncated, damaged or not a checkpoint.
        """
        arrays, metadata = load_arrays(path)
        try:
            callbacks = unpack(metadata["callbacks"], arrays)
            return cls(arrays, **metadata | {"callbacks": callbacks})
        except (TypeError, KeyError) as error:
            raise not_a_checkpoint(path, error) from error


def bytes_needed(model: keras.Model, callbacks: Sequence[keras.callbacks.Callback] = ()) -> int:
    """Returns the disk space that the files of a run need, in bytes.

    This includes two checkpoints, because the old one exists until the new one is complete, the
    saved model, and a megabyte for the history.
    """
    everything = _named_variables(model, with_metrics=True).values()
    checkpoint = _num_bytes(everything) + bytes_of_states(callbacks, model)
    return 2 * checkpoint + _num_bytes(model.variables) + 2**20


def _num_bytes(variables):
    return sum(np.dtype(v.dtype).itemsize * math.prod(v.shape) for v in variables)


def _named_variables(model, *, with_metrics):
    """Returns `{group/number/path: variable}` without duplicates; models may share layers."""
    groups = {"model": model.variables, "optimizer": model.optimizer.variables}
    if with_metrics:
        groups["metrics"] = model.metrics_variables
    named = {}
    for group, variables in groups.items():
        for number, variable in enumerate(variables):
            named.setdefault(id(variable), (f"{group}/{number}/{variable.path}", variable))
    return dict(named.values())


def check_same(
    saved: Sequence[tuple[str, tuple[int, ...], str]],
    current: Sequence[tuple[str, tuple[int, ...], str]],
) -> None:
    """Compares lists of (name, shape, dtype), one for each variable.

    Raises:
        ValueError: if the lists are from different models.
    """
    if len(saved) != len(current):
        raise _not_this_model(f"{len(saved)} variables", f"{len(current)}")
    for ours, theirs in zip(saved, current, strict=True):
        if (_without_counters(ours[0]), *ours[1:]) != (_without_counters(theirs[0]), *theirs[1:]):
            raise _not_this_model(" ".join(map(str, ours)), " ".join(map(str, theirs)))


def _without_counters(name):
    """Removes the counters from a name: `model/0/dense_7/kernel` -> `model/0/dense/kernel`.

    Keras counts the layers of a process, so the second model built in it has other names.
    """
    return re.sub(r"_\d+(?=[_/]|$)", "", name)


def _not_this_model(saved, current):
    return CheckpointError(
        f"Checkpoint: the variables must match those of the model. Received {saved}, "
        f"the model has {current}. Build and compile the model as in the saved run."
    )
