"""Models that learn word vectors, and the endpoints of their SavedModel."""

import keras
import tensorflow as tf

from keras_dl import embeddings, pipelines
from keras_dl.application import Endpoint

_DECIMALS = 4  # of vectors in the text file; angles change by less than this
# First values of Adagrad's sums of squares, in the size of the squared gradients.
_ACCUMULATORS = {"glove": 1.0, "hierarchical_softmax": 1e-8, "neural_language_model": 1e-8}
_EPSILON = 1e-10


def build(config, data):
    """Returns the compiled model."""
    counts, units = data.initial, config.units
    if config.method == "skip_gram":
        model = embeddings.skip_gram(counts, units, negatives=config.negatives, seed=config.seed)
        steps = config.epochs * data.steps_per_epoch
        rate = keras.optimizers.schedules.PolynomialDecay(
            config.learning_rate, steps, config.learning_rate / 1000
        )
        model.compile(keras.optimizers.SGD(rate))
        return model
    loss = None
    if config.method == "hierarchical_softmax":
        model = embeddings.softmax_skip_gram(counts, units)
    elif config.method == "glove":
        model = embeddings.glove(len(counts), units, seed=config.seed)
    else:
        model = embeddings.neural_language_model(
            len(counts), config.window, embedding_units=units, hidden_units=units, direct=False
        )
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = keras.optimizers.Adagrad(
        config.learning_rate, _ACCUMULATORS[config.method], epsilon=_EPSILON
    )
    model.compile(optimizer, loss, jit_compile=False)
    return model


def vectors_of(model, numbers):
    """Returns the vectors of vocabulary IDs, float32 `(..., units)`."""
    if isinstance(model, embeddings.GloVe):
        tables = model.words, model.contexts
        return tf.add_n([tf.cast(tf.gather(each.value, numbers), "float32") for each in tables])
    if isinstance(model, embeddings.SkipGram | embeddings.SoftmaxSkipGram):
        return tf.cast(model(numbers), "float32")
    return tf.cast(model.get_layer("embedding")(numbers), "float32")


def write_vectors(model, assets, path):
    """Writes the vectors, rounded to four decimals, to a text file in word2vec format."""
    vectors = vectors_of(model, tf.range(2, len(assets.vocabulary) + 2)).numpy().round(_DECIMALS)
    embeddings.WordVectors(assets.vocabulary, vectors).save(path)
    return path


def endpoints(model, assets):
    """Returns the endpoints: `serving_default` takes words, `vocabulary` takes word indices."""
    words = model.vocabulary = pipelines.WordVocabulary(assets.vocabulary)
    names = tf.constant([*assets.vocabulary, ""])
    last = len(assets.vocabulary)

    def vector(number):
        known = number >= 2  # 0 is padding, 1 is the unknown word
        return tf.where(known[:, None], vectors_of(model, number), 0.0)

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
