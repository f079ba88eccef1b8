"""Masks of random channels, for augmentation."""

from typing import Any

import keras
from keras import ops

from keras_dl.typing import Config, Shape, Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class FrequencyMasking(keras.layers.Layer):
    """Sets random intervals of channels to 0 in training, for all time steps of a sequence.

    The width of an interval is drawn uniformly from 0 to `max_width`, then its first channel. Each
    sequence has its own intervals, which may overlap. Place the layer behind a normalization: 0 is
    then the mean.

    Args:
        num_masks: int. Intervals per sequence.
        max_width: int. Widest interval, in channels; an interval is never wider than the inputs.
        seed: int or None. Random seed.

    Call arguments:
        inputs: float `(batch, time, channels)`, where neighboring channels are neighboring
            frequencies.

    Returns:
        Tensor of the same shape and dtype.

    Raises:
        ValueError: if an argument is out of range.

    Example:
    >>> import numpy as np
    >>> layer = FrequencyMasking(num_masks=1, max_width=4, seed=1)
    >>> layer(np.ones((1, 1, 8)), training=True).numpy().ravel().astype(int).tolist()
    [1, 1, 0, 0, 0, 0, 1, 1]

    Reference: Park et al. 2019, arXiv:1904.08779, section 2.
    """

    def __init__(
        self, num_masks: int = 2, max_width: int = 6, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        if num_masks < 0 or max_width < 0:
            raise ValueError(
                "FrequencyMasking: num_masks and max_width must be at least 0. Received num_masks "
                f"{num_masks}, max_width {max_width}. Use 2 and a sixth of the channels."
            )
        self.num_masks = num_masks
        self.max_width = max_width
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        if not training or not self.num_masks:
            return inputs
        channels = inputs.shape[2]
        channel = ops.zeros_like(inputs[:, 0, :], "int32") + ops.arange(channels, dtype="int32")
        length = ops.zeros_like(channel[:, :1]) + channels
        widest = ops.cast(ops.minimum(length, self.max_width), "float32")
        hidden = in_random_intervals(channel, length, widest, self.num_masks, self.seed_generator)
        return ops.where(ops.expand_dims(hidden, 1), ops.zeros_like(inputs), inputs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "num_masks": self.num_masks,
            "max_width": self.max_width,
            "seed": self.seed,
        }


def in_random_intervals(
    positions: Tensor,
    length: Tensor,
    longest: Tensor,
    count: int,
    seed: keras.random.SeedGenerator,
) -> Tensor:
    """Draws intervals for each row and tells which positions are in one of them.

    Args:
        positions: int `(batch, n)`.
        length: int `(batch, 1)`. The intervals are within `0 ... length - 1`.
        longest: float `(batch, 1)`, whole numbers up to `length`. The longest interval.
        count: int. Intervals per row.
        seed: `keras.random.SeedGenerator`.

    Returns:
        bool `(batch, n)`.
    """
    draws = keras.random.uniform((2, ops.shape(positions)[0], count), dtype="float32", seed=seed)
    sizes = ops.floor(draws[0] * (longest + 1))
    starts = ops.floor(draws[1] * (ops.cast(length, "float32") - sizes + 1))
    position = ops.cast(ops.expand_dims(positions, 2), "float32")
    starts, ends = ops.expand_dims(starts, 1), ops.expand_dims(starts + sizes, 1)
    return ops.any((position >= starts) & (position < ends), axis=2)
