"""What learns the pictures, by kind."""

import keras
from keras import ops

from apps.generate.answering import endpoints
from keras_dl import layers, models, optimizers

__all__ = ["build", "endpoints"]

_DROPOUT = 0.3  # of the discriminator of a gan, which else wins in the end
_DISCRIMINATOR_SHARE = 0.3  # of the step size of a convolutional generator
_STEPS_AT_ONCE = 10  # at most: steps of small nets are short beside what stands between them
_WEIGHT_DECAY = 2e-4  # Hinton 2010, "A practical guide to training RBMs", section 10


def build(config, data):
    """Returns the compiled model."""
    model = _BUILDERS[config.kind](config, tuple(data.assets["shape"]))
    steps = config.epochs * data.steps_per_epoch
    rate = optimizers.warmup_cosine(config.step_size, steps)
    most = _STEPS_AT_ONCE if config.devices == 1 else 1  # several devices bear no more
    at_once = max(n for n in range(1, most + 1) if data.steps_per_epoch % n == 0)
    options = {"jit_compile": False, "steps_per_execution": at_once}
    if config.kind == "gan":
        # A generator with batch normalisation bears longer steps than what judges it.
        share = _DISCRIMINATOR_SHARE if config.filters else 1.0
        model.compile(
            generator_optimizer=optimizers.FusedAdam(rate, beta_1=0.5),
            discriminator_optimizer=optimizers.FusedAdam(
                optimizers.warmup_cosine(share * config.step_size, steps), beta_1=0.5
            ),
            **options,
        )
        return model
    loss = _squared_error if config.kind == "autoencoder" else None
    model.compile(optimizers.FusedAdam(rate), loss, **options)
    return model


def _vae(config, shape):
    return models.variational_autoencoder(
        shape, config.code_units, units=config.units, filters=config.filters, seed=config.seed
    )


def _autoencoder(config, shape):
    return models.autoencoder(
        shape, (*config.units, config.code_units), activation="relu", noise=config.noise
    )


def _gan(config, shape):
    return models.generative_adversarial(
        shape,
        config.code_units,
        units=config.units,
        filters=config.filters,
        dropout=_DROPOUT,
        seed=config.seed,
    )


def _rbm(config, shape):
    machine = layers.RestrictedBoltzmannMachine(
        config.code_units,
        chains=config.batch_size,
        kernel_regularizer=keras.regularizers.L2(_WEIGHT_DECAY / 2),
        seed=config.seed,
        name="machine",
    )
    return keras.Sequential([keras.Input(shape), keras.layers.Flatten(), machine], name="rbm")


@keras.saving.register_keras_serializable(package="keras_dl_apps")
def _squared_error(true, found):
    """Returns the squared error summed over a picture, `(batch,)`."""
    return ops.sum(ops.square(true - found), axis=tuple(range(1, len(true.shape))))


_BUILDERS = {"vae": _vae, "autoencoder": _autoencoder, "gan": _gan, "rbm": _rbm}
