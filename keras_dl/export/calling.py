"""Calls the signatures of a SavedModel on many rows, in batches."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import tensorflow as tf

from keras_dl.typing import SavedModel, Tensor

_SECONDS_BETWEEN_LINES = 30.0
_VOCABULARY_ROWS = 10_000


def call_in_batches(
    signature: Callable[..., Mapping[str, tf.Tensor]],
    inputs: Mapping[str, Tensor],
    *,
    batch_size: int,
    sizes: Sequence[int] | None = None,
    max_batch_total: int | None = None,
) -> dict[str, np.ndarray]:
    """Calls a signature on batches of rows, and joins the batches of each output into one array.

    Outputs are in the order of the inputs. If axes other than the first differ between batches,
    outputs are padded at the end with zeros or empty strings, as if all rows had been one batch. An
    output that does not have one row per input row is taken from the first batch. Calls that take
    longer than 30 seconds report their progress on stderr.

    Args:
        signature: signature of a SavedModel, or a function with named arguments that returns a
            dict of tensors `(batch, ...)`.
        inputs: dict from input names to lists or arrays of rows. Rows that are lists are padded to
            the longest row in the batch. Scalars are passed to every batch.
        batch_size: int. Maximum number of rows in a batch.
        sizes: int `(rows,)` or None. Size of each row, such as its length. If given, rows of
            similar size share a batch.
        max_batch_total: int or None. Upper limit on (rows in a batch) x (largest size in that
            batch). Only a batch of a single row may exceed it.

    Raises:
        ValueError: if the inputs differ in their number of rows, `batch_size` is less than 1,
            `max_batch_total` is given without `sizes`, or a plain function gets no rows.

    Example:
    >>> double = tf.function(lambda x: {"y": 2 * x})
    >>> call_in_batches(double, {"x": np.arange(5)}, batch_size=2)["y"].tolist()
    [0, 2, 4, 6, 8]
    """
    rows = {name: value for name, value in inputs.items() if not _is_scalar(value)}
    count = _check(rows, batch_size, sizes, max_batch_total)
    if not count:
        return _empty_outputs(signature)
    known: tuple = getattr(signature, "structured_input_signature", ((), {}))
    specs: Mapping[str, tf.TensorSpec] = known[1]
    dtypes = {name: specs[name].dtype if name in specs else None for name in inputs}
    batches, done, reported = [], 0, time.monotonic()
    for indices in _batches(count, batch_size, sizes, max_batch_total):
        picked = {name: _pick(value, indices) for name, value in rows.items()}
        outputs = signature(
            **{name: _tensor(each, dtypes[name]) for name, each in {**inputs, **picked}.items()}
        )
        batches.append((indices, {name: np.asarray(value) for name, value in outputs.items()}))
        done += len(indices)
        if time.monotonic() - reported > _SECONDS_BETWEEN_LINES and done < count:
            reported = time.monotonic()
            print(f"{done:,} of {count:,} rows", file=sys.stderr)
    return {name: _joined(batches, name, count) for name in batches[0][1]}


def read_vocabulary(saved_model: SavedModel) -> tuple[list[str], dict[str, np.ndarray]]:
    """Reads all words from the endpoint `vocabulary` of a SavedModel, and its other outputs.

    The endpoint takes the indices `row`, int32 `(n,)`, and returns their words as `word`, with an
    empty string after the last word. It may have other outputs.

    Args:
        saved_model: object that `load` returned.

    Returns:
        tuple of the list of words and a dict of the other outputs, each an array `(words, ...)`. An
        output that does not have one row per word is returned unchanged.

    Raises:
        ValueError: if the endpoint never returns an empty word.
    """
    words, parts = [], []
    for start in range(0, 2**31 - _VOCABULARY_ROWS, _VOCABULARY_ROWS):
        rows = tf.range(start, start + _VOCABULARY_ROWS)
        outputs = saved_model.signatures["vocabulary"](row=rows)
        parts.append({name: value.numpy() for name, value in outputs.items()})
        part = [word.decode() for word in parts[-1].pop("word") if word]
        words += part
        if len(part) < _VOCABULARY_ROWS:
            return words, {name: _of_words(parts, name, len(words)) for name in parts[0]}
    raise ValueError(
        "read_vocabulary: saved_model must end its vocabulary with an empty word. Received no "
        "empty word. Export an endpoint vocabulary that returns '' after the last word."
    )


def _is_scalar(value: Tensor) -> bool:
    no_rows = isinstance(value, (str, bytes)) or not hasattr(value, "__len__")
    return no_rows or getattr(value, "shape", None) == ()


def _check(
    rows: dict[str, Tensor],
    batch_size: int,
    sizes: Sequence[int] | None,
    max_batch_total: int | None,
) -> int:
    """Returns the number of rows."""
    lengths = {name: len(value) for name, value in rows.items()}
    if sizes is not None:
        lengths["sizes"] = len(sizes)
    if not rows or len(set(lengths.values())) > 1:
        raise ValueError(
            "call_in_batches: inputs, and sizes if given, must have the same number of rows. "
            f"Received {lengths} rows. Pass one row of each input per example."
        )
    if batch_size < 1 or (max_batch_total is not None and sizes is None):
        raise ValueError(
            "call_in_batches: batch_size must be at least 1, and max_batch_total needs sizes. "
            f"Received batch_size {batch_size}, max_batch_total {max_batch_total}, sizes "
            f"{'given' if sizes is not None else None}. Increase batch_size, or pass sizes."
        )
    return next(iter(lengths.values()))


def _batches(
    count: int, batch_size: int, sizes: Sequence[int] | None, max_batch_total: int | None
) -> Iterator[np.ndarray]:
    """Yields the indices of the rows of each batch."""
    order = np.arange(count) if sizes is None else np.argsort(sizes, kind="stable")
    start = 0
    while start < count:
        end = min(start + batch_size, count)
        while (
            sizes is not None
            and max_batch_total is not None
            and end - start > 1
            and (end - start) * sizes[order[end - 1]] > max_batch_total
        ):
            end -= 1
        yield order[start:end]
        start = end


def _pick(rows: Tensor, indices: np.ndarray) -> Tensor:
    if isinstance(rows, np.ndarray):
        return rows[indices]
    return [rows[index] for index in indices]


def _tensor(value: Tensor, dtype: tf.DType | None) -> tf.Tensor:
    if isinstance(value, list) and isinstance(value[0], (list, tuple)):
        return tf.ragged.constant(value, dtype).to_tensor()
    return tf.convert_to_tensor(value, dtype)


def _joined(batches: list, name: str, count: int) -> np.ndarray:
    values = [outputs[name] for _, outputs in batches]
    if any(value.shape[:1] != rows.shape for (rows, _), value in zip(batches, values, strict=True)):
        return values[0]
    shape = np.max([value.shape[1:] for value in values], axis=0).astype(int)
    filler = b"" if values[0].dtype == object else 0
    whole = np.full((count, *shape), filler, values[0].dtype)
    for (indices, _), value in zip(batches, values, strict=True):
        whole[(indices, *map(slice, value.shape[1:]))] = value
    return whole


def _empty_outputs(signature: Callable[..., Mapping[str, tf.Tensor]]) -> dict[str, np.ndarray]:
    specs = getattr(signature, "structured_outputs", None)
    if specs is None:
        raise ValueError(
            "call_in_batches: inputs of a plain function must have at least one row. Received "
            "none. Pass at least one row, or use a signature of a SavedModel."
        )
    return {
        name: np.zeros([side or 0 for side in [0, *spec.shape[1:]]], spec.dtype.as_numpy_dtype)
        for name, spec in specs.items()
    }


def _of_words(parts: list, name: str, count: int) -> np.ndarray:
    first = parts[0][name]
    if first.shape[:1] != (_VOCABULARY_ROWS,):
        return first
    return np.concatenate([part[name] for part in parts])[:count]
