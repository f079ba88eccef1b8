"""Contract checks of the signatures of a SavedModel."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from keras_dl.application.application import Endpoint
from keras_dl.application.errors import ContractError, require

if TYPE_CHECKING:
    import numpy as np

    from keras_dl.typing import Tensor

_Function: TypeAlias = Callable[..., dict[str, "Tensor"]]


def example_outputs(function: _Function, endpoint: Endpoint) -> "dict[str, np.ndarray]":
    """Calls a function on the examples of an endpoint; returns a dict from names to arrays."""
    from keras_dl.export.parity import run_live

    return run_live(function, _examples(endpoint))


def check_empty_batch(name: str, signature: _Function, endpoint: Endpoint) -> None:
    """Checks that a signature of a SavedModel returns no rows if its inputs have none.

    Args:
        name: str. Name of the signature, for messages.
        signature: function of the SavedModel.
        endpoint: the `Endpoint` that was exported as this signature.

    Raises:
        ContractError: if the call fails, or an output whose first dimension is None has rows.
    """
    import tensorflow as tf

    rows = [spec.name for spec in endpoint.signature if _has_rows(spec)]
    if not rows:
        return
    inputs = _examples(endpoint)
    try:
        outputs = signature(**inputs | {each: inputs[each][:0] for each in rows})
    except tf.errors.OpError as error:
        rule = "an empty batch must not fail"
        raise ContractError(f"{rule}. Received {name}: {error}") from error
    for key in _outputs_with_rows(signature):
        found = name, key, outputs[key].shape
        require(len(outputs[key]) == 0, "an empty batch must return no rows", found)


def check_damaged_images(name: str, signature: _Function, endpoint: Endpoint) -> None:
    """Checks that bytes that are no image only lose their own row, whose `is_image` is False.

    Args:
        name: str. Name of the signature, for messages.
        signature: function of the SavedModel. It is checked if it has an input `image_bytes`.
        endpoint: the `Endpoint` that was exported as this signature.

    Raises:
        ContractError: if the call fails, `is_image` is wrong, or another row changes.
    """
    import tensorflow as tf

    rows = [spec.name for spec in endpoint.signature if _has_rows(spec)]
    if "image_bytes" not in rows:
        return
    inputs = _examples(endpoint)
    inputs |= {each: tf.repeat(inputs[each][:1], 5, axis=0) for each in rows}
    image = inputs["image_bytes"][0].numpy()
    damaged = [image, b"", b"no image", image[: len(image) // 2], image]
    good = [0, 4]
    try:
        expected = signature(**inputs)
        outputs = signature(**inputs | {"image_bytes": tf.constant(damaged)})
    except tf.errors.OpError as error:
        rule = "bytes that are no image must not fail"
        raise ContractError(f"{rule}. Received {name}: {error}") from error
    require("is_image" in outputs, "images must have an output is_image", (name, set(outputs)))
    is_image = outputs["is_image"].numpy().tolist()
    right = [row in good for row in range(len(damaged))]
    require(is_image == right, "is_image must tell which rows are images", (name, is_image))
    for key in _outputs_with_rows(signature):
        pair = [tf.gather(each[key], good).numpy() for each in (expected, outputs)]
        require(_equal(*pair), "bytes that are no image must not change other rows", (name, key))


def _examples(endpoint):
    import tensorflow as tf

    return {
        spec.name: tf.convert_to_tensor(endpoint.examples[spec.name], spec.dtype)
        for spec in endpoint.signature
    }


def _has_rows(spec):
    return spec.shape.rank != 0 and spec.shape[0] is None


def _outputs_with_rows(signature):
    return [name for name, spec in signature.structured_outputs.items() if _has_rows(spec)]


def _equal(one, other):
    import numpy as np

    if one.dtype.kind == "f":
        return np.allclose(one, other, rtol=1e-5, atol=1e-5, equal_nan=True)
    return np.array_equal(one, other)
