"""Skip-gram model, and the endpoints of its SavedModel."""

import keras
import tensorflow as tf

from keras_dl import embeddings, pipelines
from keras_dl.application import Endpoint

_DECIMALS = 4  # of vectors in the text file; angles change by less than this


def build(config, data):
    """Returns the compiled model."""
    model = embeddings.skip_gram(
        data.initial, config.units, negatives=config.negatives, seed=config.seed
    )
    steps = config.epochs * data.steps_per_epoch
    rate = keras.optimizers.schedules.PolynomialDecay(
        config.learning_rate, steps, config.learning_rate / 1000
    )
    model.compile(keras.optimizers.SGD(rate))
    return model


def write_vectors(model, assets, path):
    """Writes the vectors, rounded to four decimals, to a text file in word2vec format."""
    vectors = model.vectors.numpy()[2:].round(_DECIMALS)
    embeddings.WordVectors(assets.vocabulary, vectors).save(path)
    return path


def endpoints(model, assets):
    """Returns the endpoints: `serving_default` takes words, `vocabulary` takes word indices."""
    words = model.words = pipelines.WordVocabulary(assets.vocabulary)
    names = tf.constant([*assets.vocabulary, ""])
    last = len(assets.vocabulary)

    def vector(number):
        known = number >= 2  # 0 is padding, 1 is the unknown word
        return tf.where(known[:, None], tf.gather(model.vectors.value, number), 0.0)

    def serving_default(word):
        number = words.encode(word)
        return {"vector": vector(number), "known": number >= 2}

    def vocabulary(row):
        row = tf.where((row < 0) | (row > last), last, row)
        number = tf.where(row < last, row + 2, 0)
        return {"word": tf.gather(names, row), "vector": vector(number)}

    word, row = tf.TensorSpec([None], "string", "word"), tf.TensorSpec([None], "int32", "row")
    examples = {"word": ["the", "THE", "", "xyzzy"]}, {"row": [0, 1, 10**9]}
    return {
        "serving_default": Endpoint(serving_default, [word], examples[0]),
        "vocabulary": Endpoint(vocabulary, [row], examples[1]),
    }
