"""Text classifiers, and the endpoints of their SavedModel."""

import keras
import tensorflow as tf

from apps.sentiment.data import tokens
from keras_dl import models, optimizers, pipelines
from keras_dl.application import Endpoint, UserError

PARITY_INPUTS = {"text": ["A wonderful film.", "not good at all", "", "xyzzy", "dull " * 30]}


def build(config, data):
    """Returns the compiled model."""
    sizes = (len(data.assets.vocabulary) + 2, len(data.assets.labels))  # padding, unknown
    options = {
        name: getattr(config, name) for name in ("embedding_units", "word_dropout", "dropout")
    }
    if config.network == "average":
        model = models.bag_of_words_classifier(*sizes, **options)
    else:
        model = models.recurrent_classifier(*sizes, units=config.units, **options)
    for layer in model.layers:
        _start(layer, (data.initial or {}).get(layer.name, []))
    schedule = optimizers.warmup_cosine(config.learning_rate, config.epochs * data.steps_per_epoch)
    model.compile(
        optimizers.ClippedAdam(schedule, beta_2=0.98, global_clipnorm=1.0),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=False,
    )
    return model


def _start(layer, weights):
    """Sets the initial weights of a layer if the shapes match."""
    given, own = ([each.shape for each in group] for group in (weights, layer.get_weights()))
    if given == own:
        layer.set_weights(weights)
    elif given and layer.name == "embedding":
        raise UserError(
            f"--embedding-units must be {given[0][1]}, as in --init-from. Received {own[0][1]}."
        )


def endpoints(model, assets):
    """Returns the endpoints, which predict the label of a text and the influence of its words."""
    words = model.words = pipelines.WordVocabulary(assets.vocabulary)
    names = tf.constant(assets.labels)
    embedding = model.get_layer("embedding")
    behind_embedding = keras.Model([model.input, embedding.output], model.output)

    def read(text):
        found = tokens(text).to_tensor()
        if_none = tf.cast(tf.equal(tf.shape(found)[1], 0), "int32")
        found = tf.pad(found, [[0, 0], [0, if_none]])  # no words: an LSTM needs one step
        return found, words.encode(found)

    def serving_default(text):
        _, numbers = read(text)
        probabilities = tf.nn.softmax(model(numbers, training=False))
        return {
            "label": tf.gather(names, tf.argmax(probabilities, 1)),
            "probabilities": probabilities,
        }

    def influence(text):
        found, numbers = read(text)
        vectors = embedding(numbers)
        with tf.GradientTape() as tape:
            tape.watch(vectors)
            scores = tf.nn.log_softmax(behind_embedding([numbers, vectors], training=False))
            best = tf.reduce_max(scores, 1)
        moved = tf.reduce_sum(tape.gradient(best, vectors) * vectors, 2)
        return {
            "label": tf.gather(names, tf.argmax(scores, 1)),
            "words": found,
            "influence": tf.where(found != "", moved, 0.0),
        }

    signature = [tf.TensorSpec([None], "string", "text")]
    return {
        each.__name__: Endpoint(each, signature, PARITY_INPUTS)
        for each in (serving_default, influence)
    }
