"""Masking noise of denoising autoencoders."""

from typing import Any

import keras
from keras import ops

from keras_dl.typing import Config, Shape, Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class MaskingNoise(keras.layers.Layer):
    """Sets a random fraction of the inputs to zero in training and keeps the rest unchanged.

    This is the noise of denoising autoencoders. `keras.layers.Dropout` rescales the remaining
    inputs, so a network trained with it never sees corrupted inputs at their original scale.

    Args:
        rate: float, at least 0 and below 1. Fraction of the inputs to set to zero.
        seed: int or None. Random seed.

    Call arguments:
        inputs: float of any shape.

    Returns:
        Tensor of the same shape and dtype.

    Raises:
        ValueError: if `rate` is out of range.

    Example:
    >>> import numpy as np
    >>> layer = MaskingNoise(0.5, seed=0)
    >>> sorted(set(layer(np.full((20, 20), 7.0), training=True).numpy().ravel().tolist()))
    [0.0, 7.0]

    Reference: Vincent et al. 2008, "Extracting and composing robust features with denoising
    autoencoders", section 2.3.
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not 0 <= rate < 1:
            raise ValueError(
                f"MaskingNoise: rate must be at least 0 and below 1. Received {rate}. Pass the "
                "fraction of the inputs to set to zero, such as 0.25."
            )
        self.rate = rate
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        if not training or not self.rate:
            return inputs
        kept = keras.random.uniform(ops.shape(inputs), seed=self.seed_generator) >= self.rate
        return ops.where(kept, inputs, ops.zeros_like(inputs))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def get_config(self) -> Config:
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}
