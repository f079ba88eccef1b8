"""What a text says, from its words in any order."""

import keras

from keras_dl.layers.masked_pooling import MaskedPooling1D
from keras_dl.layers.word_dropout import WordDropout


def deep_averaging_network(
    vocabulary_size: int,
    num_classes: int,
    *,
    embedding_units: int = 100,
    word_dropout: float = 0.0,
    dropout: float = 0.0,
) -> keras.Model:
    """Builds the mean of word vectors with a linear layer on top.

    It cannot tell `not bad` from `bad`, `not`: the order of the words is lost in the mean. A text
    without words has the mean 0.

    Args:
        vocabulary_size: int. Number of different words, padding (0) and unknown (1) included.
        num_classes: int. Number of different answers.
        embedding_units: int. Size of the vector of a word.
        word_dropout: float. Share of the words that training leaves out.
        dropout: float. Share of the mean that training drops.

    Returns:
        keras.Model from int `(batch, time)` to float32 logits `(batch, num_classes)`.

    Raises:
        ValueError: if a size is not positive or a share out of range.

    Reference: Iyyer et al. 2015, "Deep unordered composition rivals syntactic methods for text
    classification", section 2.1 (NBOW) and 4.1 (word dropout).
    """
    words = keras.Input((None,), dtype="int32", name="words")
    kept = WordDropout(word_dropout, unknown=0, name="word_dropout")(words)
    vectors = keras.layers.Embedding(vocabulary_size, embedding_units, name="embedding")(kept)
    mean = MaskedPooling1D("mean", name="mean")(vectors, mask=keras.ops.not_equal(kept, 0))
    mean = keras.layers.Dropout(dropout, name="mean_dropout")(mean)
    logits = keras.layers.Dense(num_classes, dtype="float32", name="logits")(mean)
    return keras.Model(words, logits, name="deep_averaging_network")
