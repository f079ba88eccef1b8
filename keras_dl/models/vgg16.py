"""VGG-16, a deep network of 3 x 3 convolutions."""

import keras

from keras_dl.layers.caffe_preprocessing import CaffePreprocessing
from keras_dl.models.input_shape import check_input_shape
from keras_dl.models.seeded import seeded
from keras_dl.models.sizes import check_sizes


@seeded
def vgg16(
    input_shape: tuple[int, int, int] = (224, 224, 3),
    num_classes: int = 1000,
    *,
    seed: int | None = None,
    name: str = "vgg16",
) -> keras.Model:
    """Builds VGG-16, configuration D of the paper.

    The layers have the names and shapes of `keras.applications.VGG16`, so weights saved from it can
    be loaded.

    Args:
        input_shape: tuple `(height, width, 3)`. Height and width must be at least 32.
        num_classes: int. Number of classes.
        seed: int or None. Seed of the initial weights.
        name: str. Name of the model.

    Returns:
        keras.Model from pixels `(batch, height, width, 3)`, 0 to 255, in RGB order, to float32
        logits `(batch, num_classes)`: 138,357,544 weights with the default arguments. Its layers
        include `block5_pool`, the features, and `predictions`, the logits.

    Raises:
        ValueError: if the images are too small, or there is no class.

    Reference: Simonyan & Zisserman 2015, arXiv:1409.1556.
    """
    check_input_shape("vgg16", input_shape, at_least=32)
    check_sizes("vgg16", num_classes=num_classes)
    pixels = keras.Input(input_shape, name="pixels")
    values = CaffePreprocessing(name="centered")(pixels)
    for block, (filters, count) in enumerate(
        ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)), start=1
    ):
        for index in range(1, count + 1):
            values = keras.layers.Conv2D(
                filters, 3, padding="same", activation="relu", name=f"block{block}_conv{index}"
            )(values)
        values = keras.layers.MaxPooling2D(name=f"block{block}_pool")(values)
    values = keras.layers.Flatten(name="flatten")(values)
    for index in (1, 2):
        values = keras.layers.Dense(4096, "relu", name=f"fc{index}")(values)
    logits = keras.layers.Dense(num_classes, dtype="float32", name="predictions")(values)
    return keras.Model(pixels, logits, name=name)
