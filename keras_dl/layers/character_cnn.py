"""Convolution and max pooling over the characters of words."""

from typing import Any

import keras
from keras import ops

from keras_dl.typing import Config, Initializer, Regularizer, Shape, Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class CharacterCNN(keras.layers.Layer):
    """Computes features of words from their characters, by a convolution and max pooling.

    `features(f) = max over p of relu(b(f) + sum over i, e of K(i, e, f) * embedding(p + i, e))`,
    where p is a position in the word. The ID 0 is padding and has no influence on the features. The
    features of a word without characters are 0.

    Args:
        num_characters: int. Number of character IDs, including 0.
        embedding_units: int. Size of a character embedding.
        filters: int. Number of filters.
        kernel_size: int. Width of each filter, in characters.
        dropout: float, at least 0 and below 1. Fraction of the embedding values that are dropped
            in training.
        embeddings_initializer: initializer of the embeddings, or None for `"uniform"`.
        kernel_initializer: initializer of the kernel, or None for `"glorot_uniform"`.
        bias_initializer: initializer of the bias.
        embeddings_regularizer: regularizer of the embeddings, or None.
        kernel_regularizer: regularizer of the kernel, or None.
        bias_regularizer: regularizer of the bias, or None.
        seed: int or None. Random seed of the dropout.

    Call arguments:
        inputs: int `(batch, time, width)`. Character IDs of each word, padded with 0 at the end.

    Returns:
        float `(batch, time, filters)`, not negative, in the compute dtype.

    Raises:
        ValueError: if a size is not positive, `dropout` is out of range or `inputs` is not of
            rank 3.

    Example:
    >>> import numpy as np
    >>> tuple(CharacterCNN(256, filters=5)(np.ones((2, 3, 4), "int32")).shape)
    (2, 3, 5)

    Reference: Ma & Hovy 2016, arXiv:1603.01354, section 2.1. The paper has no relu; here, relu
    ensures that the maximum never comes from padding.
    """

    def __init__(
        self,
        num_characters: int,
        embedding_units: int = 30,
        filters: int = 50,
        kernel_size: int = 3,
        dropout: float = 0.0,
        embeddings_initializer: Initializer | None = None,
        kernel_initializer: Initializer | None = None,
        bias_initializer: Initializer = "zeros",
        embeddings_regularizer: Regularizer | None = None,
        kernel_regularizer: Regularizer | None = None,
        bias_regularizer: Regularizer | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if min(num_characters, embedding_units, filters, kernel_size) < 1:
            raise ValueError(
                "CharacterCNN: num_characters, embedding_units, filters and kernel_size must be "
                f"positive. Received num_characters {num_characters}, embedding_units "
                f"{embedding_units}, filters {filters}, kernel_size {kernel_size}. Use "
                "num_characters 256 for the bytes of UTF-8, for example."
            )
        if not 0 <= dropout < 1:
            raise ValueError(
                "CharacterCNN: dropout must be at least 0 and below 1. Received dropout "
                f"{dropout}. Pass the fraction of values to drop."
            )
        self.num_characters = num_characters
        self.embedding_units = embedding_units
        self.filters = filters
        self.kernel_size = kernel_size
        self.dropout = dropout
        self.embeddings_initializer = keras.initializers.get(embeddings_initializer)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.embeddings_regularizer = keras.regularizers.get(embeddings_regularizer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.bias_regularizer = keras.regularizers.get(bias_regularizer)
        self.seed = seed
        self.supports_masking = True
        self.seed_generator = keras.random.SeedGenerator(seed)

    def build(self, input_shape: Shape) -> None:
        _check_shape(input_shape)
        self.embeddings = self.add_weight(
            (self.num_characters, self.embedding_units),
            self.embeddings_initializer or "uniform",
            regularizer=self.embeddings_regularizer,
            name="embeddings",
        )
        self.kernel = self.add_weight(
            (1, self.kernel_size, self.embedding_units, self.filters),
            self.kernel_initializer or "glorot_uniform",
            regularizer=self.kernel_regularizer,
            name="kernel",
        )
        self.bias = self.add_weight(
            (self.filters,), self.bias_initializer, regularizer=self.bias_regularizer, name="bias"
        )

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        _check_shape(inputs.shape)
        inputs = ops.convert_to_tensor(inputs)
        real = ops.cast(ops.expand_dims(inputs != 0, -1), self.compute_dtype)
        vectors = ops.take(self.embeddings, ops.cast(inputs, "int32"), axis=0) * real
        if training and self.dropout:
            vectors = keras.random.dropout(vectors, self.dropout, seed=self.seed_generator)
        patterns = ops.conv(vectors, self.kernel, padding="same") + self.bias
        return ops.max(ops.relu(patterns) * real, axis=2)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        _check_shape(input_shape)
        return (*input_shape[:2], self.filters)

    def compute_output_spec(
        self, inputs: keras.KerasTensor, training: bool | None = None
    ) -> keras.KerasTensor:
        return keras.KerasTensor(self.compute_output_shape(inputs.shape), self.compute_dtype)

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "num_characters": self.num_characters,
            "embedding_units": self.embedding_units,
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "dropout": self.dropout,
            "embeddings_initializer": keras.initializers.serialize(self.embeddings_initializer),
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
            "embeddings_regularizer": keras.regularizers.serialize(self.embeddings_regularizer),
            "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer),
            "bias_regularizer": keras.regularizers.serialize(self.bias_regularizer),
            "seed": self.seed,
        }


def _check_shape(shape):
    if len(shape) != 3:
        raise ValueError(
            "CharacterCNN: inputs must have shape (batch, time, width). "
            f"Received inputs {tuple(shape)}. Pass the character IDs of each word."
        )
