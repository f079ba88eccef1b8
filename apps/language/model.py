"""Language model whose states carry over from batch to batch in training."""

import keras

from apps.language.carried_lstm import CarriedLSTM
from apps.language.tokens import tokens_of
from keras_dl import models, optimizers
from keras_dl.application import Trained


def build(config, data):
    """Returns the compiled model with carried states."""
    model = carry_states(_language_model(config, data.assets), config.batch_size)
    schedule = optimizers.warmup_cosine(config.learning_rate, config.epochs * data.steps_per_epoch)
    model.compile(
        optimizers.ClippedAdam(schedule, global_clipnorm=1.0),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    return model


def without_carried_states(trained, config):
    """Returns the model of `models.language_model` in float32, with the trained weights."""
    model = _language_model(config, trained.assets)
    for weight, learned in zip(
        model.trainable_weights, trained.model.trainable_weights, strict=True
    ):
        weight.assign(learned)
    return Trained(model, trained.assets)


def carry_states(model, batch_size):
    """Returns a model with the layers of a language model, whose states carry over in training.

    Args:
        model: keras.Model of `models.language_model`. It shares its weights.
        batch_size: int. Rows of a training batch.
    """

    def replacement(layer):
        if isinstance(layer, keras.layers.LSTM):
            return CarriedLSTM(layer.cell, batch_size, name=f"carried_{layer.name}")
        return layer

    return keras.models.clone_model(model, clone_function=replacement)


def _language_model(config, assets):
    return models.language_model(
        len(tokens_of(assets.unit, assets.vocabulary)),
        embedding_units=config.embedding_units,
        units=config.units,
        layers=config.layers,
        dropout=config.dropout,
    )
