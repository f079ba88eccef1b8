"""The captioner and the endpoints of its SavedModel."""

import pathlib

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from keras_dl import decoding, metrics, models, optimizers, pipelines
from keras_dl.application import Endpoint

_EXAMPLE = pathlib.Path(__file__).with_name("scene.png")
_LONGEST = 24  # words of a predicted caption


def build(config, data):
    """Returns the compiled model."""
    model = models.captioner(
        features(tuple(data.assets.shape)),
        len(data.assets.words) + 3,  # padding, unknown, end
        decoder_units=config.decoder_units,
        decoder_dropout=config.dropout,
    )
    schedule = optimizers.warmup_cosine(config.learning_rate, config.epochs * data.steps_per_epoch)
    model.compile(
        keras.optimizers.AdamW(schedule, weight_decay=1e-3, global_clipnorm=1.0),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        weighted_metrics=[metrics.SequenceAccuracy()],
        jit_compile=False,
    )
    return model


def features(input_shape):
    """Returns a convolutional network from uint8 images to a grid of at most 8 x 8 cells."""
    inputs = keras.Input(input_shape, dtype="uint8")
    outputs = keras.layers.Rescaling(1 / 255)(inputs)
    filters = 16
    while max(outputs.shape[1:3]) > 8:
        outputs = _convolved(outputs, filters, 3)
        outputs = keras.layers.MaxPooling2D(padding="same")(outputs)
        filters = min(2 * filters, 128)
    # A cell sees 22 x 22 pixels around it, so that attention shows where a word comes from.
    for _ in range(2):  # so that a cell tells digits apart
        outputs = _convolved(outputs, filters, 1)
    # The decoder needs to know where a cell is.
    rows, columns = outputs.shape[1:3]
    down, right = np.meshgrid(np.linspace(-1, 1, rows), np.linspace(-1, 1, columns), indexing="ij")
    where = ops.ones_like(outputs[..., :2]) * np.stack([down, right], -1).astype("float32")
    outputs = keras.layers.Concatenate()([outputs, where])
    return keras.Model(inputs, outputs, name="features")


def _convolved(inputs, filters, size):
    outputs = keras.layers.Conv2D(filters, size, padding="same", use_bias=False)(inputs)
    outputs = keras.layers.BatchNormalization(momentum=0.9)(outputs)
    return keras.layers.Activation("relu")(outputs)


def endpoints(model, assets):
    """Returns the endpoints: `serving_default`, and `attention` for plots."""
    *size, channels = assets.shape
    end = len(assets.words) + 2
    words = tf.constant(["", "", *assets.words, ""])
    rows, columns = model.get_layer("encoder").get_layer("features").output.shape[1:3]

    def read(encoded):
        pixels = pipelines.decode_resized(encoded, tuple(size))
        pixels = pixels if channels == 3 else tf.reduce_mean(pixels, -1, keepdims=True)
        return tf.cast(tf.round(pixels), "uint8")

    def search(image_bytes):
        blank = tf.zeros(assets.shape, "uint8")
        images, is_image = pipelines.decode_rows(read, image_bytes, blank)
        tokens, log_probability = decoding.greedy_search(
            models.seq2seq_step_fn(model),
            models.seq2seq_initial_state(model, images),
            batch_size=tf.shape(images)[0],
            start=end,
            end=end,
            max_length=_LONGEST,
            allowed=lambda sequences, position: tf.range(end + 1)[None] > 1,
        )
        tokens = tf.where(is_image[:, None], tokens, end)  # no words
        return images, is_image, tokens, log_probability

    def serving_default(image_bytes):
        _, is_image, tokens, log_probability = search(image_bytes)
        caption = tf.strings.reduce_join(tf.gather(words, tokens), 1, separator=" ")
        return {
            "caption": tf.strings.strip(caption),
            "confidence": tf.where(is_image, tf.exp(log_probability), 0.0),
            "is_image": is_image,
        }

    def attention(image_bytes):
        images, is_image, tokens, _ = search(image_bytes)
        previous = tf.concat([tf.fill([tf.shape(tokens)[0], 1], end), tokens[:, :-1]], 1)
        weights = models.attention_weights(model, images, previous)
        shape = tf.concat([tf.shape(weights)[:2], [rows, columns]], 0)
        weights = tf.where(is_image[:, None, None, None], tf.reshape(weights, shape), 0.0)
        return {"words": tf.gather(words, tokens), "weights": weights, "is_image": is_image}

    signature = [tf.TensorSpec([None], "string", "image_bytes")]
    examples = {"image_bytes": [_EXAMPLE.read_bytes()] * 2}
    return {
        each.__name__: Endpoint(each, signature, examples) for each in (serving_default, attention)
    }
