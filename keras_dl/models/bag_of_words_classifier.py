"""Text classifier that averages word vectors, regardless of word order."""

import keras

from keras_dl.layers.masked_pooling import MaskedPooling1D
from keras_dl.layers.word_dropout import WordDropout
from keras_dl.models.seeded import seeded
from keras_dl.models.sizes import check_sizes


@seeded
def bag_of_words_classifier(
    vocabulary_size: int,
    num_classes: int,
    *,
    embedding_units: int = 100,
    word_dropout: float = 0.0,
    dropout: float = 0.0,
    seed: int | None = None,
    name: str = "bag_of_words_classifier",
) -> keras.Model:
    """Builds a text classifier that applies a linear layer to the mean of the word vectors.

    It cannot distinguish "not bad" from "bad not", because the mean ignores the word order. For a
    text without words, the mean is 0.

    Args:
        vocabulary_size: int. Number of words, including padding (0) and the unknown word (1).
        num_classes: int. Number of classes.
        embedding_units: int. Size of a word vector.
        word_dropout: float. Fraction of the words that are dropped in training.
        dropout: float. Dropout rate applied to the mean.
        seed: int or None. Seed of the initial weights and of dropout.
        name: str. Name of the model.

    Returns:
        keras.Model from int `(batch, time)` to float32 logits `(batch, num_classes)`.
        Its layers include `embedding` and `logits`.

    Raises:
        ValueError: if a size is not positive or a rate is out of range.

    Reference: Iyyer et al. 2015, "Deep unordered composition rivals syntactic methods for text
    classification", section 2.1 (NBOW) and 4.1 (word dropout).
    """
    check_sizes(
        "bag_of_words_classifier",
        vocabulary_size=vocabulary_size,
        num_classes=num_classes,
        embedding_units=embedding_units,
    )
    words = keras.Input((None,), dtype="int32", name="words")
    kept = WordDropout(word_dropout, unknown=0, name="word_dropout")(words)
    vectors = keras.layers.Embedding(vocabulary_size, embedding_units, name="embedding")(kept)
    mean = MaskedPooling1D("mean", name="mean")(vectors, mask=keras.ops.not_equal(kept, 0))
    mean = keras.layers.Dropout(dropout, name="mean_dropout")(mean)
    logits = keras.layers.Dense(num_classes, dtype="float32", name="logits")(mean)
    return keras.Model(words, logits, name=name)
