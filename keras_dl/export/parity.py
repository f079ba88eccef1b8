"""Compares the outputs of a reloaded SavedModel with the outputs of the original functions."""

import os
import pathlib
import subprocess
import sys
from collections.abc import Callable, Mapping

import numpy as np
import tensorflow as tf
from tensorflow.core.framework.tensor_pb2 import TensorProto

RELOAD = pathlib.Path(__file__).with_name("reload.py")


def run_live(
    function: Callable[..., dict[str, tf.Tensor]], tensors: Mapping[str, tf.Tensor]
) -> dict[str, np.ndarray]:
    """Runs a function on the CPU and returns its outputs as a dict of arrays."""
    # Traces again, for the shapes of the example: state frozen in the exported trace then differs.
    with tf.device("CPU:0"):
        traced = tf.function(function, autograph=False).get_concrete_function(**tensors)
        outputs = traced(**tensors)
    return {name: _array(_serialized(tensor)) for name, tensor in outputs.items()}


def run_reloaded(
    path: pathlib.Path, inputs: Mapping[str, Mapping[str, tf.Tensor]], directory: pathlib.Path
) -> dict[str, dict[str, np.ndarray]]:
    """Runs a SavedModel in another process and returns its outputs.

    Args:
        path: pathlib.Path of the SavedModel.
        inputs: dict from endpoints to dicts of tensors.
        directory: pathlib.Path of a directory for temporary files.

    Returns:
        dict from endpoints to dicts of arrays.

    Raises:
        ValueError: if the process fails.
    """
    stored = {
        f"{endpoint}/{name}": _serialized(tensor)
        for endpoint, tensors in inputs.items()
        for name, tensor in tensors.items()
    }
    np.savez(directory / "inputs.npz", **stored)
    result = subprocess.run(
        [sys.executable, "-I", RELOAD, path, directory / "inputs.npz", directory / "outputs.npz"],
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1"},
        capture_output=True,
        text=True,
    )
    if result.returncode:
        raise ValueError(
            "export: the SavedModel must run in a separate process. Received exit code "
            f"{result.returncode}. Read its error output:\n{result.stderr[-1000:]}"
        )
    outputs: dict[str, dict[str, np.ndarray]] = {endpoint: {} for endpoint in inputs}
    with np.load(directory / "outputs.npz") as arrays:
        for key, serialized in arrays.items():
            endpoint, name = key.split("/")
            outputs[endpoint][name] = _array(serialized)
    return outputs


def compare(
    endpoint: str,
    live: Mapping[str, np.ndarray],
    reloaded: Mapping[str, np.ndarray],
    tolerance: float,
) -> None:
    """Raises ValueError if an output of an endpoint differs between two dicts of arrays."""
    for name, expected in live.items():
        difference = _difference(expected, reloaded[name], tolerance)
        if difference:
            raise ValueError(
                "export: the reloaded model must return the same outputs as the live functions. "
                f"Received endpoint {endpoint}, output {name}: {difference}. Look for Python state "
                "that the function reads, because the export freezes it."
            )


def _difference(expected, found, tolerance):
    """Describes how two arrays differ; empty if they do not."""
    if (expected.dtype, expected.shape) != (found.dtype, found.shape):
        return f"{found.dtype} {found.shape} instead of {expected.dtype} {expected.shape}"
    if expected.dtype.kind in "biuOS":
        unequal = np.count_nonzero(expected != found)
        return f"{unequal} of {expected.size} values differ" if unequal else ""
    expected, found = expected.astype("float64"), found.astype("float64")
    wrong = ~np.isclose(found, expected, tolerance, tolerance, equal_nan=True)
    with np.errstate(invalid="ignore"):
        differences = np.abs(found - expected)
    return f"largest difference {differences[wrong].max():.3g}" if wrong.any() else ""


def _serialized(tensor):
    return np.frombuffer(tf.io.serialize_tensor(tensor).numpy(), "uint8")


def _array(serialized):
    return tf.make_ndarray(TensorProto.FromString(serialized.tobytes()))
