"""Exports a model with its preprocessing and postprocessing as a SavedModel, and loads it."""

import concurrent.futures
import math
import os
import pathlib
import shutil
import zlib
from collections.abc import Mapping

import keras
import tensorflow as tf

from keras_dl.export.arguments import (
    Endpoints,
    check_endpoints,
    check_model,
    check_path,
    example_inputs,
)
from keras_dl.export.directory import replace_directory
from keras_dl.export.empty_batch import padded_if_empty
from keras_dl.export.parity import compare, run_live, run_reloaded
from keras_dl.typing import SavedModel, Tensor

_CHECKSUM = "saved_model.crc32"


def export(
    model: keras.Model,
    path: str | os.PathLike[str],
    endpoints: Endpoints,
    examples: Mapping[str, Mapping[str, Tensor]],
    *,
    half_precision: bool = False,
    tolerance: float = 1e-5,
    extras: Mapping[str, str] | None = None,
) -> None:
    """Writes a SavedModel, and keeps it only if it returns the same outputs as the functions.

    The new SavedModel is written next to `path`, loaded with plain TensorFlow in another process,
    and run on the examples. If its outputs match the functions, it replaces an older SavedModel at
    `path` in one step. Otherwise it is deleted. Only `kill -9` may leave a directory
    `.<name>.partial` next to `path`, which the next export replaces. Only one export at a time may
    write to a path. For the comparison, the functions and the SavedModel both run on the CPU.

    The SavedModel returns empty outputs for empty inputs. To this end it calls the function with
    one row of zeros or empty strings, and removes this row from each output whose first dimension
    is None. The function must not fail for such a row.

    Args:
        model: keras.Model that the functions use. Lookup tables must be attributes of the model or
            of its layers. Variables that the functions use are tracked automatically.
        path: str or path of the directory to write.
        endpoints: dict from the name of an endpoint to a pair of a function and its signature,
            a list of named `tf.TensorSpec`. The function takes tensors by these names and returns
            a dict of tensors. `"serving_default"` is required.
        examples: dict from the name of each endpoint to a dict of its raw inputs: arrays or lists
            by name, with at least one row each.
        half_precision: bool. Whether to store the float32 weights as float16, in half the space.
            The SavedModel computes in float32 with the rounded weights.
        tolerance: float. Absolute and relative tolerance for the difference of float outputs.
        extras: dict from file names to text. The files are written to the directory `assets.extra`
            of the SavedModel, which TensorFlow ignores. The file `saved_model.crc32` in it contains
            the checksum of the graph, which `load` checks.

    Raises:
        TypeError: if `model` is not a Keras model.
        ValueError: if an argument is invalid, the SavedModel does not run in another process, or an
            output differs. The message names the endpoint, the output and the largest difference.
        FileExistsError: if `path` contains anything that is not part of a SavedModel.
    """
    path = pathlib.Path(path).resolve()  # a link to a directory stays a link
    check_model(model)
    check_endpoints(endpoints)
    inputs = example_inputs(endpoints, examples)
    check_path(path)
    if half_precision:
        endpoints = _with_half_precision(model, endpoints)
    directory = path.with_name(f".{path.name}.partial")
    if directory.exists():
        shutil.rmtree(directory)
    directory.mkdir(parents=True)
    try:
        _write(model, endpoints, directory / "new")
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            reloaded = pool.submit(run_reloaded, directory / "new", inputs, directory)
            live = {name: run_live(each, inputs[name]) for name, (each, _) in endpoints.items()}
        for name in endpoints:
            compare(name, live[name], reloaded.result()[name], tolerance)
        checksum = str(_crc32(directory / "new"))
        (directory / "new" / "assets.extra").mkdir(exist_ok=True)
        for name, text in {**(extras or {}), _CHECKSUM: checksum}.items():
            (directory / "new" / "assets.extra" / name).write_text(text, "utf-8")
        replace_directory(directory / "new", path)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def load(path: str | os.PathLike[str]) -> SavedModel:
    """Loads a SavedModel; `load(path).signatures[endpoint](**inputs)` returns a dict of tensors.

    Args:
        path: str or path of the directory that `export` wrote.

    Returns:
        object that `tf.saved_model.load` returns.

    Raises:
        FileNotFoundError: if there is no SavedModel at `path`.
        ValueError: if the graph does not match its checksum. TensorFlow checks the weights itself.
    """
    if not (pathlib.Path(path) / "saved_model.pb").is_file():
        raise FileNotFoundError(
            f"load: path must be a directory with a saved_model.pb. Received path {path}. "
            "Write one with `python -m apps NAME export`, or keras_dl.export.export."
        )
    checksum = pathlib.Path(path, "assets.extra", _CHECKSUM)
    if checksum.exists() and checksum.read_text("utf-8").strip() != str(_crc32(path)):
        raise ValueError(
            f"load: saved_model.pb must match its checksum. Received path {path}, where it does "
            "not. Export the model again."
        )
    return tf.saved_model.load(str(path))


