"""The networks that read a review, and what their SavedModel answers."""

import pathlib

import keras
import tensorflow as tf

from apps.sentiment.data import tokens
from keras_dl import models, optimizers, pipelines


def build(config, data):
    """Returns the compiled model."""
    sizes = (len(data.assets["vocabulary"]) + 2, len(data.assets["labels"]))
    if config.network == "average":
        model = models.average_classifier(
            *sizes,
            embedding_units=config.embedding_units,
            word_dropout=config.word_dropout,
            dropout=config.dropout,
        )
    else:
        model = models.recurrent_classifier(
            *sizes,
            embedding_units=config.embedding_units,
            units=config.units,
            word_dropout=config.word_dropout,
            dropout=config.dropout,
        )
    if data.vectors is not None:
        model.get_layer("embedding").set_weights([data.vectors])
    if config.start:
        _start(model, pathlib.Path(config.start, "model.keras"))
    schedule = optimizers.warmup_cosine(config.learning_rate, config.epochs * data.steps_per_epoch)
    model.compile(
        optimizers.ClippedAdam(schedule, beta_2=0.98, global_clipnorm=1.0),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=False,
    )
    return model


def _start(model, path):
    """Takes the weights of all layers that another model has too, with the same shapes."""
    other = keras.saving.load_model(path, compile=False)
    ours = {layer.name: layer for layer in model.layers}
    for layer in other.layers:
        if layer.name not in ours:
            continue
        shapes, own = (
            [each.shape for each in some.get_weights()] for some in (layer, ours[layer.name])
        )
        if shapes == own:
            ours[layer.name].set_weights(layer.get_weights())
        elif layer.name == "embedding":
            raise ValueError(
                f"--embedding-units must be those of --start, {shapes[0][1]}. Received {own[0][1]}."
            )


def endpoints(model, assets):
    """Returns what the SavedModel answers: labels of texts, and the words that moved them."""
    words = model.words = pipelines.Words(assets["vocabulary"])
    names = tf.constant(assets["labels"])
    embedding = model.get_layer("embedding")
    behind = _behind_embedding(model)

    def read(text):
        found = tokens(text).to_tensor()
        if_none = tf.cast(tf.equal(tf.shape(found)[1], 0), "int32")
        found = tf.pad(found, [[0, 0], [0, if_none]])  # no word at all: an LSTM wants one step
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
            scores = tf.nn.log_softmax(behind([numbers, vectors], training=False))
            best = tf.reduce_max(scores, 1)
        moved = tf.reduce_sum(tape.gradient(best, vectors) * vectors, 2)
        return {
            "label": tf.gather(names, tf.argmax(scores, 1)),
            "words": found,
            "influence": tf.where(found != "", moved, 0.0),
        }

    signature = [tf.TensorSpec([None], "string", "text")]
    return {"serving_default": (serving_default, signature), "influence": (influence, signature)}


def _behind_embedding(model):
    """Returns the model from word numbers and their vectors to the logits."""
    inputs = [model.input, model.get_layer("embedding").output]
    return keras.Model(inputs, model.output)
