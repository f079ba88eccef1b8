"""Sequence tagger with a bidirectional LSTM over words and characters."""

import keras

from keras_dl.layers.character_cnn import CharacterCNN
from keras_dl.layers.crf import CRF
from keras_dl.layers.word_dropout import WordDropout
from keras_dl.models.seeded import seeded
from keras_dl.models.sizes import check_sizes

CHARACTERS = 256  # the bytes of UTF-8; 0 is padding
FILTERS = 128  # of the convolution over characters
CHARACTER_DROPOUT = 0.2


@seeded
def recurrent_tagger(
    vocabulary_size: int,
    num_tags: int,
    *,
    embedding_units: int = 100,
    units: int = 128,
    dropout: float = 0.5,
    word_dropout: float = 0.0,
    rare_min_id: int | None = None,
    crf: CRF | None = None,
    seed: int | None = None,
    name: str = "recurrent_tagger",
) -> keras.Model:
    """Builds a bidirectional LSTM over words and their characters, optionally with a CRF on top.

    Train it with `keras_dl.losses.CRFLoss` if `crf` is given, and otherwise with
    `SparseCategoricalCrossentropy(from_logits=True)`. In both cases, the layer `emissions` outputs
    the score of each tag for each word. `crf.decode(emissions, mask)` returns the tags.

    Dropout is applied before and after the LSTM, with a new mask at each time step, but not to its
    recurrent connections. The character vectors have a separate dropout. In training, half of the
    rare words are randomly replaced with the unknown word, so that its vector learns to represent
    unseen words.

    Args:
        vocabulary_size: int. Number of words, including padding (0) and the unknown word (1).
        num_tags: int. Number of tags.
        embedding_units: int. Size of a word vector.
        units: int. State size of each direction.
        dropout: float. Dropout rate.
        word_dropout: float. Fraction of all words replaced with the unknown word in training, so
            that the model learns to rely on their characters and on the neighboring words.
        rare_min_id: int or None. Vocabulary ID of the first rare word, in a vocabulary sorted by
            frequency; usually of the first word that occurs only once. With None, no rare words are
            replaced.
        crf: `keras_dl.layers.CRF` or None.
        seed: int or None. Seed of the initial weights and of dropout.
        name: str. Name of the model.

    Returns:
        keras.Model from `{"words": int (batch, time), "characters": int (batch, time, width)}`,
        where characters are the bytes of each word, to float32: the output of `crf`,
        `(batch, time, num_tags, num_tags)`, or without it logits `(batch, time, num_tags)`. The
        layers include `embedding` and `emissions`.

    Raises:
        ValueError: if a size is not positive or `crf` has a different number of tags.

    Reference: Ma & Hovy 2016, arXiv:1603.01354. Here word vectors are initialized randomly, and the
    CRF may have constraints.
    """
    check_sizes(
        "recurrent_tagger",
        vocabulary_size=vocabulary_size,
        num_tags=num_tags,
        embedding_units=embedding_units,
        units=units,
    )
    words = keras.Input((None,), dtype="int32", name="words")
    characters = keras.Input((None, None), dtype="int32", name="characters")
    mask = keras.ops.not_equal(words, 0)
    known = WordDropout(word_dropout, name="word_dropout")(words)
    if rare_min_id is not None:
        known = WordDropout(0.5, min_id=rare_min_id, name="rare_words")(known)
    embedded = keras.layers.Embedding(vocabulary_size, embedding_units, name="embedding")(known)
    patterns = CharacterCNN(
        CHARACTERS, filters=FILTERS, dropout=CHARACTER_DROPOUT, name="patterns"
    )(characters)
    features = keras.layers.Concatenate(name="features")([embedded, patterns])
    features = keras.layers.Dropout(dropout, name="features_dropout")(features)
    recurrent = keras.layers.Bidirectional(
        keras.layers.LSTM(units, return_sequences=True), name="recurrent"
    )
    states = recurrent(features, mask=mask)
    states = keras.layers.Dropout(dropout, name="states_dropout")(states)
    emissions = keras.layers.Dense(num_tags, dtype="float32", name="emissions")(states)
    outputs = emissions if crf is None else crf(emissions, mask=mask)
    return keras.Model({"words": words, "characters": characters}, outputs, name=name)
