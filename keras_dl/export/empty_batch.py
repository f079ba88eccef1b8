"""Calls the functions of a SavedModel with at least one row."""

from collections.abc import Callable, Sequence

import tensorflow as tf


def padded_if_empty(
    function: Callable[..., dict[str, tf.Tensor]], signature: Sequence[tf.TensorSpec]
) -> Callable[..., dict[str, tf.Tensor]]:
    """Returns a function that never calls `function` with an empty batch.

    Some fused kernels of TensorFlow, such as convolutions on CPUs, fail without rows. If all inputs
    are empty, a row of zeros or empty strings is added, and removed from the outputs. Inputs and
    outputs have rows if their first dimension is None. Batches with rows remain unchanged.

    Args:
        function: function that takes tensors by the names in `signature`.
        signature: list of named `tf.TensorSpec`.

    Returns:
        function that takes the tensors in the order of `signature`.
    """

    def call(*tensors):
        inputs = {spec.name: each for spec, each in zip(signature, tensors, strict=True)}
        with_rows = [spec.name for spec in signature if _has_rows(spec)]
        if not with_rows:
            return function(**inputs)
        rows = tf.add_n([tf.shape(inputs[name])[0] for name in with_rows])
        added = tf.cast(tf.equal(rows, 0), "int32")
        for name in with_rows:
            inputs[name] = _with_rows(inputs[name], added)
        return tf.nest.map_structure(lambda each: _without_rows(each, added), function(**inputs))

    return call


def _has_rows(spec):
    return bool(spec.shape.rank) and spec.shape[0] is None


def _with_rows(tensor, added):
    paddings = [[0, added]] + [[0, 0]] * (tensor.shape.rank - 1)
    return tf.ensure_shape(tf.pad(tensor, paddings), tensor.shape)


def _without_rows(output, added):
    if tf.is_tensor(output) and _has_rows(output):
        return output[: tf.shape(output)[0] - added]
    return output
