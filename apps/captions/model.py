"""The captioner and the endpoints of its SavedModel."""

import pathlib

import keras
import tensorflow as tf

from keras_dl import decoding, models, optimizers, pipelines
from keras_dl.application import Endpoint

_EXAMPLE = pathlib.Path(__file__).with_name("scene.png")
_LONGEST = 24  # words of a predicted caption
_WIDTH = 3  # sequences of the beam search


def build(config, data):
    """Returns the compiled model."""
    model = models.captioner(
        tuple(data.assets.shape),
        len(data.assets.words) + 3,  # padding, unknown, end
        decoder_units=config.decoder_units,
        dropout=config.dropout,
    )
    schedule = optimizers.warmup_cosine(config.learning_rate, config.epochs * data.steps_per_epoch)
    model.compile(
        keras.optimizers.AdamW(schedule, weight_decay=1e-3, global_clipnorm=1.0),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    return model
