"""The learner of applications whose models learn by `fit` on batches."""

import keras
import tensorflow as tf

from keras_dl import callbacks, optimizers, training


class Fit:
    """What learns by `training.fit`.

    Args:
        config: `Configuration` of the application.
        pipeline: function from it to the data of training.
        build: function from it and the data to the compiled model.

    Attributes:
        model: built `keras.Model`, which `fit` trains.
        assets: dict for JSON: what the model needs beside its weights.
        work: str. How much there is to do, for the first line that a user sees.
    """

    def __init__(self, config, pipeline, build):
        keras.config.set_dtype_policy(config.precision)
        strategy = _strategy(config.devices)
        self._config = config
        self._data = pipeline(config)
        with strategy.scope():
            self.model = build(config, self._data)
        self.assets = self._data.assets
        self.work = f"{self._data.steps_per_epoch} steps an epoch"

    def fit(self, folder, resume):
        """Trains until the end, and leaves checkpoint.npz and history.json in the folder."""
        training.fit(
            self.model,
            self._data.train,
            epochs=self._config.epochs,
            steps_per_epoch=self._data.steps_per_epoch,
            validation_data=self._data.validation,
            folder=folder,
            resume=resume,
            callbacks=[*_callbacks(self.model), *getattr(self._data, "callbacks", ())],
            tensorboard=self._config.tensorboard,
        )


def _strategy(devices):
    if devices == 1:
        return tf.distribute.get_strategy()
    kind = "GPU" if tf.config.list_logical_devices("GPU") else "CPU"
    found = len(tf.config.list_logical_devices(kind))
    if found < devices:
        raise ValueError(
            f"--devices must be at most what this machine has. Received {devices}, found {found} "
            f"{kind}."
        )
    return tf.distribute.MirroredStrategy([f"{kind}:{place}" for place in range(devices)])


def _callbacks(model):
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    return [callbacks.ClippedShare()] if isinstance(optimizer, optimizers.ClippedAdam) else []
