"""The skip-gram model, and what its SavedModel answers."""

import keras
import tensorflow as tf

from keras_dl import embeddings, pipelines

_DECIMALS = 4  # of vectors as a text: their angles change by less than that


def build(config, data):
    """Returns the compiled model."""
    model = embeddings.skip_gram(
        data.counts, config.units, negatives=config.negatives, seed=config.seed
    )
    steps = config.epochs * data.steps_per_epoch
    rate = keras.optimizers.schedules.PolynomialDecay(
        config.learning_rate, steps, config.learning_rate / 1000
    )
    model.compile(keras.optimizers.SGD(rate))
    return model


def write_files(model, assets, folder):
    """Writes the vectors, rounded to four decimals, in the text format of word2vec."""
    vectors = model.vectors.numpy()[2:].round(_DECIMALS)
    path = folder / "vectors.txt.gz"
    embeddings.WordVectors(assets["vocabulary"], vectors).save(path)
    return [path]


def endpoints(model, assets):
    """Returns what the SavedModel answers: vectors of words, and words by their rank."""
    words = model.words = pipelines.Words(assets["vocabulary"])
    names = tf.constant([*assets["vocabulary"], ""])
    # Behind the words, the vector of one that is unknown: nothing.
    vectors = tf.pad(model.vectors.value[2:], [[0, 1], [0, 0]])
    last = len(assets["vocabulary"])

    def serving_default(word):
        number = words.encode(word)
        return {
            "vector": tf.gather(vectors, tf.where(number < 2, last, number - 2)),
            "known": number >= 2,
        }

    def vocabulary(row):
        row = tf.where((row < 0) | (row > last), last, row)
        return {"word": tf.gather(names, row), "vector": tf.gather(vectors, row)}

    return {
        "serving_default": (serving_default, [tf.TensorSpec([None], "string", "word")]),
        "vocabulary": (vocabulary, [tf.TensorSpec([None], "int32", "row")]),
    }
