"""Default training of applications: `model.fit` on batches."""

import contextlib
import json
import signal

import keras
import tensorflow as tf

from keras_dl import training
from keras_dl.application.application import Application, NoAssets, Trained
from keras_dl.application.config import FitConfig
from keras_dl.application.errors import UserError
from keras_dl.application.fields import visible
from keras_dl.application.runs import ApplicationRun
from keras_dl.application.typed import to_json
from keras_dl.training.distribution import is_equal_on_workers


def fit(
    app: Application,
    config: FitConfig,
    run: ApplicationRun,
    data: training.TrainingData | None = None,
) -> Trained:
    """Trains the model of an application; keeps the weights of the best epoch.

    The best epoch is the one with the best value of the metric `TrainingData.monitor`.

    Args:
        app: `Application` that implements `data` and `build`.
        config: `FitConfig`.
        run: `ApplicationRun`.
        data: `TrainingData`, by default `app.data(config)`.
    """
    keras.config.set_dtype_policy(config.precision)
    try:
        scope = _worker_scope(run, config) if run.workers else _strategy(config.devices).scope()
        data = data or app.data(config)
        with scope:
            model = app.build(config, data)
    finally:
        keras.config.set_dtype_policy("float32")
    steps, assets = data.steps_per_epoch, data.assets or NoAssets()
    epochs = data.epochs or config.epochs
    work = f"{model.count_params():,} weights, {epochs} epochs of {steps} steps"
    run.begin(assets, "\n".join([work, *map(visible, data.notes)]))
    training.fit(
        model,
        data.batches,
        epochs=epochs,
        steps_per_epoch=steps,
        validation_data=data.validation,
        run=run.run,
        callbacks=[*data.callbacks, *_best_epoch(data, epochs)],
        tensorboard=config.tensorboard,
    )
    return Trained(model, assets)


def _worker_scope(run, config):
    """Connects this process with the others; returns the scope in which to create the model."""
    print(f"worker {run.worker} of {len(run.workers)}: waits for the others", flush=True)
    with _ended_by_interrupt():
        if keras.backend.backend() == "jax":
            training.join_jax_hosts(run.workers[0], len(run.workers), run.worker)
            strategy, scope = None, contextlib.nullcontext()
        else:
            strategy = tf.distribute.MultiWorkerMirroredStrategy()
            scope = strategy.scope()
    flags = json.dumps([to_json(config), run.run.resume], sort_keys=True)
    if not is_equal_on_workers(flags, strategy):
        raise UserError(
            "all workers must have the same flags but --worker, and these do not. Start all of "
            "them again."
        )
    return scope


@contextlib.contextmanager
def _ended_by_interrupt():
    """Lets Ctrl-C end the process at once.

    While it waits outside of Python, Python's handler would not run.
    """
    handler = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


def _strategy(devices):
    if devices == 1:
        return tf.distribute.get_strategy()
    kind = "GPU" if tf.config.list_logical_devices("GPU") else "CPU"
    available = len(tf.config.list_logical_devices(kind))
    if available < devices:
        raise UserError(
            f"--devices must be at most {available}, the number of {kind} devices. Received "
            f"{devices}. Use fewer devices."
        )
    return tf.distribute.MirroredStrategy([f"{kind}:{index}" for index in range(devices)])


def _best_epoch(data, epochs):
    if data.validation is None or data.monitor is None:
        return []
    mode = "min" if data.monitor.endswith("loss") else "max"
    return [
        keras.callbacks.EarlyStopping(
            data.monitor, mode=mode, patience=epochs, restore_best_weights=True
        )
    ]
