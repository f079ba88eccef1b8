"""Masks of random times, for augmentation."""

from typing import Any

import keras
from keras import ops

from keras_dl.layers.frequency_masking import in_random_intervals
from keras_dl.typing import Config, Shape, Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class TimeMasking(keras.layers.Layer):
    """Sets random intervals of time to 0 in training, a share of the length of each sequence.

    The length of an interval is drawn uniformly from 0 to `max_share` of the time steps of the
    sequence that are not masked, then its start. Each sequence has its own intervals, which may
    overlap. Place the layer behind a normalization: 0 is then the mean.

    Args:
        num_masks: int. Intervals per sequence.
        max_share: float from 0 to 1. Longest interval, as a share of the length of the sequence.
        seed: int or None. Random seed.

    Call arguments:
        inputs: float `(batch, time, channels)`.
        mask: bool `(batch, time)`. False where `inputs` is padding, which is no part of the length.
            Without it, the layer uses the Keras mask of `inputs`, if it has one.

    Returns:
        Tensor of the same shape and dtype.

    Raises:
        ValueError: if an argument is out of range.

    Example:
    >>> import numpy as np
    >>> layer = TimeMasking(num_masks=1, max_share=0.5, seed=1)
    >>> layer(np.ones((1, 8, 1)), training=True).numpy().ravel().astype(int).tolist()
    [1, 1, 0, 0, 0, 0, 1, 1]

    Reference: Park et al. 2019, arXiv:1904.08779, section 2; Park et al. 2020, arXiv:1912.05533,
    for intervals that depend on the length.
    """

    def __init__(
        self, num_masks: int = 2, max_share: float = 0.1, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        if num_masks < 0 or not 0 <= max_share <= 1:
            raise ValueError(
                "TimeMasking: num_masks must be at least 0, and max_share from 0 to 1. Received "
                f"num_masks {num_masks}, max_share {max_share}. Use 2 and 0.1."
            )
        self.num_masks = num_masks
        self.max_share = max_share
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True
        self.built = True

    def call(
        self, inputs: Tensor, mask: Tensor | None = None, training: bool | None = None
    ) -> Tensor:
        if not training or not self.num_masks:
            return inputs
        mask = ops.ones_like(inputs[:, :, 0], "bool") if mask is None else mask
        counted = ops.cumsum(ops.cast(mask, "int32"), axis=1)
        length = counted[:, -1:]
        longest = ops.floor(ops.cast(length, "float32") * self.max_share)
        # A step has the number of steps before it that count, wherever the padding is.
        hidden = in_random_intervals(
            counted - 1, length, longest, self.num_masks, self.seed_generator
        )
        return ops.where(ops.expand_dims(hidden & mask, 2), ops.zeros_like(inputs), inputs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "num_masks": self.num_masks,
            "max_share": self.max_share,
            "seed": self.seed,
        }
