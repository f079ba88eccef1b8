"""Inception v3, in which large convolutions are factorized into small ones."""

import itertools

import keras

from keras_dl.models.input_shape import check_input_shape
from keras_dl.models.seeded import seeded
from keras_dl.models.sizes import check_sizes


@seeded
def inception_v3(
    input_shape: tuple[int, int, int] = (299, 299, 3),
    num_classes: int = 1000,
    *,
    seed: int | None = None,
    name: str = "inception_v3",
) -> keras.Model:
    """Builds Inception v3, with weights in the order of `keras.applications.InceptionV3`.

    Args:
        input_shape: tuple `(height, width, 3)`. Height and width must be at least 75.
        num_classes: int. Number of classes.
        seed: int or None. Seed of the initial weights.
        name: str. Name of the model.

    Returns:
        keras.Model from pixels `(batch, height, width, 3)`, 0 to 255, to float32 logits
        `(batch, num_classes)`: 23,851,784 weights with the default arguments. Its layers include
        `avg_pool`, the mean features, and `predictions`, the logits.

    Raises:
        ValueError: if the images are too small, or there is no class.

    Reference: Szegedy et al. 2016, arXiv:1512.00567, without its auxiliary classifier.
    """
    check_input_shape("inception_v3", input_shape, at_least=75)
    check_sizes("inception_v3", num_classes=num_classes)
    pixels = keras.Input(input_shape, name="pixels")
    net = _Convolutions()
    values = _stem(net, keras.layers.Rescaling(1 / 127.5, offset=-1.0, name="scaled")(pixels))
    for index, pooled in enumerate((32, 64, 64)):
        values = _five_by_five(net, values, pooled, f"mixed{index}")
    values = _smaller_grid(net, values)
    for index, filters in enumerate((128, 160, 160, 192), start=4):
        values = _seven_by_seven(net, values, filters, f"mixed{index}")
    values = _smallest_grid(net, values)
    for index in (9, 10):
        values = _split_three_by_three(net, values, f"mixed{index}")
    values = keras.layers.GlobalAveragePooling2D(name="avg_pool")(values)
    logits = keras.layers.Dense(num_classes, dtype="float32", name="predictions")(values)
    return keras.Model(pixels, logits, name=name)


class _Convolutions:
    """Convolution, batch normalization without scale, and ReLU, numbered in order of creation."""

    def __init__(self):
        self._numbers = itertools.count()

    def __call__(self, values, filters, size, strides=1, padding="same"):
        number = next(self._numbers)
        values = keras.layers.Conv2D(
            filters, size, strides, padding, use_bias=False, name=f"conv_{number}"
        )(values)
        values = keras.layers.BatchNormalization(scale=False, name=f"norm_{number}")(values)
        return keras.layers.Activation("relu", name=f"relu_{number}")(values)

    def chain(self, values, *steps):
        """Applies convolutions in sequence, each with its filters and size."""
        for filters, size in steps:
            values = self(values, filters, size)
        return values


def _stem(net, values):
    values = net(values, 32, 3, strides=2, padding="valid")
    values = net(values, 32, 3, padding="valid")
    values = net(values, 64, 3)
    values = keras.layers.MaxPooling2D(3, 2, name="pool_1")(values)
    values = net(values, 80, 1, padding="valid")
    values = net(values, 192, 3, padding="valid")
    return keras.layers.MaxPooling2D(3, 2, name="pool_2")(values)


def _five_by_five(net, values, pooled, name):
    parts = [
        net(values, 64, 1),
        net.chain(values, (48, 1), (64, 5)),
        net.chain(values, (64, 1), (96, 3), (96, 3)),
        net(_averaged(values, name), pooled, 1),
    ]
    return keras.layers.Concatenate(name=name)(parts)


def _smaller_grid(net, values):
    parts = [
        net(values, 384, 3, strides=2, padding="valid"),
        net(net.chain(values, (64, 1), (96, 3)), 96, 3, strides=2, padding="valid"),
        keras.layers.MaxPooling2D(3, 2, name="mixed3_pool")(values),
    ]
    return keras.layers.Concatenate(name="mixed3")(parts)


def _seven_by_seven(net, values, filters, name):
    wide, high = (1, 7), (7, 1)
    twice = [(filters, 1), (filters, high), (filters, wide), (filters, high), (192, wide)]
    parts = [
        net(values, 192, 1),
        net.chain(values, (filters, 1), (filters, wide), (192, high)),
        net.chain(values, *twice),
        net(_averaged(values, name), 192, 1),
    ]
    return keras.layers.Concatenate(name=name)(parts)


def _smallest_grid(net, values):
    parts = [
        net(net(values, 192, 1), 320, 3, strides=2, padding="valid"),
        net(
            net.chain(values, (192, 1), (192, (1, 7)), (192, (7, 1))),
            192,
            3,
            strides=2,
            padding="valid",
        ),
        keras.layers.MaxPooling2D(3, 2, name="mixed8_pool")(values),
    ]
    return keras.layers.Concatenate(name="mixed8")(parts)


def _split_three_by_three(net, values, name):
    one = net(values, 320, 1)
    three = net(values, 384, 1)
    three = _split(net, three, f"{name}_0")
    twice = _split(net, net.chain(values, (448, 1), (384, 3)), f"{name}_1")
    pooled = net(_averaged(values, name), 192, 1)
    return keras.layers.Concatenate(name=name)([one, three, twice, pooled])


def _split(net, values, name):
    # Its depth determines the order of the weights, as in keras.applications.
    return keras.layers.Concatenate(name=name)([net(values, 384, (1, 3)), net(values, 384, (3, 1))])


def _averaged(values, name):
    return keras.layers.AveragePooling2D(3, 1, padding="same", name=f"{name}_pool")(values)
