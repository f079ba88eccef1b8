"""Feed-forward network of dense layers."""

from collections.abc import Sequence

import keras

from keras_dl.models.input_shape import check_input_shape
from keras_dl.models.seeded import seeded


@seeded
def feed_forward(
    input_shape: tuple[int, int, int] = (28, 28, 1),
    num_classes: int = 10,
    *,
    units: Sequence[int] = (800,),
    activation: str = "relu",
    dropout: float = 0.0,
    seed: int | None = None,
    name: str = "feed_forward",
) -> keras.Model:
    """Builds a deep feed-forward network for images.

    Args:
        input_shape: tuple `(height, width, channels)`.
        num_classes: int. Number of classes.
        units: sequence of ints. Sizes of the hidden layers, starting at the input; may be empty.
        activation: str. Activation of the hidden layers.
        dropout: float. Dropout rate of each hidden layer.
        seed: int or None. Seed of the initial weights and of dropout.
        name: str. Name of the model.

    Returns:
        keras.Model from pixels `(batch, height, width, channels)`, 0 to 255, to float32 logits
        `(batch, num_classes)`. By default, the layers have 784, 800 and 10 units, with 636,010
        weights. Its layers include `hidden_0`, `hidden_1` and so on, and `logits`.

    Raises:
        ValueError: if a size is not positive.
    """
    check_input_shape("feed_forward", input_shape)
    if min([num_classes, *units]) < 1:
        raise ValueError(
            "feed_forward: units and num_classes must be positive. Received units "
            f"{tuple(units)}, num_classes {num_classes}. Omit layers with zero units, and pass at "
            "least one class."
        )
    pixels = keras.Input(input_shape, name="pixels")
    values = keras.layers.Rescaling(1 / 255, name="scaled")(pixels)
    values = keras.layers.Flatten(name="flat")(values)
    for index, size in enumerate(units):
        values = keras.layers.Dense(size, activation, name=f"hidden_{index}")(values)
        if dropout:
            values = keras.layers.Dropout(dropout, name=f"dropout_{index}")(values)
    logits = keras.layers.Dense(num_classes, dtype="float32", name="logits")(values)
    return keras.Model(pixels, logits, name=name)
