"""Checks the arguments of `export`."""

import os
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import keras
import tensorflow as tf

from keras_dl.typing import Tensor

Endpoints: TypeAlias = Mapping[
    str, tuple[Callable[..., dict[str, tf.Tensor]], Sequence[tf.TensorSpec]]
]
"""Maps each endpoint to a pair: a function that returns a dict of tensors, and its input specs."""
PARTS = {"saved_model.pb", "fingerprint.pb", "variables", "assets", "assets.extra"}


def check_model(model: keras.Model) -> None:
    """Raises an error unless the model is a built Keras model and the backend is TensorFlow."""
    if keras.config.backend() != "tensorflow":
        raise ValueError(
            "export: the Keras backend must be tensorflow. "
            f"Received backend {keras.config.backend()}. Save the model as .keras, "
            "set KERAS_BACKEND=tensorflow, and load it there."
        )
    if not isinstance(model, keras.Model):
        raise TypeError(
            f"export: model must be a keras.Model. Received {type(model).__name__}. "
            "Pass the model whose layers the endpoints use."
        )
    if not model.built:
        raise ValueError(
            f"export: model must be built. Received {model.name}, which has no weights yet. "
            "Call it once on data."
        )


def check_endpoints(endpoints: Endpoints) -> None:
    """Raises ValueError unless each endpoint has a function and named specs of its inputs."""
    if "serving_default" not in endpoints:
        raise ValueError(
            "export: endpoints must contain serving_default. "
            f"Received {sorted(endpoints)}. Name the main endpoint serving_default."
        )
    for name, (function, signature) in endpoints.items():
        names = [getattr(spec, "name", None) for spec in signature]
        named = all(isinstance(each, str) and each.isidentifier() for each in [name, *names])
        if not callable(function) or not named or len({*names}) < len(names):
            raise ValueError(
                "export: endpoints must be pairs of a function and a list of tf.TensorSpec with "
                f"different names. Received {name}: {function}, {signature}. "
                "Name each spec: tf.TensorSpec([None], tf.string, name='text')."
            )


def example_inputs(
    endpoints: Endpoints, examples: Mapping[str, Mapping[str, Tensor]]
) -> dict[str, dict[str, tf.Tensor]]:
    """Checks the examples against the signatures; returns them as tensors by endpoint and name."""
    if set(examples) != set(endpoints):
        raise ValueError(
            "export: examples must have an entry for every endpoint. Received examples "
            f"{sorted(examples)}, endpoints {sorted(endpoints)}. Add an example for each endpoint."
        )
    return {
        name: _tensors(name, {spec.name: spec for spec in signature}, examples[name])
        for name, (_, signature) in endpoints.items()
    }


def _tensors(endpoint, specs, example):
    if set(example) != set(specs):
        raise ValueError(
            f"export: the example of {endpoint} must have the inputs {sorted(specs)}. "
            f"Received {sorted(example)}. Pass one array for each input."
        )
    tensors = {}
    for name, spec in specs.items():
        try:
            tensor = tf.convert_to_tensor(example[name], spec.dtype)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"export: {name} in the example of {endpoint} must be {spec.dtype.name}. "
                f"Received {example[name]!r}. Pass an array of that dtype."
            ) from error
        if not spec.shape.is_compatible_with(tensor.shape) or 0 in tensor.shape:
            raise ValueError(
                f"export: {name} in the example of {endpoint} must have shape {spec.shape} and "
                f"at least one row. Received shape {tensor.shape}. Pass one or more rows."
            )
        tensors[name] = tensor
    return tensors


def check_path(path: pathlib.Path) -> None:
    """Raises FileExistsError if the path contains anything other than an older SavedModel."""
    if not os.path.lexists(path):
        return
    names = set(os.listdir(path)) if path.is_dir() else {path.name}
    if "saved_model.pb" not in names or names - PARTS:
        raise FileExistsError(
            "export: path must not exist, or must contain only a SavedModel. "
            f"Received path {path} with {', '.join(sorted(names - PARTS)) or 'no saved_model.pb'}. "
            "Choose another path, or move the existing files."
        )
