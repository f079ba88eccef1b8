"""Q-networks, which predict the value of every action in a state."""

from collections.abc import Sequence

import keras
from keras import ops

from keras_dl.models.input_shape import check_input_shape
from keras_dl.models.seeded import seeded
from keras_dl.models.sizes import check_sizes
from keras_dl.typing import Tensor

# Uniform within 1 / sqrt(inputs), the default of Torch, in which the paper's agent was written.
_INITIALIZER = {"scale": 1 / 3, "mode": "fan_in", "distribution": "uniform"}


@keras.saving.register_keras_serializable(package="keras_dl")
class ZeroMean(keras.constraints.Constraint):
    """Constrains the mean of each filter's weights to 0, so that a uniform background adds nothing.

    Pixels are never negative, so without this constraint a few optimizer steps can shift all
    weights of a filter in one direction and disable it permanently. The mean is subtracted after
    each update, including the first; norms are not constrained.

    Reference: Huang et al. 2017, "Centered Weight Normalization", who also normalize the lengths
    and backpropagate through both operations.
    """

    def __call__(self, w: Tensor) -> Tensor:
        """Returns a kernel `(..., filters)` minus the mean of each filter."""
        return w - ops.mean(w, axis=tuple(range(len(w.shape) - 1)), keepdims=True)


@seeded
def q_network(
    input_shape: tuple[int, int, int] = (84, 84, 4),
    num_actions: int = 18,
    *,
    dueling: bool = False,
    seed: int | None = None,
    name: str = "q_network",
) -> keras.Model:
    """Builds the convolutional network of DQN; only its last layer depends on the game.

    It has three convolutions (32 of 8 x 8, stride 4; 64 of 4 x 4, stride 2; 64 of 3 x 3) and a
    dense layer of 512 units, all with ReLU. The network scales pixels to values from 0 to 1. Unlike
    in the paper, training keeps the mean of each filter of the first layer at 0, so that uniform
    gray does not activate it.

    Args:
        input_shape: tuple `(height, width, frames)`, at least 36 x 36.
        num_actions: int. Number of actions; Atari's joystick allows 18.
        dueling: bool. Splits the dense layer into two halves, one for a value of the state and
            one for advantages of the actions: `q = value + advantage - mean(advantage)`. Wang et
            al. use two layers of 512 units, which have twice as many weights.
        seed: int or None. Seed of the initial weights.
        name: str. Name of the model.

    Returns:
        `keras.Model` from uint8 (or float, 0 to 255) `(batch, height, width, frames)` to float32
        values `(batch, num_actions)`. The last layer is named `q`; with `dueling`, the last layers
        are `value` and `advantage`.

    Raises:
        ValueError: if the images are too small, or there is no action.

    Reference: Mnih et al. 2015, "Human-level control through deep reinforcement learning"; Wang et
    al. 2016, "Dueling Network Architectures for Deep Reinforcement Learning".
    """
    check_sizes("q_network", num_actions=num_actions)
    check_input_shape("q_network", input_shape, ("height", "width", "frames"), at_least=36)
    inputs = keras.Input(input_shape, dtype="uint8", name="frames")
    x = keras.layers.Rescaling(1 / 255, name="scaled")(inputs)
    for index, (filters, size, stride) in enumerate(((32, 8, 4), (64, 4, 2), (64, 3, 1))):
        x = keras.layers.Conv2D(
            filters,
            size,
            stride,
            activation="relu",
            kernel_initializer=_initializer(),
            kernel_constraint=ZeroMean() if size == 8 else None,
            name=f"conv_{index}",
        )(x)
    x = keras.layers.Flatten(name="flat")(x)
    return keras.Model(inputs, _values(x, (512,), num_actions, dueling), name=name)


@seeded
def q_mlp(
    input_shape: tuple[int],
    num_actions: int,
    *,
    units: Sequence[int] = (120, 84),
    dueling: bool = False,
    seed: int | None = None,
    name: str = "q_mlp",
) -> keras.Model:
    """Builds a Q-network of dense layers with ReLU, for states that are short vectors.

    Args:
        input_shape: tuple of one int. Number of values in a state.
        num_actions: int. Number of actions.
        units: sequence of ints. Sizes of the dense layers; at least one layer.
        dueling: bool. As in `q_network`, for the last dense layer.
        seed: int or None. Seed of the initial weights.
        name: str. Name of the model.

    Returns:
        `keras.Model` from float32 `(batch, *input_shape)` to float32 values `(batch, num_actions)`.
        The last layers are named as in `q_network`.

    Raises:
        ValueError: if `input_shape` has other axes, or there is no action or no unit.
    """
    check_sizes("q_mlp", num_actions=num_actions)
    check_input_shape("q_mlp", input_shape, ("values",))
    if not units or min(units) < 1:
        raise ValueError(
            "q_mlp: units must contain at least one layer size, and all sizes must be positive. "
            f"Received {units}. Use (120, 84), for example."
        )
    inputs = keras.Input(input_shape, name="state")
    return keras.Model(inputs, _values(inputs, units, num_actions, dueling), name=name)


def _values(x, units, num_actions, dueling):
    for index, size in enumerate(units[:-1]):
        x = _dense(size, f"hidden_{index}", "relu")(x)
    if not dueling:
        return _outputs(num_actions, "q")(_dense(units[-1], "q_hidden", "relu")(x))
    half = -(-units[-1] // 2)
    value = _outputs(1, "value")(_dense(half, "value_hidden", "relu")(x))
    advantage = _outputs(num_actions, "advantage")(_dense(half, "advantage_hidden", "relu")(x))
    return value + advantage - ops.mean(advantage, axis=-1, keepdims=True)


def _outputs(units, name):
    return _dense(units, name, dtype="float32")


def _dense(units, name, activation=None, **options):
    return keras.layers.Dense(
        units, activation, kernel_initializer=_initializer(), name=name, **options
    )


def _initializer():
    return keras.initializers.VarianceScaling(**_INITIALIZER)
