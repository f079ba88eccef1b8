"""LeNet-5, in a modern form and in the original form from 1998."""

from typing import Literal

import keras
import numpy as np

from keras_dl.layers.euclidean_rbf import EuclideanRBF
from keras_dl.layers.partially_connected_conv import PartiallyConnectedConv2D
from keras_dl.layers.trainable_subsampling import TrainableSubsampling2D
from keras_dl.models.input_shape import check_input_shape
from keras_dl.models.seeded import seeded
from keras_dl.models.sizes import check_sizes

# For each of the sixteen maps of C3, the maps of S2, out of six, that are its inputs.
_CONNECTIONS = [
    *([(start + step) % 6 for step in range(3)] for start in range(6)),
    *([(start + step) % 6 for step in range(4)] for start in range(6)),
    [0, 1, 3, 4],
    [1, 2, 4, 5],
    [0, 2, 3, 5],
    [0, 1, 2, 3, 4, 5],
]
# The segments of a digit of 7 x 12 pixels, by rows and columns, and the segments of each digit.
_SEGMENTS = {
    "a": (slice(1, 3), slice(1, 6)),
    "b": (slice(1, 7), slice(4, 6)),
    "c": (slice(5, 11), slice(4, 6)),
    "d": (slice(9, 11), slice(1, 6)),
    "e": (slice(5, 11), slice(1, 3)),
    "f": (slice(1, 7), slice(1, 3)),
    "g": (slice(5, 7), slice(1, 6)),
}
_DIGITS = ["abcdef", "bc", "abdeg", "abcdg", "bcfg", "acdfg", "acdefg", "abc", "abcdefg", "abcdfg"]


@seeded
def lenet5(
    input_shape: tuple[int, int, int] = (32, 32, 1),
    num_classes: int = 10,
    *,
    form: Literal["modern", "1998"] = "modern",
    seed: int | None = None,
    name: str = "lenet5",
) -> keras.Model:
    """Builds LeNet-5.

    `"modern"` uses ReLU, max pooling, convolutions over all channels and a linear output layer. It
    has 61,706 weights.
    `"1998"` follows the paper with scaled tanh, trainable subsampling, a table of connections and
    distances to fixed images of the ten digits: 60,000 trainable weights.

    Args:
        input_shape: tuple `(height, width, channels)`. Height and width must be at least 16. For
            `"1998"`, the shape must be (32, 32, 1).
        num_classes: int. Number of classes. For `"1998"`, it must be 10.
        form: `"modern"` or `"1998"`.
        seed: int or None. Seed of the initial weights.
        name: str. Name of the model.

    Returns:
        keras.Model from pixels `(batch, height, width, channels)`, 0 to 255, to float32 logits
        `(batch, num_classes)`. Pad digits of 28 x 28 pixels with 2 pixels on each side. The last
        layer is named `logits` (modern) or `output` (1998).

    Raises:
        ValueError: if `form` is unknown or does not support the sizes.

    Reference: LeCun et al. 1998, "Gradient-Based Learning Applied to Document Recognition", section
    II.B. Two things differ from the paper: the bitmaps of the ten digits are not the original
    ones, and the outputs are logits for a softmax.
    """
    if form not in ("modern", "1998"):
        raise ValueError(
            f"lenet5: form must be modern or 1998. Received form {form!r}. Choose one of them."
        )
    check_input_shape("lenet5", input_shape, at_least=16)
    check_sizes("lenet5", num_classes=num_classes)
    if form == "1998" and (tuple(input_shape) != (32, 32, 1) or num_classes != 10):
        raise ValueError(
            "lenet5: with form 1998, input_shape must be (32, 32, 1) and num_classes 10. Received "
            f"input_shape {tuple(input_shape)}, num_classes {num_classes}. Use the modern form."
        )
    pixels = keras.Input(input_shape, name="pixels")
    logits = _modern(pixels, num_classes) if form == "modern" else _of_1998(pixels)
    return keras.Model(pixels, logits, name=name)


def _modern(pixels, num_classes):
    values = keras.layers.Rescaling(1 / 255, name="scaled")(pixels)
    for index, filters in enumerate((6, 16)):
        values = keras.layers.Conv2D(filters, 5, activation="relu", name=f"conv_{index}")(values)
        values = keras.layers.MaxPooling2D(name=f"pool_{index}")(values)
    values = keras.layers.Flatten(name="flat")(values)
    for index, units in enumerate((120, 84)):
        values = keras.layers.Dense(units, "relu", name=f"hidden_{index}")(values)
    return keras.layers.Dense(num_classes, dtype="float32", name="logits")(values)


def _of_1998(pixels):
    # Paper becomes -0.1 and ink 1.175, so that the mean is about 0 and the variance about 1.
    values = keras.layers.Rescaling(1.275 / 255, offset=-0.1, name="scaled")(pixels)
    values = keras.layers.Conv2D(6, 5, name="c1")(values)
    values = TrainableSubsampling2D(name="s2")(_squashed(values, "c1"))
    values = PartiallyConnectedConv2D(_CONNECTIONS, 5, name="c3")(_squashed(values, "s2"))
    values = TrainableSubsampling2D(name="s4")(_squashed(values, "c3"))
    values = keras.layers.Conv2D(120, 5, name="c5")(_squashed(values, "s4"))
    values = keras.layers.Flatten(name="flat")(_squashed(values, "c5"))
    values = keras.layers.Dense(84, name="f6")(values)
    return EuclideanRBF(_bitmaps(), name="output")(_squashed(values, "f6"))


def _squashed(values, name):
    """Applies the paper's `A tanh(S a)`, with A = 1.7159 and S = 2/3, which keeps -1 and 1."""
    values = keras.layers.Rescaling(2 / 3, name=f"{name}_scaled")(values)
    values = keras.layers.Activation("tanh", name=f"{name}_tanh")(values)
    return keras.layers.Rescaling(1.7159, name=f"{name}_squashed")(values)


def _bitmaps():
    """Returns images of the ten digits, 7 x 12 pixels of -1 and 1: float `(10, 84)`."""
    bitmaps = np.full((10, 12, 7), -1.0)
    for bitmap, segments in zip(bitmaps, _DIGITS, strict=True):
        for segment in segments:
            bitmap[_SEGMENTS[segment]] = 1.0
    return bitmaps.reshape(10, 84)