def read_weights(path: str | os.PathLike[str], model: keras.Model) -> None:
    """Loads the weights of a SavedModel into a model.

    Weights are matched by their paths. Weights that no signature uses are left unchanged.

    Args:
        path: str or path of the SavedModel.
        model: built keras.Model, the one that was exported.

    Raises:
        ValueError: if the model has no weight with the path and size of a weight in the SavedModel,
            or if its weight paths are not unique.
    """
    loaded = load(path)  # which keeps the variables alive
    signatures = loaded.signatures.values()
    variables = {each.name.partition(":")[0]: each for one in signatures for each in one.variables}
    weights = {weight.path: weight for weight in model.variables}
    if len(weights) < len(model.variables):
        raise ValueError(
            f"read_weights: model must have weights with unique paths. Received {model.name} with "
            "equal paths. Give the layers different names."
        )
    for name, variable in variables.items():
        if name not in weights or (math.prod(weights[name].shape) != variable.shape.num_elements()):
            raise ValueError(
                f"read_weights: model must have the weights of {path}. Received {model.name}, "
                f"without {name} of shape {variable.shape}. Use the model that was exported."
            )
        value = tf.cast(variable, weights[name].dtype)
        weights[name].assign(tf.reshape(value, weights[name].shape))


def _crc32(path):
    """Returns the checksum of the graph of a SavedModel, including its vocabularies."""
    return zlib.crc32(pathlib.Path(path, "saved_model.pb").read_bytes())


def _with_half_precision(model, endpoints):
    """Returns endpoints that read float16 copies of the float32 weights."""
    weights = [each for each in model.variables if each.dtype == "float32"]
    halves = [tf.Variable(tf.cast(each.value, "float16"), name=each.path) for each in weights]

    def reading_halves(function):
        def call(**tensors):
            values = [tf.cast(each, "float32") for each in halves]
            with keras.StatelessScope(state_mapping=list(zip(weights, values, strict=True))):
                return function(**tensors)

        return call

    return {
        name: (reading_halves(function), signature)
        for name, (function, signature) in endpoints.items()
    }


def _write(model, endpoints, path):
    archive = keras.export.ExportArchive()
    # A module around the model tracks its lookup tables. Tracking the model itself would store all
    # its weights a second time, in addition to those that the endpoints use.
    holder = tf.Module()
    holder.model = model
    archive.track(holder)
    for name, (function, signature) in endpoints.items():
        endpoint = archive.add_endpoint(name, padded_if_empty(function, signature), list(signature))
        outputs = endpoint.get_concrete_function().structured_outputs
        if not isinstance(outputs, dict) or not all(map(tf.is_tensor, outputs.values())):
            raise ValueError(
                f"export: the function of {name} must return a dict of tensors. "
                f"Received {outputs}. Give each output a name."
            )
    try:
        archive.write_out(path, verbose=False)
    except AssertionError as error:
        raise ValueError(
            "export: lookup tables must be attributes of the model. Received a function with a "
            "table that is not an attribute. Set model.table = table before the export."
            f"\n{error}"
        ) from error
