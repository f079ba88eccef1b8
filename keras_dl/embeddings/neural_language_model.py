"""Neural language model that predicts a word from a fixed window of previous words."""

import keras
import tensorflow as tf

from keras_dl.models.seeded import seeded
from keras_dl.typing import Tensor


@seeded
def neural_language_model(
    vocabulary_size: int,
    window: int = 5,
    *,
    embedding_units: int = 64,
    hidden_units: int = 128,
    direct: bool = True,
    dropout: float = 0.0,
    seed: int | None = None,
    name: str = "neural_language_model",
) -> keras.Model:
    """Builds the neural probabilistic language model.

    Let x be the concatenated vectors of the last `window` words. The logits are

        b + W x + U tanh(d + H x)

    Train it with `SparseCategoricalCrossentropy(from_logits=True)` on the batches of `next_words`.
    The loss is then in nats per word, and `exp(loss)` is the perplexity. The word vectors are the
    weights of the layer `embedding`.

    Args:
        vocabulary_size: int. Number of words, including padding (0).
        window: int. Number of previous words that the model reads.
        embedding_units: int. Size of a word vector.
        hidden_units: int. Number of hidden units.
        direct: bool. Whether to include W, the direct connection from x to the logits.
        dropout: float. Dropout rate of x and of the hidden units.
        seed: int or None. Seed of the initial weights and of dropout.
        name: str. Name of the model.

    Returns:
        keras.Model that maps int word IDs `(batch, window)`, with the most recent word last, to
        float32 logits `(batch, vocabulary_size)`.

    Raises:
        ValueError: if a size is not positive.

    Reference: Bengio et al. 2003, "A Neural Probabilistic Language Model", section 2, equation 1.
    The paper has no dropout. The vector of padding marks the beginning of a text.
    """
    sizes = (vocabulary_size, window, embedding_units, hidden_units)
    if min(sizes) < 1:
        raise ValueError(
            "neural_language_model: vocabulary_size, window, embedding_units and hidden_units must "
            f"be positive. Received {sizes}. Use at least 1 for each."
        )
    words = keras.Input((window,), dtype="int32", name="words")
    vectors = keras.layers.Embedding(vocabulary_size, embedding_units, name="embedding")(words)
    vectors = keras.layers.Flatten(name="window")(vectors)
    vectors = keras.layers.Dropout(dropout, name="window_dropout")(vectors)

    hidden = keras.layers.Dense(hidden_units, "tanh", name="hidden")(vectors)
    hidden = keras.layers.Dropout(dropout, name="hidden_dropout")(hidden)

    logits = keras.layers.Dense(vocabulary_size, dtype="float32", name="logits")(hidden)
    if direct:
        straight = keras.layers.Dense(
            vocabulary_size, use_bias=False, dtype="float32", name="direct"
        )(vectors)
        logits = keras.layers.Add(dtype="float32", name="sum")([logits, straight])
    return keras.Model(words, logits, name=name)


def next_words(
    documents: tf.data.Dataset, window: int = 5, *, batch_size: int = 256, seed: int | Tensor = 0
) -> tf.data.Dataset:
    """Turns documents into pairs of a window of words and the next word.

    Each word of a document, even the unknown word, is the next word of one pair. Padding fills the
    window at the start of a document. The number of batches is not known in advance, so train with
    `fit(next_words(documents.repeat()), steps_per_epoch=...)`: each repetition has a new order.

    Args:
        documents: `tf.data.Dataset` of ragged int `(documents, None)`, the vocabulary IDs of the
            words. ID 0 is removed. For good shuffling, use hundreds of documents per element.
        window: int. Number of words in a window.
        batch_size: int. Number of windows in a batch.
        seed: int or scalar int64 tensor. Seed for shuffling the windows within each element of
            `documents`.

    Returns:
        `tf.data.Dataset` of `(words, next)`, int32 `(batch, window)` and `(batch,)`. The last batch
        may be smaller.

    Raises:
        ValueError: if `window` or `batch_size` is not positive.
    """
    if min(window, batch_size) < 1:
        raise ValueError(
            "next_words: window and batch_size must be positive. Received window "
            f"{window}, batch_size {batch_size}. Use at least 1 for each."
        )

    def cut(index, texts):
        texts = tf.cast(texts, "int32")
        texts = tf.ragged.boolean_mask(texts, texts != 0)
        gap = tf.zeros((texts.nrows(), window), "int32")
        framed = tf.signal.frame(tf.concat([gap, texts], 1).flat_values, window + 1, 1)
        framed = tf.boolean_mask(framed, framed[:, -1] != 0)
        seeds = tf.stack([tf.cast(seed, "int64"), index])
        framed = tf.random.experimental.stateless_shuffle(framed, seeds)
        return tf.ensure_shape(framed[:, :-1], (None, window)), framed[:, -1]

    found = documents.enumerate().map(cut, num_parallel_calls=2, deterministic=True)
    return found.rebatch(batch_size).prefetch(4)
