"""Saves and restores the states of callbacks in checkpoints."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import keras
import numpy as np

from keras_dl.training.atomic_file import CheckpointError, Json

State: TypeAlias = Any
"""State of a callback: arrays, numbers, and lists or dicts of these."""

# Public attributes that hold the state of Keras callbacks.
_OF_KERAS = {
    keras.callbacks.EarlyStopping: ("wait", "best", "best_epoch", "best_weights", "stopped_epoch"),
    keras.callbacks.ReduceLROnPlateau: ("wait", "best", "cooldown_counter"),
    keras.callbacks.ModelCheckpoint: ("best",),
}


def states_of(callbacks: Sequence[keras.callbacks.Callback]) -> dict[str, State]:
    """Returns the states of callbacks that have one: `{"0 EarlyStopping": {"wait": 2, ...}}`.

    A callback has a state if it is an `EarlyStopping`, `ReduceLROnPlateau` or `ModelCheckpoint`, or
    has the methods `get_state` and `set_state`. `get_state` returns a dict of arrays, lists and
    numbers that later epochs do not change. `set_state` takes this dict.
    """
    return {
        name: callback.get_state()
        if hasattr(callback, "get_state")
        else {attribute: getattr(callback, attribute) for attribute in _attributes(callback)}
        for name, callback in _with_state(callbacks)
    }


def give_states(callbacks: Sequence[keras.callbacks.Callback], states: Mapping[str, State]) -> None:
    """Restores the states that `states_of` returned; does nothing if there are no states."""
    for name, callback in _with_state(callbacks) if states else ():
        if hasattr(callback, "get_state"):
            callback.set_state(states[name])
        else:
            for attribute, value in states[name].items():
                setattr(callback, attribute, value)


def check_same_callbacks(
    callbacks: Sequence[keras.callbacks.Callback], states: Mapping[str, State]
) -> None:
    """Checks that states belong to the given callbacks.

    Raises:
        ValueError: if the states are from other callbacks.
    """
    names = [name for name, _ in _with_state(callbacks)]
    if states and names != list(states):
        raise CheckpointError(
            "fit: callbacks must be the same as in the checkpoint. Received a checkpoint with the "
            f"states of {list(states)} for the callbacks {names}. Use the callbacks of the saved "
            "run."
        )


def bytes_of_states(callbacks: Sequence[keras.callbacks.Callback], model: keras.Model) -> int:
    """Returns an estimate of the size of the arrays in callback states, in bytes."""
    of_model = sum(np.dtype(v.dtype).itemsize * int(np.prod(v.shape)) for v in model.variables)
    return of_model * sum(getattr(each, "restore_best_weights", False) for each in callbacks)


def pack(value: State, name: str, arrays: dict[str, np.ndarray]) -> Json:
    """Makes `value` JSON-serializable: moves its arrays to `arrays` and returns names instead."""
    if isinstance(value, dict):
        return {key: pack(each, f"{name}/{key}", arrays) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [pack(each, f"{name}/{number}", arrays) for number, each in enumerate(value)]
    if isinstance(value, np.ndarray):
        arrays[name] = value
        return {"array": name}
    return np.asarray(value).tolist()  # because JSON does not support NumPy scalars


def unpack(value: Json, arrays: dict[str, np.ndarray]) -> State:
    """Reverses `pack`, and removes the arrays of the value from `arrays`."""
    if isinstance(value, list):
        return [unpack(each, arrays) for each in value]
    if isinstance(value, dict):
        if list(value) == ["array"]:
            return arrays.pop(value["array"])
        return {key: unpack(each, arrays) for key, each in value.items()}
    return value


def _attributes(callback):
    return [
        name for kind, names in _OF_KERAS.items() if isinstance(callback, kind) for name in names
    ]


def _with_state(callbacks):
    """Yields the name and the callback for each callback that has a state."""
    stateful = [each for each in callbacks if hasattr(each, "get_state") or _attributes(each)]
    for number, callback in enumerate(stateful):
        yield f"{number} {type(callback).__name__}", callback
