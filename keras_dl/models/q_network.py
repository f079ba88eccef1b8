"""Networks that value every action of a state, for Q-learning."""

from collections.abc import Sequence

import keras
from keras import layers, ops

from keras_dl.typing import Tensor

# Uniform within 1 / sqrt(inputs), as Torch draws weights, in which the paper's agent was written.
_INITIALIZER = {"scale": 1 / 3, "mode": "fan_in", "distribution": "uniform"}


@keras.saving.register_keras_serializable(package="keras_dl")
class ZeroMean(keras.constraints.Constraint):
    """Keeps the mean of each filter's weights at 0: an even background adds nothing to it.

    Pixels are never negative, so that without this a few steps of an optimizer can move all weights
    of a filter the same way and switch it off for good. The mean is taken away after each update,
    the first one too; lengths stay free.

    Reference: Huang et al., 2017, "Centered Weight Normalization", who also normalize lengths and
    learn through both.
    """

    def __call__(self, w: Tensor) -> Tensor:
        """Returns a kernel `[..., filters]` less the mean of each filter."""
        return w - ops.mean(w, axis=tuple(range(len(w.shape) - 1)), keepdims=True)


def q_network(
    num_actions: int, input_shape: tuple[int, int, int] = (84, 84, 4), dueling: bool = False
) -> keras.Model:
    """Builds the convolutional network of DQN, the same for all games but for its last layer.

    Three convolutions (32 of 8 x 8, step 4; 64 of 4 x 4, step 2; 64 of 3 x 3) and a dense layer of
    512, all with ReLU. Bytes become numbers from 0 to 1 inside. While it learns, filters of the
    first layer have a mean of 0, which the paper's need not have: an even gray moves none of them.

    Args:
        num_actions: int. Actions to value.
        input_shape: (height, width, frames), at least 36 x 36.
        dueling: bool. Splits the dense layer into two halves, one for a value of the state and
            one for advantages of the actions: `q = value + advantage - mean(advantage)`. Wang et
            al. have two layers of 512, and so twice as many weights.

    Returns:
        `keras.Model` from uint8 (or float, 0 to 255) `[batch, height, width, frames]` to float32
        values `[batch, num_actions]`.

    Reference:
        Mnih et al., 2015, "Human-level control through deep reinforcement learning"; Wang et al.,
        2016, "Dueling Network Architectures for Deep Reinforcement Learning".
    """
    _check(num_actions)
    if len(input_shape) != 3 or min(input_shape[:2]) < 36:
        raise ValueError(
            "input_shape must be (height, width, frames), at least 36 x 36 pixels. Received "
            f"{tuple(input_shape)}. Resize the frames, to 84 x 84 for instance."
        )
    inputs = keras.Input(input_shape, dtype="uint8", name="frames")
    x = layers.Rescaling(1 / 255)(inputs)
    for filters, size, stride in ((32, 8, 4), (64, 4, 2), (64, 3, 1)):
        x = layers.Conv2D(
            filters,
            size,
            stride,
            activation="relu",
            kernel_initializer=_initializer(),
            kernel_constraint=ZeroMean() if size == 8 else None,
        )(x)
    x = layers.Flatten()(x)
    return keras.Model(inputs, _values(x, (512,), num_actions, dueling), name="q_network")


def q_mlp(
    num_actions: int, num_inputs: int, units: Sequence[int] = (120, 84), dueling: bool = False
) -> keras.Model:
    """Builds a network of dense layers with ReLU, for games whose state is a few numbers.

    Args:
        num_actions: int. Actions to value.
        num_inputs: int. Numbers in a state.
        units: ints. Sizes of the dense layers, at least one.
        dueling: bool. As in `q_network`, in place of the last dense layer.

    Returns:
        `keras.Model` from float32 `[batch, num_inputs]` to float32 values `[batch, num_actions]`.
    """
    _check(num_actions)
    if not units or min(units) < 1:
        raise ValueError(
            f"units must be sizes of layers, at least one. Received {units}. Give (120, 84)."
        )
    inputs = keras.Input((num_inputs,), name="state")
    return keras.Model(inputs, _values(inputs, units, num_actions, dueling), name="q_mlp")


def _values(x, units, num_actions, dueling):
    for size in units[:-1]:
        x = _dense(size, "relu")(x)
    if not dueling:
        return _dense(num_actions, name="q", dtype="float32")(_dense(units[-1], "relu")(x))
    half = -(-units[-1] // 2)
    value = _dense(1, name="value", dtype="float32")(_dense(half, "relu")(x))
    advantage = _dense(num_actions, name="advantage", dtype="float32")(_dense(half, "relu")(x))
    return value + advantage - ops.mean(advantage, axis=-1, keepdims=True)


def _dense(units, activation=None, **names):
    return layers.Dense(units, activation, kernel_initializer=_initializer(), **names)


def _initializer():
    return keras.initializers.VarianceScaling(**_INITIALIZER)


def _check(num_actions):
    if num_actions < 1:
        raise ValueError(
            f"num_actions must be at least 1. Received {num_actions}. Give the size of the game's "
            "action space."
        )
