"""What a word looks like, from its characters."""

from typing import Any

import keras
from keras import ops

from keras_dl.typing import Config, Shape, Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class CharacterCNN(keras.layers.Layer):
    """Finds patterns of neighboring characters in each word: a convolution, then the maximum.

    `features(f) = max over p of relu(b(f) + sum over i, e of K(i, e, f) * embedding(p + i, e))`,
    with p over the places of the word. The number 0 is padding, which has no pattern and no
    influence: a word without characters has features of 0.

    Args:
        num_characters: int. Numbers of characters, 0 included.
        embedding_units: int. Size of the vector of a character.
        filters: int. Number of patterns.
        kernel_size: int. Characters in a pattern.
        dropout: float, at least 0 and below 1. Share of the numbers of character vectors that
            training drops.
        seed: int or None. Seed of the draw.

    Call arguments:
        characters: int `(batch, time, width)`. The characters of each word, 0 behind the last.

    Returns:
        float `(batch, time, filters)`, not negative, in the compute dtype.

    Raises:
        ValueError: if a size is not positive, `dropout` is out of range or the characters are not
            of rank 3.

    Example:
    >>> import numpy as np
    >>> tuple(CharacterCNN(256, filters=5)(np.ones((2, 3, 4), "int32")).shape)
    (2, 3, 5)

    Reference: Ma & Hovy 2016, arXiv:1603.01354, section 2.1. They take no relu; with it the maximum
    over a word is never that of its padding.
    """

    def __init__(
        self,
        num_characters: int,
        embedding_units: int = 30,
        filters: int = 50,
        kernel_size: int = 3,
        dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if min(num_characters, embedding_units, filters, kernel_size) < 1:
            raise ValueError(
                "CharacterCNN: all sizes must be positive. Received num_characters "
                f"{num_characters}, embedding_units {embedding_units}, filters {filters}, "
                f"kernel_size {kernel_size}. Give 256 for the bytes of UTF-8, for instance."
            )
        if not 0 <= dropout < 1:
            raise ValueError(
                "CharacterCNN: dropout must be at least 0 and below 1. Received dropout "
                f"{dropout}. Give the share of numbers to drop."
            )
        self.num_characters = num_characters
        self.embedding_units = embedding_units
        self.filters = filters
        self.kernel_size = kernel_size
        self.dropout = dropout
        self.seed = seed
        self.supports_masking = True
        self.seed_generator = keras.random.SeedGenerator(seed)

    def build(self, characters_shape: Shape) -> None:
        _check_shape(characters_shape)
        self.embeddings = self.add_weight(
            (self.num_characters, self.embedding_units), "uniform", name="embeddings"
        )
        self.kernel = self.add_weight(
            (1, self.kernel_size, self.embedding_units, self.filters), name="kernel"
        )
        self.bias = self.add_weight((self.filters,), "zeros", name="bias")

    def call(self, characters: Tensor, training: bool | None = None) -> Tensor:
        _check_shape(characters.shape)
        characters = ops.convert_to_tensor(characters)
        real = ops.cast(ops.expand_dims(characters != 0, -1), self.compute_dtype)
        vectors = ops.take(self.embeddings, ops.cast(characters, "int32"), axis=0) * real
        if training and self.dropout:
            vectors = keras.random.dropout(vectors, self.dropout, seed=self.seed_generator)
        patterns = ops.conv(vectors, self.kernel, padding="same") + self.bias
        return ops.max(ops.relu(patterns) * real, axis=2)

    def compute_output_shape(self, characters_shape: Shape) -> Shape:
        _check_shape(characters_shape)
        return (*characters_shape[:2], self.filters)

    def compute_output_spec(
        self, characters: keras.KerasTensor, training: bool | None = None
    ) -> keras.KerasTensor:
        return keras.KerasTensor(self.compute_output_shape(characters.shape), self.compute_dtype)

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "num_characters": self.num_characters,
            "embedding_units": self.embedding_units,
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "dropout": self.dropout,
            "seed": self.seed,
        }


def _check_shape(shape):
    if len(shape) != 3:
        raise ValueError(
            "CharacterCNN: characters must have shape (batch, time, width). "
            f"Received characters {tuple(shape)}. Give the characters of each word of a sentence."
        )
