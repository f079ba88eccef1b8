"""Builds models of every kind."""

import dataclasses
import math

import keras
import numpy as np

from apps.generate import data as images_of
from keras_dl import layers, models, optimizers
from keras_dl.application import user_error

_DROPOUT = 0.3  # of a gan's discriminator, which otherwise becomes too strong
_DISCRIMINATOR_SHARE = 0.3  # of the learning rate of a convolutional generator
_MAX_STEPS_PER_EXECUTION = 10  # steps of small networks are shorter than the overhead of a call
_WEIGHT_DECAY = 2e-4  # Hinton 2010, "A practical guide to training RBMs", section 10


def build(config, data):
    """Returns the compiled model."""
    with user_error("--filters"):  # their number must fit the size of the images
        model = _BUILDERS[config.kind](config, data.assets.shape)
    steps = config.epochs * data.steps_per_epoch
    rate = optimizers.warmup_cosine(config.step_size, steps)
    most = _MAX_STEPS_PER_EXECUTION if config.devices == 1 else 1  # not on several devices
    at_once = max(n for n in range(1, most + 1) if data.steps_per_epoch % n == 0)
    options = {"jit_compile": False, "steps_per_execution": at_once}
    if config.kind == "gan":
        # A generator with batch normalization tolerates larger steps than its discriminator.
        share = _DISCRIMINATOR_SHARE if config.filters else 1.0
        other = optimizers.warmup_cosine(share * config.step_size, steps)
        pair = (optimizers.FusedAdam(each, beta_1=0.5) for each in (rate, other))
        model.compile(*pair, **options)
        return model
    if config.kind == "autoencoder":
        # Squared error, summed over the pixels of an image.
        options |= {"loss": "mean_squared_error", "loss_weights": [math.prod(data.assets.shape)]}
    model.compile(optimizers.FusedAdam(rate), **options)
    return model


def generator(model):
    """Returns the network of a vae or gan that makes images; otherwise the whole model."""
    if isinstance(model, models.VariationalAutoencoder):
        return model.decoder
    return model.generator if isinstance(model, models.GAN) else model


def with_latent_distribution(model, assets, data):
    """Adds the mean and covariance of the latent vectors to the assets of an autoencoder.

    New latent vectors are sampled from a normal distribution with this mean and covariance.

    Args:
        model: keras.Model from `models.autoencoder`.
        assets: `Assets`.
        data: str. Training data, as in `--data`.
    """
    images, _ = images_of.read(data, "train")
    encoder, _ = models.split_autoencoder(model)
    latents = encoder.predict(images, verbose=0).astype("float32")
    covariance = np.atleast_2d(np.cov(latents.T)) + 1e-6 * np.eye(latents.shape[1])
    root = np.linalg.cholesky(covariance).astype("float32")
    return dataclasses.replace(
        assets, latent_mean=latents.mean(0).tolist(), latent_cholesky=root.tolist()
    )


def _vae(config, shape):
    return models.variational_autoencoder(
        shape,
        config.effective_latent_dim,
        units=config.units,
        filters=config.filters,
        seed=config.seed,
    )


def _autoencoder(config, shape):
    return models.autoencoder(
        shape,
        (*config.units, config.effective_latent_dim),
        activation="relu",
        noise_stddev=config.noise,
    )


def _gan(config, shape):
    return models.gan(
        shape,
        config.effective_latent_dim,
        units=config.units,
        filters=config.filters,
        dropout=_DROPOUT,
        seed=config.seed,
    )


def _rbm(config, shape):
    machine = layers.RestrictedBoltzmannMachine(
        config.effective_latent_dim,
        chains=config.batch_size,
        kernel_regularizer=keras.regularizers.L2(_WEIGHT_DECAY / 2),
        seed=config.seed,
        name="machine",
    )
    return keras.Sequential([keras.Input(shape), keras.layers.Flatten(), machine], name="rbm")


_BUILDERS = {"vae": _vae, "autoencoder": _autoencoder, "gan": _gan, "rbm": _rbm}
