"""Dropout of whole words."""

from typing import Any

import keras
from keras import ops

from keras_dl.typing import Config, Shape, Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class WordDropout(keras.layers.Layer):
    """Replaces random words with the unknown word in training, so that its vector is trained, too.

    Each occurrence of a word is replaced independently. Padding (0) and words with IDs below
    `min_id` are never replaced; in a vocabulary sorted by frequency, these are the common words.

    Args:
        rate: float, at least 0 and below 1. Fraction of the words to replace.
        unknown: int. Vocabulary ID of the unknown word.
        min_id: int, at least 1. Lowest vocabulary ID that may be replaced.
        seed: int or None. Random seed.

    Call arguments:
        inputs: int `(batch, time)`. Vocabulary IDs.

    Returns:
        int `(batch, time)`.

    Raises:
        ValueError: if `rate` or `min_id` is out of range.

    Example:
    >>> import numpy as np
    >>> keras.ops.convert_to_numpy(WordDropout(0.5)(np.array([[7, 8, 0]]))).tolist()
    [[7, 8, 0]]

    Reference: Iyyer et al. 2015, "Deep unordered composition rivals syntactic methods for text
    classification", section 4.1, which removes the words instead (use `unknown=0` for this); Lample
    et al. 2016, arXiv:1603.01360, section 4.1, which replaces only rare words.
    """

    def __init__(
        self, rate: float, unknown: int = 1, min_id: int = 1, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        if not 0 <= rate < 1:
            raise ValueError(
                f"WordDropout: rate must be at least 0 and below 1. Received rate {rate}. "
                "Pass the fraction of words to replace."
            )
        if min_id < 1:
            raise ValueError(
                f"WordDropout: min_id must be at least 1: 0 is padding. Received min_id {min_id}. "
                "Pass the lowest vocabulary ID that may be replaced."
            )
        self.rate = rate
        self.unknown = unknown
        self.min_id = min_id
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        inputs = ops.convert_to_tensor(inputs)
        if not training or not self.rate:
            return inputs
        draw = keras.random.uniform(ops.shape(inputs), dtype="float32", seed=self.seed_generator)
        return ops.where((draw < self.rate) & (inputs >= self.min_id), self.unknown, inputs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def compute_output_spec(
        self, inputs: keras.KerasTensor, training: bool | None = None
    ) -> keras.KerasTensor:
        return keras.KerasTensor(inputs.shape, inputs.dtype)

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "rate": self.rate,
            "unknown": self.unknown,
            "min_id": self.min_id,
            "seed": self.seed,
        }
