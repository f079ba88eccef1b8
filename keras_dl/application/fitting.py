"""The training that applications have by default: `model.fit` on batches."""

from typing import Any

import keras

from keras_dl import training
from keras_dl.application.application import Trained
from keras_dl.application.errors import UserError


def fit(app: Any, config: Any, run: Any) -> Trained:
    """Trains the model of an application; keeps the weights of the best epoch.

    The best epoch is the one in which `TrainingData.monitor` was best on the validation data.

    Args:
        app: `Application` with `data` and `build`.
        config: `FitConfig`.
        run: `ApplicationRun`.
    """
    keras.config.set_dtype_policy(config.precision)
    try:
        with training.devices(config.devices) as scope:
            data = app.data(config)
            with scope:
                model = app.build(config, data)
    except training.DeviceError as error:
        raise UserError(f"--devices: {error}") from error
    finally:
        keras.config.set_dtype_policy("float32")
    steps = data.steps_per_epoch
    run.begin(data.assets, f"{model.count_params():,} weights, {steps} steps an epoch")
    training.fit(
        model,
        data.batches,
        epochs=config.epochs,
        steps_per_epoch=steps,
        validation_data=data.validation,
        run=run.run,
        callbacks=[*data.callbacks, *_best_epoch(data, config.epochs)],
        tensorboard=config.tensorboard,
    )
    return Trained(model, data.assets)


def _best_epoch(data, epochs):
    if data.validation is None or data.monitor is None:
        return []
    mode = "min" if data.monitor.endswith("loss") else "max"
    return [
        keras.callbacks.EarlyStopping(
            data.monitor, mode=mode, patience=epochs, restore_best_weights=True
        )
    ]
