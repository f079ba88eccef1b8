"""Dense and convolutional networks of a variational autoencoder."""

import math
from collections.abc import Sequence

import keras

from keras_dl.models.input_shape import check_input_shape
from keras_dl.models.seeded import seeded
from keras_dl.models.vae import VariationalAutoencoder


@seeded
def variational_autoencoder(
    input_shape: tuple[int, ...],
    latent_dim: int,
    *,
    units: Sequence[int] = (200, 200),
    filters: Sequence[int] = (),
    activation: str = "tanh",
    seed: int | None = None,
    name: str = "variational_autoencoder",
) -> VariationalAutoencoder:
    """Builds a variational autoencoder of dense layers, optionally on top of convolutions.

    The decoder mirrors the encoder. Each 3 x 3 convolution halves height and width.

    Args:
        input_shape: tuple. Shape of an example; with `filters` `(height, width, channels)`, where
            height and width are multiples of 2 to the power of the number of filters.
        latent_dim: int. Size of the latent vector.
        units: sequence of ints. Sizes of the dense layers of the encoder, starting at the input.
        filters: sequence of ints. Filters of the convolutions before the dense layers.
        activation: str. Activation of all hidden layers.
        seed: int or None. Seed of the initial weights and of the sampling.
        name: str. Name of the model.

    Returns:
        `VariationalAutoencoder`. The last layers of its encoder are `mean` and `log_var`.

    Raises:
        ValueError: if a size is not positive, or height or width cannot be halved.

    Reference: see `VariationalAutoencoder`.
    """
    check_input_shape("variational_autoencoder", input_shape, None)
    _check(input_shape, latent_dim, units, filters)
    values = inputs = keras.Input(input_shape, name="inputs")
    for index, size in enumerate(filters):
        values = keras.layers.Conv2D(
            size, 3, 2, "same", activation=activation, name=f"convolution_{index}"
        )(values)
    shape = values.shape[1:]
    values = keras.layers.Flatten(name="flat")(values)
    for index, size in enumerate(units):
        values = keras.layers.Dense(size, activation, name=f"encoder_{index}")(values)
    # The variance starts near 1 for all inputs, as in the standard normal distribution.
    heads = [
        keras.layers.Dense(
            latent_dim,
            dtype="float32",
            kernel_initializer=keras.initializers.VarianceScaling(scale),
            name=name,
        )(values)
        for name, scale in (("mean", 1.0), ("log_var", 0.01))
    ]
    encoder = keras.Model(inputs, heads, name="encoder")
    decoder = _decoder(input_shape, latent_dim, units[::-1], filters, shape, activation)
    return VariationalAutoencoder(encoder, decoder, seed, name=name)


def _decoder(input_shape, latent_dim, units, filters, shape, activation):
    values = inputs = keras.Input((latent_dim,), name="z")
    for index, size in enumerate(units):
        values = keras.layers.Dense(size, activation, name=f"decoder_{index}")(values)
    if not filters:
        values = keras.layers.Dense(math.prod(input_shape), dtype="float32", name="logits")(values)
        outputs = keras.layers.Reshape(input_shape, dtype="float32", name="shaped")(values)
        return keras.Model(inputs, outputs, name="decoder")
    values = keras.layers.Dense(math.prod(shape), activation, name="widened")(values)
    values = keras.layers.Reshape(shape, name="shaped")(values)
    for index, size in enumerate(filters[-2::-1]):
        values = keras.layers.Conv2DTranspose(
            size, 3, 2, "same", activation=activation, name=f"transposed_{index}"
        )(values)
    outputs = keras.layers.Conv2DTranspose(
        input_shape[-1], 3, 2, "same", dtype="float32", name="logits"
    )(values)
    return keras.Model(inputs, outputs, name="decoder")


def _check(input_shape, latent_dim, units, filters):
    if min([*input_shape, latent_dim, *units, *filters]) < 1:
        raise ValueError(
            "variational_autoencoder: input_shape, latent_dim, units and filters must be positive. "
            f"Received input_shape {tuple(input_shape)}, latent_dim {latent_dim}, units "
            f"{tuple(units)}, filters {tuple(filters)}. Omit layers of size 0."
        )
    halvings = 2 ** len(filters)
    if filters and (len(input_shape) != 3 or any(side % halvings for side in input_shape[:2])):
        raise ValueError(
            "variational_autoencoder: with filters, input_shape must be (height, width, channels), "
            f"with height and width multiples of {halvings}. Received {tuple(input_shape)}. Use "
            "fewer filters, or pad the images."
        )
