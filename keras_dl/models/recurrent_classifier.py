"""Text classifier with bidirectional LSTMs."""

import keras

from keras_dl.layers.masked_pooling import MaskedPooling1D
from keras_dl.layers.word_dropout import WordDropout
from keras_dl.models.seeded import seeded
from keras_dl.models.sizes import check_sizes


@seeded
def recurrent_classifier(
    vocabulary_size: int,
    num_classes: int,
    *,
    embedding_units: int = 100,
    units: int = 64,
    layers: int = 1,
    word_dropout: float = 0.0,
    dropout: float = 0.5,
    seed: int | None = None,
    name: str = "recurrent_classifier",
) -> keras.Model:
    """Builds a text classifier from bidirectional LSTMs, max pooling over time and a linear layer.

    With max pooling, unlike with the last state, a word at the start of a long text has as much
    influence as a word at the end. Dropout is applied before, between and after the LSTMs, with a
    new mask at each time step, but not to their recurrent connections.

    Args:
        vocabulary_size: int. Number of words, including padding (0) and the unknown word (1).
        num_classes: int. Number of classes.
        embedding_units: int. Size of a word vector.
        units: int. State size of each direction.
        layers: int. Number of stacked LSTMs.
        word_dropout: float. Fraction of the words replaced with the unknown word in training.
        dropout: float. Dropout rate of the word vectors and LSTM outputs.
        seed: int or None. Seed of the initial weights and of dropout.
        name: str. Name of the model.

    Returns:
        keras.Model from int `(batch, time)` to float32 logits `(batch, num_classes)`. A text
        without words needs one time step of padding; its logits are the bias of the last layer. The
        layers include `embedding`, `pooled` and `logits`.

    Raises:
        ValueError: if a size is not positive or a rate is out of range.

    Reference: Johnson & Zhang 2016, arXiv:1602.02373, section 2.2, with bidirectional LSTMs and
    word vectors instead of regions.
    """
    check_sizes(
        "recurrent_classifier",
        vocabulary_size=vocabulary_size,
        num_classes=num_classes,
        embedding_units=embedding_units,
        units=units,
        layers=layers,
    )
    words = keras.Input((None,), dtype="int32", name="words")
    mask = keras.ops.not_equal(words, 0)
    kept = WordDropout(word_dropout, name="word_dropout")(words)
    values = keras.layers.Embedding(vocabulary_size, embedding_units, name="embedding")(kept)
    for index in range(layers):
        values = keras.layers.Dropout(dropout, name=f"dropout_{index}")(values)
        values = keras.layers.Bidirectional(
            keras.layers.LSTM(units, return_sequences=True), name=f"recurrent_{index}"
        )(values, mask=mask)
    pooled = MaskedPooling1D("max", name="pooled")(values, mask=mask)
    pooled = keras.layers.Dropout(dropout, name="pooled_dropout")(pooled)
    logits = keras.layers.Dense(num_classes, dtype="float32", name="logits")(pooled)
    return keras.Model(words, logits, name=name)
