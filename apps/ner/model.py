"""Recurrent tagger, and the endpoints of its SavedModel."""

import keras
import tensorflow as tf

from apps.ner.data import features
from keras_dl import layers, losses, metrics, models, optimizers, pipelines
from keras_dl.application import Endpoint

PARITY_INPUTS = {
    "serving_default": {"text": ["Ada Lovelace was born in London.", "", "?", "xyzzy " * 30]},
    "tokens": {"tokens": [["Ada", "Lovelace", "lived", "."], ["Paris", "", "", ""]]},
}


def build(config, data):
    """Returns the compiled model."""
    tags, vocabulary, initial = data.assets.tags, data.assets.vocabulary, data.initial
    crf = layers.CRF(len(tags), **pipelines.tag_constraints(tags), name="crf")
    units = config.embedding_units
    if initial.vectors:
        units = len(next(iter(initial.vectors.values())))
    model = models.recurrent_tagger(
        len(vocabulary) + 2,  # padding, unknown
        len(tags),
        embedding_units=units,
        units=config.units,
        dropout=config.dropout,
        word_dropout=config.word_dropout,
        rare_min_id=initial.rare_min_id,
        crf=crf if config.tagger == "crf" else None,
    )
    embedding = model.get_layer("embedding")
    (table,) = embedding.get_weights()
    for number, word in enumerate(vocabulary, 2):
        table[number] = initial.vectors.get(word, table[number])
    embedding.set_weights([table])
    embedding.trainable = not config.fixed_vectors
    softmax = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1)
    schedule = optimizers.warmup_cosine(config.learning_rate, data.epochs * data.steps_per_epoch)
    model.compile(
        optimizers.ClippedAdam(schedule, beta_2=0.98, global_clipnorm=1.0),
        losses.CRFLoss() if config.tagger == "crf" else softmax,
        metrics=[metrics.EntityF1(tags)],
        jit_compile=False,
    )
    return model


def endpoints(model, assets):
    """Returns the endpoints: `serving_default` takes text, `tokens` takes tokens."""
    words = model.words = pipelines.WordVocabulary(assets.vocabulary)
    emissions = keras.Model(model.inputs, model.get_layer("emissions").output)
    names = tf.constant(assets.tags)
    types = tf.constant([tag[2:] for tag in assets.tags if tag.startswith("B-")])

    def tag(tokens):
        if_none = tf.cast(tf.equal(tf.shape(tokens)[1], 0), "int32")
        tokens = tf.pad(tokens, [[0, 0], [0, if_none]])  # no words: an LSTM needs one step
        inputs = features(words, tokens)
        mask = tokens != ""
        scores = emissions(inputs, training=False)
        if assets.tagger == "crf":
            crf = model.get_layer("crf")
            numbers, probabilities = crf.decode(scores, mask), crf.marginals(scores, mask)
        else:
            numbers, probabilities = tf.argmax(scores, -1, "int32"), tf.nn.softmax(scores)
        confidence = tf.gather(probabilities, numbers, batch_dims=2)
        return {
            "tokens": tokens,
            "tags": tf.where(mask, tf.gather(names, numbers), ""),
            "confidence": tf.where(mask, confidence, 0.0),
        }

    def serving_default(text):
        return tag(pipelines.tokenize(text).to_tensor())

    def tokens(tokens):
        return {**tag(tokens), "types": types}

    functions = {
        "serving_default": (serving_default, [tf.TensorSpec([None], "string", "text")]),
        "tokens": (tokens, [tf.TensorSpec([None, None], "string", "tokens")]),
    }
    return {name: Endpoint(*each, PARITY_INPUTS[name]) for name, each in functions.items()}
