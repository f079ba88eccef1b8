"""SqueezeNet 1.1, a small network of Fire modules."""

import keras

from keras_dl.layers.caffe_preprocessing import CaffePreprocessing
from keras_dl.models.input_shape import check_input_shape
from keras_dl.models.seeded import seeded
from keras_dl.models.sizes import check_sizes

# Filters of the squeeze layer and of each expand layer; None is a pooling layer.
_FIRE_MODULES = {
    "fire2": (16, 64),
    "fire3": (16, 64),
    "pool3": None,
    "fire4": (32, 128),
    "fire5": (32, 128),
    "pool5": None,
    "fire6": (48, 192),
    "fire7": (48, 192),
    "fire8": (64, 256),
    "fire9": (64, 256),
}


@seeded
def squeezenet(
    input_shape: tuple[int, int, int] = (227, 227, 3),
    num_classes: int = 1000,
    *,
    seed: int | None = None,
    name: str = "squeezenet",
) -> keras.Model:
    """Builds SqueezeNet 1.1, which classifies ImageNet like AlexNet with a fiftieth of its weights.

    A Fire module squeezes the channels with 1 x 1 convolutions, and expands them with 1 x 1 and
    3 x 3 convolutions side by side.

    Args:
        input_shape: tuple `(height, width, 3)`. Height and width must be at least 31.
        num_classes: int. Number of classes.
        seed: int or None. Seed of the initial weights.
        name: str. Name of the model.

    Returns:
        keras.Model from pixels `(batch, height, width, 3)`, 0 to 255, in RGB order, to float32
        logits `(batch, num_classes)`, which are at least 0: 1,235,496 weights with the default
        arguments. Its layers include `conv1`, and `fire2` to `fire9`, the outputs of the modules.

    Raises:
        ValueError: if the images are too small, or there is no class.

    Reference: Iandola et al. 2016, arXiv:1602.07360; version 1.1 is from the authors' repository.
    """
    check_input_shape("squeezenet", input_shape, at_least=31)
    check_sizes("squeezenet", num_classes=num_classes)
    pixels = keras.Input(input_shape, name="pixels")
    values = CaffePreprocessing(name="centered")(pixels)
    values = keras.layers.Conv2D(64, 3, 2, activation="relu", name="conv1")(values)
    values = keras.layers.MaxPooling2D(3, 2, name="pool1")(values)
    for module, filters in _FIRE_MODULES.items():
        if filters is None:
            values = keras.layers.MaxPooling2D(3, 2, name=module)(values)
        else:
            values = _fire(values, *filters, module)
    values = keras.layers.Dropout(0.5, name="dropout")(values)
    values = keras.layers.Conv2D(num_classes, 1, activation="relu", name="conv10")(values)
    logits = keras.layers.GlobalAveragePooling2D(dtype="float32", name="predictions")(values)
    return keras.Model(pixels, logits, name=name)


def _fire(values, squeezed, expanded, name):
    def convolution(size, filters, part):
        return keras.layers.Conv2D(
            filters, size, padding="same", activation="relu", name=f"{name}_{part}"
        )

    values = convolution(1, squeezed, "squeeze1x1")(values)
    sides = [convolution(size, expanded, f"expand{size}x{size}")(values) for size in (1, 3)]
    return keras.layers.Concatenate(name=name)(sides)
