"""Text classifiers, and the endpoints of their SavedModel."""

import keras
import numpy as np
import tensorflow as tf

from apps.sentiment.texts import UNKNOWN
from apps.sentiment.tokens import speaks, tokens
from keras_dl import models, optimizers, pipelines
from keras_dl.application import Endpoint, UserError

_UNKNOWN_ID = 1  # of `WordVocabulary`
# Chosen on dev: most texts that are just above 0.5 express an opinion in rare words.
_SURELY_UNKNOWN = 0.9
_STEPS = 20  # of integrated gradients
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
    """Sets the initial weights of a layer; a word that they lack keeps its random vector."""
    own = layer.get_weights()
    if not weights or len(weights) != len(own):
        return
    if layer.name == "embedding":
        if weights[0].shape[1] != own[0].shape[1]:
            raise UserError(
                f"--embedding-units must be {weights[0].shape[1]}, as in --init-from. Received "
                f"{own[0].shape[1]}."
            )
        weights = [np.concatenate([weights[0], own[0][len(weights[0]) :]])]
    if [each.shape for each in weights] == [each.shape for each in own]:
        layer.set_weights(weights)


def endpoints(model, assets):
    """Returns the endpoints, which predict the label of a text and the influence of its words."""
    words = model.words = pipelines.WordVocabulary(assets.vocabulary)
    classes = [label for label in assets.labels if label != UNKNOWN]
    names = tf.constant([*classes, UNKNOWN])
    speaking = tf.constant([False, False, *map(speaks, assets.vocabulary)])
    embedding = model.get_layer("embedding")
    behind_embedding = keras.Model([model.input, embedding.output], model.output)

    def read(text):
        found = tokens(text).to_tensor()
        if_none = tf.cast(tf.equal(tf.shape(found)[1], 0), "int32")
        found = tf.pad(found, [[0, 0], [0, if_none]])  # no words: an LSTM needs one step
        return found, words.encode(found)

    def classify(numbers):
        """Returns names, probabilities of the classes, and of the class unknown."""
        found = tf.nn.softmax(model(numbers, training=False))
        found = tf.pad(found, [[0, 0], [0, len(classes) + 1 - found.shape[1]]])
        silent = ~tf.reduce_any(tf.gather(speaking, numbers), 1)
        unknown = tf.where(silent, 1.0, found[:, -1])
        # An unknown text has equal probabilities: its share is spread over all classes.
        known = tf.where(silent[:, None], 0.0, found[:, :-1])
        probabilities = known + unknown[:, None] / len(classes)
        best = tf.where(
            unknown > _SURELY_UNKNOWN, len(classes), tf.argmax(probabilities, 1, "int32")
        )
        return tf.gather(names, best), probabilities, unknown

    def serving_default(text):
        label, probabilities, unknown = classify(read(text)[1])
        return {"label": label, "probabilities": probabilities, "unknown": unknown}

    def influence(text):
        found, numbers = read(text)
        label, probabilities, _ = classify(numbers)
        best = tf.argmax(probabilities, 1)
        vectors = embedding(numbers)
        blank = embedding(tf.minimum(numbers, _UNKNOWN_ID))

        def add_slope(slopes, share):
            between = blank + share * (vectors - blank)
            with tf.GradientTape() as tape:
                tape.watch(between)
                logits = behind_embedding([numbers, between], training=False)[:, : len(classes)]
                score = _log_odds(logits, best)
            return slopes + tape.gradient(score, between)

        # Integrated gradients, by the midpoint rule.
        shares = (tf.range(_STEPS, dtype="float32") + 0.5) / _STEPS
        slopes = tf.foldl(add_slope, shares, tf.zeros_like(vectors)) / _STEPS
        moved = tf.reduce_sum(slopes * (vectors - blank), 2)
        return {"label": label, "words": found, "influence": tf.where(found != "", moved, 0.0)}

    def classes_of_model(text):
        return {"labels": tf.constant(classes)}

    signature = [tf.TensorSpec([None], "string", "text")]
    return {
        name: Endpoint(function, signature, PARITY_INPUTS)
        for name, function in (
            ("serving_default", serving_default),
            ("influence", influence),
            ("classes", classes_of_model),
        )
    }


def _log_odds(logits, index):
    """Returns the logarithm of p / (1 - p) of one class per row."""
    chosen = tf.one_hot(index, tf.shape(logits)[1], on_value=True, off_value=False)
    others = tf.where(chosen, logits.dtype.min, logits)
    return tf.boolean_mask(logits, chosen) - tf.reduce_logsumexp(others, 1)
