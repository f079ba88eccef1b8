"""Dense and convolutional networks of a GAN."""

import math
from collections.abc import Sequence
from typing import Literal

import keras

from keras_dl.models.gan import GAN
from keras_dl.models.input_shape import check_input_shape
from keras_dl.models.seeded import seeded


@seeded
def gan(
    input_shape: tuple[int, ...],
    latent_dim: int = 64,
    *,
    units: Sequence[int] = (256, 256),
    filters: Sequence[int] = (),
    output_activation: str | None = "sigmoid",
    objective: Literal["non_saturating", "minimax"] = "non_saturating",
    dropout: float = 0.0,
    seed: int | None = None,
    name: str = "gan",
) -> GAN:
    """Builds a GAN with dense or convolutional networks.

    Dense networks use ReLU in the generator and leaky ReLU in the discriminator. With `filters`,
    the generator has dense layers, then transposed convolutions with batch normalization and ReLU
    that each double height and width. The discriminator has convolutions with the same filters in
    reverse order that each halve height and width, then dense layers. It uses leaky ReLU and no
    normalization.

    Dense layers before convolutions use tanh and no biases, so that opposite noise vectors have
    opposite activations. The noise is symmetric, so each activation has a mean of zero, and the
    first batch normalization scales variation that comes from the noise and not from a constant.
    With ReLU instead, a generator trained on MNIST generates the same image for all noise vectors
    after the first epoch.

    Args:
        input_shape: tuple. Shape of an example; with `filters` `(height, width, channels)`, where
            height and width are multiples of 2 to the power of the number of filters.
        latent_dim: int. Size of a noise vector.
        units: sequence of ints. Sizes of the dense hidden layers of both networks. With filters,
            dense layers model global structure; convolutions only see local patches.
        filters: sequence of ints. Filters of the generator, starting with its smallest feature
            maps.
        output_activation: str or None. Activation of the generator's output.
        objective: `"non_saturating"` or `"minimax"`.
        dropout: float. Dropout rate after each hidden layer of the discriminator.
        seed: int or None. Seed of the initial weights, of the noise and of dropout.
        name: str. Name of the model.

    Returns:
        `GAN`. All layers of the two networks have distinct names.

    Raises:
        ValueError: if a size is not positive, height or width cannot be halved, or `dropout` is
            invalid.

    Reference: Goodfellow et al. 2014, arXiv:1406.2661; Radford, Metz & Chintala 2016,
    arXiv:1511.06434, for convolutions.
    """
    check_input_shape("gan", input_shape, None)
    _check(input_shape, latent_dim, units, filters, dropout)
    if filters:
        generator = _convolutional_generator(
            input_shape, latent_dim, units, filters, output_activation
        )
    else:
        generator = _generator(input_shape, latent_dim, units, output_activation)
    discriminator = _discriminator(input_shape, units, filters, dropout)
    return GAN(generator, discriminator, objective, seed, name=name)


def _generator(input_shape, latent_dim, units, activation):
    values = inputs = keras.Input((latent_dim,), name="noise")
    for index, size in enumerate(units):
        values = keras.layers.Dense(size, "relu", name=f"generator_{index}")(values)
    size = math.prod(input_shape)
    values = keras.layers.Dense(size, activation, dtype="float32", name="made")(values)
    outputs = keras.layers.Reshape(input_shape, dtype="float32", name="shaped")(values)
    return keras.Model(inputs, outputs, name="generator")


def _discriminator(input_shape, units, filters, dropout):
    values = inputs = keras.Input(input_shape, name="examples")
    for index, size in enumerate(reversed(filters)):
        values = keras.layers.Conv2D(
            size, 4, 2, "same", kernel_initializer=_initializer(), name=f"convolution_{index}"
        )(values)
        values = _leaky(values, dropout, f"convolution_{index}")
    values = keras.layers.Flatten(name="flat")(values)
    for index, size in enumerate(reversed(units)):
        values = keras.layers.Dense(size, name=f"discriminator_{index}")(values)
        values = _leaky(values, dropout, f"discriminator_{index}")
    outputs = keras.layers.Dense(1, dtype="float32", name="logit")(values)
    return keras.Model(inputs, outputs, name="discriminator")


def _convolutional_generator(input_shape, latent_dim, units, filters, activation):
    height, width = (side // 2 ** len(filters) for side in input_shape[:2])
    values = inputs = keras.Input((latent_dim,), name="noise")
    for index, size in enumerate(units):
        values = keras.layers.Dense(size, "tanh", use_bias=False, name=f"generator_{index}")(values)
    options = {"use_bias": False, "kernel_initializer": _initializer()}
    values = keras.layers.Dense(height * width * filters[0], name="widened", **options)(values)
    values = keras.layers.Reshape((height, width, filters[0]), name="shaped")(values)
    for index, size in enumerate(filters[1:]):
        values = _normalized(values, f"image_{index}")
        values = keras.layers.Conv2DTranspose(
            size, 4, 2, "same", name=f"transposed_{index}", **options
        )(values)
    values = _normalized(values, f"image_{len(filters) - 1}")
    outputs = keras.layers.Conv2DTranspose(
        input_shape[-1],
        4,
        2,
        "same",
        activation=activation,
        kernel_initializer=_initializer(),
        dtype="float32",
        name="made",
    )(values)
    return keras.Model(inputs, outputs, name="generator")


def _normalized(values, name):
    values = keras.layers.BatchNormalization(name=f"{name}_normalized")(values)
    return keras.layers.ReLU(name=f"{name}_relu")(values)


def _leaky(values, dropout, name):
    values = keras.layers.LeakyReLU(0.2, name=f"{name}_leaky")(values)
    if dropout:
        values = keras.layers.Dropout(dropout, name=f"{name}_dropout")(values)
    return values


def _initializer():
    return keras.initializers.RandomNormal(stddev=0.02)


def _check(input_shape, latent_dim, units, filters, dropout):
    if min([*input_shape, latent_dim, *units, *filters]) < 1:
        raise ValueError(
            "gan: input_shape, latent_dim, units and filters must be positive. Received "
            f"input_shape {tuple(input_shape)}, latent_dim {latent_dim}, units {tuple(units)}, "
            f"filters {tuple(filters)}. Omit layers of size 0."
        )
    if not 0 <= dropout < 1:
        raise ValueError(
            f"gan: dropout must be at least 0 and less than 1. Received {dropout}. Use 0.3, for "
            "example."
        )
    halvings = 2 ** len(filters)
    if filters and (len(input_shape) != 3 or any(side % halvings for side in input_shape[:2])):
        raise ValueError(
            "gan: with filters, input_shape must be (height, width, channels), with height and "
            f"width multiples of {halvings}. Received {tuple(input_shape)}. Use fewer filters, or "
            "pad the images."
        )
