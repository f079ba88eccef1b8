"""AlexNet, with grouped convolutions as in the original version for two GPUs."""

import keras

from keras_dl.layers.caffe_preprocessing import CaffePreprocessing
from keras_dl.layers.local_response_normalization import LocalResponseNormalization
from keras_dl.models.input_shape import check_input_shape
from keras_dl.models.seeded import seeded
from keras_dl.models.sizes import check_sizes


@seeded
def alexnet(
    input_shape: tuple[int, int, int] = (227, 227, 3),
    num_classes: int = 1000,
    *,
    dropout: float = 0.5,
    seed: int | None = None,
    name: str = "alexnet",
) -> keras.Model:
    """Builds AlexNet, with two groups in the second, fourth and fifth convolutions.

    Args:
        input_shape: tuple `(height, width, 3)`. Height and width must be at least 67.
        num_classes: int. Number of classes.
        dropout: float. Dropout rate of both hidden layers.
        seed: int or None. Seed of the initial weights and of dropout.
        name: str. Name of the model.

    Returns:
        keras.Model from pixels `(batch, height, width, 3)`, 0 to 255, to float32 logits
        `(batch, num_classes)`: 60,965,224 weights with the default arguments. Its layers include
        `pool_5`, the features, and `logits`.

    Raises:
        ValueError: if the images are too small, or there is no class.

    Reference: Krizhevsky et al. 2012, "ImageNet Classification with Deep Convolutional Neural
    Networks". Its layer sizes need 227 pixels, although the paper states 224.
    """
    check_input_shape("alexnet", input_shape, at_least=67)
    check_sizes("alexnet", num_classes=num_classes)
    pixels = keras.Input(input_shape, name="pixels")
    values = CaffePreprocessing(name="centered")(pixels)
    values = _convolution(values, 96, 11, "conv_1", strides=4, padding="valid")
    values = _pooled(LocalResponseNormalization(name="response_1")(values), "pool_1")
    values = _convolution(values, 256, 5, "conv_2", groups=2)
    values = _pooled(LocalResponseNormalization(name="response_2")(values), "pool_2")
    values = _convolution(values, 384, 3, "conv_3")
    values = _convolution(values, 384, 3, "conv_4", groups=2)
    values = _convolution(values, 256, 3, "conv_5", groups=2)
    values = keras.layers.Flatten(name="flat")(_pooled(values, "pool_5"))
    for index in (6, 7):
        values = keras.layers.Dense(4096, "relu", name=f"hidden_{index}")(values)
        values = keras.layers.Dropout(dropout, name=f"dropout_{index}")(values)
    logits = keras.layers.Dense(num_classes, dtype="float32", name="logits")(values)
    return keras.Model(pixels, logits, name=name)


def _convolution(values, filters, size, name, padding="same", **options):
    return keras.layers.Conv2D(
        filters, size, padding=padding, activation="relu", name=name, **options
    )(values)


def _pooled(values, name):
    return keras.layers.MaxPooling2D(3, 2, name=name)(values)
