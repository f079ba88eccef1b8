"""Exports the network of a model for other runtimes: ONNX and LiteRT."""

import importlib
import json
import os
import pathlib
import warnings
from typing import Any, Literal

import keras
import numpy as np

NETWORK_FILES = {"onnx": "network.onnx", "litert": "network.tflite"}  # usual names
_PACKAGES = {"onnx": ("tf2onnx", "onnx", "onnxruntime"), "litert": ("ai_edge_litert",)}
_HUGE = 1e6  # larger values stand for infinity, as in a masked CRF
_TOLERANCE = 1e-4  # of the largest output: runtimes add in other orders


def export_network(
    model: keras.Model,
    path: str | os.PathLike[str],
    format: Literal["onnx", "litert"],
    *,
    length: int | None = None,
) -> float:
    """Writes a model without its pre- and postprocessing, for a runtime without TensorFlow.

    The file is run in its runtime on random inputs, and kept only if the outputs are those of the
    model. The batch size stays free.

    Args:
        model: keras.Model, functional.
        path: str or path of the file to write, `.onnx` or `.tflite`.
        format: `"onnx"` or `"litert"`.
        length: int or None. Size of all other dimensions that the model leaves free, such as the
            number of time steps. The graph then repeats a step instead of a loop over time. With
            None, dimensions stay free and loops stay loops: LiteRT cannot run them, and ONNX can
            run those of Keras' own layers.

    Returns:
        largest difference of an output, relative to the largest value of this output or to 1;
        values above 1e6, which stand for infinity, only to themselves.

    Raises:
        ImportError: if a package of the extra `onnx` or `litert` is not installed.
        ValueError: if an argument is wrong, the model cannot be converted, or an output differs.
    """
    path = pathlib.Path(path)
    _check(model, path, format, length)
    fixed = model if length is None else with_length(model, length)
    feeds = _inputs(fixed)
    partial = path.with_name(f".partial.{path.name}")
    try:
        try:
            expected = [np.asarray(each) for each in keras.tree.flatten(model(_called(feeds)))]
            fixed(_called(feeds))  # the converter needs a model that was called
            with warnings.catch_warnings(action="ignore", category=FutureWarning):  # of Keras
                fixed.export(partial, format=format, verbose=False)
            found = _run(partial, format, feeds)
        except Exception as error:  # the converters and runtimes raise exceptions of many types
            hint = "Pass another length." if length else "Pass a length, such as 32."
            raise ValueError(
                f"export_network: the model must be convertible to {format} with length {length}. "
                f"Received the error: {' '.join(str(error).split())[:200]} {hint}"
            ) from error
        difference = _difference(expected, found)
        if not difference <= _TOLERANCE:
            raise ValueError(
                f"export_network: the outputs in {format} must be equal to those of the model. "
                f"Received a relative difference of {difference:.2g}, more than {_TOLERANCE}. "
                "Report the model."
            )
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    return difference


def with_length(model: keras.Model, length: int) -> keras.Model:
    """Returns a model with the same weights, a fixed size of free dimensions, and no loops.

    Args:
        model: keras.Model, functional.
        length: int. Size of all free dimensions but the batch size.
    """
    rebuilt = keras.models.model_from_json(json.dumps(_fixed(json.loads(model.to_json()), length)))
    rebuilt.set_weights(model.get_weights())
    _keep_masked_outputs(rebuilt)
    return rebuilt


def _keep_masked_outputs(model):
    """Stops backward layers from setting masked outputs to 0, which Keras does at wrong steps.

    Without a loop, Keras 3.15 does not reverse the mask. What follows ignores masked steps.
    """
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            _keep_masked_outputs(layer)
        elif isinstance(layer, keras.layers.Bidirectional):
            layer.backward_layer.zero_output_for_mask = False


def _fixed(config: Any, length: int) -> Any:
    if isinstance(config, list):
        return [_fixed(each, length) for each in config]
    if not isinstance(config, dict):
        return config
    fixed = {name: _fixed(each, length) for name, each in config.items()}
    if "unroll" in fixed:
        fixed["unroll"] = True
    if fixed.get("class_name") == "__tensor__":
        fixed["class_name"] = "__numpy__"  # the ONNX converter makes inputs of tensors
    if fixed.get("class_name") == "InputLayer":
        batch, *sizes = fixed["config"]["batch_shape"]
        sizes = [length if size is None else size for size in sizes]
        fixed["config"]["batch_shape"] = [batch, *sizes]
    return fixed


def _check(model, path, format, length):
    if format not in NETWORK_FILES:
        raise ValueError(
            f"export_network: format must be one of {', '.join(NETWORK_FILES)}. Received "
            f"{format!r}. Use one of them, or export for a SavedModel."
        )
    ending = pathlib.Path(NETWORK_FILES[format]).suffix
    if path.suffix != ending:
        raise ValueError(
            f"export_network: path must end with {ending}. Received {path}. Rename it."
        )
    if length is not None and length < 1:
        raise ValueError(f"export_network: length must be positive. Received {length}. Use 32.")
    if not getattr(model, "inputs", None):
        raise ValueError(
            "export_network: model must be functional. Received a model without declared inputs. "
            "Pass the part that is a network."
        )
    for package in _PACKAGES[format]:
        try:
            importlib.import_module(package)
        except ImportError as error:
            raise ImportError(
                f"{format} needs the package {package}. Install keras_dl[{format}]."
            ) from error


def _inputs(model):
    """Returns random inputs of two examples, by name; free dimensions have size 5."""
    random, feeds = np.random.default_rng(0), {}
    for each in model.inputs:
        shape = [2, *(5 if size is None else size for size in each.shape[1:])]
        kind = keras.backend.standardize_dtype(each.dtype)
        values = np.ones(shape) if kind == "bool" else random.random(shape)
        if "int" in kind:
            values = random.integers(0, 4, shape)
        feeds[each.name] = values.astype(kind)
    return feeds


def _called(feeds):
    return feeds if len(feeds) > 1 else next(iter(feeds.values()))


def _run(path, format, feeds):
    if format == "onnx":
        import onnxruntime

        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        # Some constants are listed as inputs, too, with a default.
        names = [each.name for each in session.get_inputs() if each.name in feeds]
        return session.run(None, {name: feeds[name] for name in names})
    from ai_edge_litert.interpreter import Interpreter

    outputs = Interpreter(str(path)).get_signature_runner()(**feeds)
    return [outputs[name] for name in sorted(outputs, key=lambda name: (len(name), name))]


def _difference(expected, found):
    if [each.shape for each in expected] != [each.shape for each in found]:
        return np.inf
    return max(_relative(*pair) for pair in zip(expected, found, strict=True))


def _relative(expected, found):
    """Returns the largest difference, relative to the value or the largest ordinary value."""
    sizes = np.abs(expected.astype("float64"))
    ordinary = sizes[sizes < _HUGE].max(initial=1.0)
    return float((np.abs(expected - found.astype("float64")) / np.maximum(sizes, ordinary)).max())
