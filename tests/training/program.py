"""A small training run, in a process of its own: `python program.py MODE FOLDER [ARGUMENTS]`."""

import os
import pathlib
import signal
import sys
import time

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_dl import training
from keras_dl.training import run as run_module

STEPS = 8
FEATURES = np.random.default_rng(0).normal(size=(8 * STEPS, 3)).astype("float32")
TARGETS = np.sin(FEATURES.sum(axis=1, keepdims=True))


def epoch_data(epoch):
    """Eight batches of eight rows, in an order that only the epoch knows."""
    rows = tf.data.Dataset.from_tensor_slices((FEATURES, TARGETS))
    return rows.shuffle(len(FEATURES), seed=epoch).batch(8)


def validation_data():
    return tf.data.Dataset.from_tensor_slices((FEATURES[:16], TARGETS[:16])).batch(8)


def make_model(**compile_options):
    """A model with all that a checkpoint must not forget: seeds, moving averages, momenta."""
    keras.utils.set_random_seed(5)
    model = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(8, "tanh"),
            keras.layers.Dropout(0.3),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(1, dtype="float32"),
        ]
    )
    # The name of a metric makes variables in the step, which TensorFlow then traces twice.
    metrics = [keras.metrics.MeanAbsoluteError("mae")]
    options = {"optimizer": keras.optimizers.Adam(0.01), "loss": "mse", "metrics": metrics}
    model.compile(**{**options, **compile_options})
    return model


def make_plain_model():
    """Without chance, and with weights that are the same on every backend."""
    keras.utils.set_random_seed(5)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(8, "tanh")])
    model.add(keras.layers.Dense(1))
    generator = np.random.default_rng(1)
    model.set_weights([generator.normal(size=w.shape) * 0.5 for w in model.weights])
    model.compile(optimizer=keras.optimizers.Adam(0.05), loss="mse", metrics=["mae"])
    return model


def fit(model, folder, *, resume=False, writes=True, **options):
    defaults = {"epoch_data": epoch_data, "epochs": 3, "steps_per_epoch": STEPS}
    with training.Run(folder, resume=resume, writes=writes) as run:
        return training.fit(model, run=run, **{**defaults, **options})


def state(model):
    """Every number that training changes."""
    variables = [*model.variables, *model.optimizer.variables]
    return [keras.ops.convert_to_numpy(variable) for variable in variables]


class Stop(keras.callbacks.Callback):
    """Breaks the second epoch off after `batch` batches."""

    def __init__(self, batch, action):
        super().__init__()
        self.batch = batch
        self.action = action

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch + 1) == (1, self.batch):
            self.action()


class BrokenOff(Exception):
    pass


def break_off():
    raise BrokenOff


def resume(folder, **options):
    model = make_model(**options)
    model.set_weights([weight + 1 for weight in model.get_weights()])
    data = validation_data()
    return model, fit(model, folder, resume=True, validation_data=data)


def assert_same_bits(run, other_run):
    (model, history), (other, other_history) = run, other_run
    for value, other_value in zip(state(model), state(other), strict=True):
        np.testing.assert_array_equal(value, other_value)
    assert history.history == other_history.history
    assert history.epoch == other_history.epoch


class BreakAtOnce(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        break_off()


def train_until_killed(folder):
    """Dies of SIGKILL after the sixth batch of the second epoch, whose checkpoint is of five."""
    run_module.SECONDS_BETWEEN_CHECKPOINTS = 0
    kill = Stop(6, lambda: os.kill(os.getpid(), signal.SIGKILL))
    fit(make_model(), folder, validation_data=validation_data(), callbacks=[kill])


def train_in_two_parts(folder, result="result.npz", writes=True):
    """One epoch, then a new model that has forgotten it and resumes."""
    options = {"validation_data": validation_data(), "writes": writes}
    fit(make_plain_model(), folder, epochs=1, **options)
    model = make_plain_model()
    model.set_weights([0 * weight for weight in model.get_weights()])
    history = fit(model, folder, resume=True, **options)
    save(folder / result, history, model.get_weights())


def train_on_two_devices(folder):
    devices = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], devices)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    with strategy.scope():
        with pytest.raises(ValueError, match=r"steps_per_execution must be 1. Received 2"):
            fit(make_model(steps_per_execution=2), folder)
        train_in_two_parts(folder)


def train_as_tensorflow_worker(folder):
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    index = strategy.cluster_resolver.task_id
    with strategy.scope():
        train_in_two_parts(folder, f"result{index}.npz", writes=index == 0)
    # TensorFlow may need half a minute to leave a cluster, and what is tested is over once both
    # workers have arrived here.
    while not (folder / f"result{1 - index}.npz").exists():
        time.sleep(0.1)
    os._exit(0)


def train_as_jax_process(folder, coordinator, index):
    training.join_jax_hosts(coordinator, 2, int(index))
    train_in_two_parts(folder, f"result{index}.npz", writes=index == "0")


def save(path, history, arrays):
    with training.write_atomically(path) as file:
        np.savez(file, *arrays, **{f"history_{k}": v for k, v in history.history.items()})


if __name__ == "__main__":
    globals()[sys.argv[1]](pathlib.Path(sys.argv[2]), *sys.argv[3:])
