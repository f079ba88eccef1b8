"""Linear probe on frozen vectors, and the endpoints of the SavedModel."""

import keras
import numpy as np
import tensorflow as tf

from keras_dl import embeddings
from keras_dl.application import Endpoint

_DECIMALS = 4  # of vectors in the text file


def build(config, data):
    """Returns a compiled linear probe that predicts on which side of the axis a word was.

    Its accuracy on held-out words measures the remaining bias. An accuracy of 0.5 means no bias.
    """
    size, units = data.initial.vectors.shape
    word = keras.Input((), dtype="int32", name="word")
    table = keras.layers.Embedding(size, units, trainable=False, name="vectors", dtype="float32")
    outputs = keras.layers.Dense(1, name="probe", dtype="float32")(table(word))
    table.set_weights([data.initial.unit])
    model = keras.Model(word, outputs, name="probe_of_vectors")
    model.compile(
        keras.optimizers.Adam(config.learning_rate),
        keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=[keras.metrics.BinaryAccuracy(name="accuracy", threshold=0.0)],
    )
    return model


def write_vectors(model, assets, path):
    """Writes the vectors, rounded except in equalized sets, to a file in word2vec format."""
    vectors = model.get_layer("vectors").embeddings.numpy()
    exact = np.isin(assets.vocabulary, [word for words in assets.sets for word in words])
    text = rounded(vectors, np.array(assets.direction), exact)
    embeddings.WordVectors(assets.vocabulary, text).save(path)
    return path


def rounded(vectors, direction, exact):
    """Rounds vectors to four decimals without changing their positions on the axis.

    One component of each vector is not rounded. It compensates for the rounding of the others.

    Args:
        vectors: float `(words, units)`.
        direction: float `(units,)`.
        exact: bool `(words,)`. Words that are not rounded. Equalized words need this, because
            all words of a set must have exactly the same distance to each neutral word.

    Returns:
        float32 `(words, units)`.
    """
    short = vectors.astype("float64").round(_DECIMALS).astype("float32").astype("float64")
    largest = np.argmax(np.abs(direction))
    short[:, largest] += (vectors - short) @ direction / direction[largest]
    return np.where(exact[:, None], vectors, short).astype("float32")


def endpoints(model, assets):
    """Returns the endpoints: `serving_default` takes words, `vocabulary` takes word indices."""
    # Words are looked up as written, then in lower case.
    last = len(assets.vocabulary)
    model.words = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(
            tf.constant(assets.vocabulary, "string"), tf.range(last, dtype="int32")
        ),
        default_value=-1,
    )
    table = model.get_layer("vectors").embeddings.value
    direction = tf.constant(assets.direction, "float32")
    # The last entry is the unknown word.
    names = tf.constant([*assets.vocabulary, ""])
    before = tf.constant([*assets.position_before, 0.0], "float32")
    role, sets = roles(assets), _set_numbers(assets)

    def vector_of(row, known):
        return tf.where(known[:, None], tf.gather(table, tf.where(known, row, 0)), 0.0)

    def serving_default(word):
        row = model.words.lookup(word)
        lower = model.words.lookup(tf.strings.lower(word, encoding="utf-8"))
        row = tf.where(row < 0, lower, row)
        known = row >= 0
        vector = vector_of(row, known)
        return {
            "vector": vector,
            "known": known,
            "position": tf.linalg.matvec(vector, direction),
            "position_before": tf.gather(before, tf.where(known, row, last)),
        }

    def vocabulary(row):
        known = (row >= 0) & (row < last)
        row = tf.where(known, row, last)
        return {
            "word": tf.gather(names, row),
            "vector": vector_of(row, known),
            "position_before": tf.gather(before, row),
            "role": tf.gather(role, row),
            "set": tf.gather(sets, row),
            "direction": tf.identity(direction),
        }

    word, row = tf.TensorSpec([None], "string", "word"), tf.TensorSpec([None], "int32", "row")
    examples = {"word": ["doctor", "DOCTOR", "she", "", "xyzzy"]}, {"row": [0, 1, 10**9]}
    return {
        "serving_default": Endpoint(serving_default, [word], examples[0]),
        "vocabulary": Endpoint(vocabulary, [row], examples[1]),
    }


def roles(assets):
    """Returns the role of each word, followed by an empty string for the unknown word."""
    found = dict.fromkeys(assets.fitted, "fitted") | dict.fromkeys(assets.specific, "specific")
    return tf.constant([*(found.get(word, "neutral") for word in assets.vocabulary), ""])


def _set_numbers(assets):
    """Returns the index of the equalized set of each word, or -1 if it is in no set."""
    numbers = {word: number for number, words in enumerate(assets.sets) for word in words}
    return tf.constant([*(numbers.get(word, -1) for word in assets.vocabulary), -1], "int32")
