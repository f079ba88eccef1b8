"""Monotonic network that learns the inverse CDF of a distribution from examples."""

from collections.abc import Sequence

import keras
from keras import ops

from keras_dl.models.seeded import seeded

_NEAREST = 1e-7  # smallest distance of a level to 0 and 1, where the inverse may be infinite


@seeded
def inverse_cdf_network(
    units: Sequence[int] = (32, 32),
    *,
    seed: int | None = None,
    name: str = "inverse_cdf_network",
) -> keras.Model:
    """Builds a monotonic network that maps levels from 0 to 1 to values, like an inverse CDF.

    Train it to predict the k-th smallest of n examples at the level `(k - 0.5) / n`, with

    `fit(levels, numpy.sort(examples))` and the loss `"mse"`.

    The trained network approximates the inverse CDF of the examples and maps uniform random levels
    to new samples, as the generator of a GAN does. This works only in one dimension, where examples
    can be sorted. The input features are the level `u`, `log u` and `-log(1 - u)`, so that tails
    may be infinite. They pass through tanh units with nonnegative weights. Standardize the values,
    so that they are of the order of 1.

    Args:
        units: sequence of ints. Sizes of the hidden layers.
        seed: int or None. Seed of the initial weights.
        name: str. Name of the model.

    Returns:
        keras.Model from float levels `(batch, 1)`, from 0 to 1, to float32 values `(batch, 1)`.

    Raises:
        ValueError: if there is no layer, or a layer has no units.

    Reference: Sill 1998, "Monotonic networks", for order-preserving weights.
    """
    if not units or min(units) < 1:
        raise ValueError(
            "inverse_cdf_network: units must contain at least one layer size, and all sizes must "
            f"be positive. Received {tuple(units)}. Use (32, 32), for example."
        )
    inputs = keras.Input((1,), name="levels")
    levels = ops.clip(inputs, _NEAREST, 1 - _NEAREST)
    seen = ops.concatenate([levels, ops.log(levels), -ops.log(1 - levels)], axis=-1)
    values = seen
    for index, size in enumerate(units):
        values = _rising(size, f"hidden_{index}", 1.0, activation="tanh")(values)
    values = ops.concatenate([values, seen], axis=-1)
    outputs = _rising(1, "values", 0.1, dtype="float32")(values)
    return keras.Model(inputs, outputs, name=name)


def _rising(units, name, scale, **options):
    """Returns a dense layer whose outputs never decrease when an input increases."""
    return keras.layers.Dense(
        units,
        kernel_initializer=keras.initializers.RandomUniform(0.0, scale),
        bias_initializer=keras.initializers.RandomUniform(-3.0, 3.0),
        kernel_constraint="non_neg",
        name=name,
        **options,
    )
