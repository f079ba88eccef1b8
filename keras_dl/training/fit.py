"""`fit`: training that survives being killed, on one device or many."""

import contextlib
import importlib.util
from collections.abc import Callable, Sequence

import keras
import tensorflow as tf

from keras_dl.training.distribution import on_tensorflow_devices
from keras_dl.training.model_training import ModelTraining
from keras_dl.training.run import Run


def fit(
    model: keras.Model,
    epoch_data: Callable[[tf.Tensor], tf.data.Dataset],
    *,
    epochs: int,
    steps_per_epoch: int,
    run: Run,
    validation_data: tf.data.Dataset | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    tensorboard: bool = False,
) -> keras.callbacks.History:
    """Trains with `model.fit`, and resumes a killed run with the same result.

    `epoch_data` may depend only on the epoch: all its randomness, including the order, must be
    derived from the epoch. `Dataset.shuffle(n, seed=epoch)` is suitable (after
    `keras.utils.set_random_seed`, with the same seed before and after resuming), and so is
    `tf.random.stateless_*`; `tf.random.Generator` is not. Then weights, optimizer, dropout and
    history are bitwise equal after `kill -9` and `Run(..., resume=True)`.

    The run directory contains `history.json`, `checkpoint.npz` and optionally `tensorboard/`. The
    checkpoint is replaced after each epoch and about every 15 s within epochs. Ctrl-C finishes the
    current batch and saves a checkpoint. Progress is shown as a bar on a terminal and as plain
    lines elsewhere.

    The states of `EarlyStopping`, `ReduceLROnPlateau` and `ModelCheckpoint` (except the count of an
    integer `save_freq`) are saved and restored, and so are the states of callbacks with the methods
    `get_state() -> dict` and `set_state(dict)`. These dicts may contain arrays, lists and numbers.
    Other callbacks lose their state.

    Args:
        model: built and compiled `keras.Model`. For several devices, create it in the scope of a
            `tf.distribute` strategy (see `keras_dl.training.distribution`), and compile it with
            `steps_per_execution=1` unless there are several workers.
        epoch_data: function of the epoch (scalar int64 tensor, from 0; runs inside a graph) that
            returns a `tf.data.Dataset` of `steps_per_epoch` batches `(x, y)` or
            `(x, y, sample_weight)`, the same at each call. Resuming skips the finished batches by
            reading them.
        epochs: int. Total number of epochs, including those before the run resumed.
        steps_per_epoch: int, a multiple of the `steps_per_execution` of the model.
        run: open `Run`. It determines the directory and whether to resume.
        validation_data: `tf.data.Dataset` of batches, or None.
        callbacks: list of Keras callbacks.
        tensorboard: bool. Whether to write metrics for TensorBoard.

    Returns:
        `keras.callbacks.History` of all epochs, including those before the run resumed.

    Raises:
        ValueError: if the model is not built or compiled, a number of steps is invalid, the
            checkpoint is damaged or belongs to another model or other callbacks, or `epoch_data`
            yields more or fewer batches than `steps_per_epoch`.
        ImportError: if `tensorboard` is True and the package is not installed.
        OSError: before training, if the directory has too little space.
        FloatingPointError: if a loss or a weight is no longer finite.
        KeyboardInterrupt: on Ctrl-C, after a checkpoint is saved.
    """
    _check_model(model)
    _check_steps(model, epochs, steps_per_epoch)
    _check_data(epoch_data, validation_data)
    if not (isinstance(run, Run) and run.is_open):
        raise TypeError(
            f"fit: run must be an open training.Run. Received {run!r}. Use "
            "`with training.Run(directory) as run: training.fit(..., run=run)`."
        )
    if tensorboard:
        _check_tensorboard()
    callbacks = list(callbacks)
    if tensorboard and run.writes:
        callbacks.append(keras.callbacks.TensorBoard(run.directory / "tensorboard"))
    parts = ModelTraining(
        model, epoch_data, epochs, steps_per_epoch, run, validation_data, callbacks
    )
    checkpoint = parts.begin()
    # Processes that train together must stop together, and Ctrl-C may reach only one of them.
    with run.interrupts_held() if parts.num_processes == 1 else contextlib.nullcontext():
        checkpoint = parts.train(checkpoint, checkpoint.epoch + 1 if checkpoint.batch else epochs)
        if checkpoint.epoch < epochs and not checkpoint.stopped:
            parts.train(checkpoint, epochs)
    return parts.history


def _check_model(model):
    if not (model.built and model.compiled):
        raise ValueError(
            "fit: the model must be built and compiled. Received model "
            f"{model.name!r}, built {model.built}, compiled {model.compiled}. "
            "Call model.build(...) if the model has no keras.Input, and model.compile(...)."
        )


def _check_steps(model, epochs, steps_per_epoch):
    if epochs < 1 or steps_per_epoch < 1 or steps_per_epoch % model.steps_per_execution:
        raise ValueError(
            "fit: epochs must be at least 1, and steps_per_epoch must be a positive multiple of "
            f"the model's steps_per_execution. Received epochs {epochs}, steps_per_epoch "
            f"{steps_per_epoch}, steps_per_execution {model.steps_per_execution}. Change "
            "steps_per_epoch, or steps_per_execution in model.compile."
        )
    # Keras 3.15 fails in the middle of a step of several batches, with an unfed placeholder.
    if model.steps_per_execution > 1 and on_tensorflow_devices(model):
        raise ValueError(
            "fit: on several devices steps_per_execution must be 1. Received "
            f"{model.steps_per_execution}. Leave it out of model.compile."
        )


def _check_data(epoch_data, validation_data):
    if not callable(epoch_data):
        raise TypeError(
            "fit: epoch_data must be a function that maps the epoch to a tf.data.Dataset. Received "
            f"{type(epoch_data).__name__}. For data in a fixed order, pass lambda epoch: dataset."
        )
    if validation_data is not None and not isinstance(validation_data, tf.data.Dataset):
        raise TypeError(
            "fit: validation_data must be a tf.data.Dataset of batches, or None. Received "
            f"{type(validation_data).__name__}. Use Dataset.from_tensor_slices(...).batch(...)."
        )


def _check_tensorboard():
    # Without the package, the Keras callback would fail only after the first epoch.
    if importlib.util.find_spec("tensorboard") is None:
        raise ImportError(
            "fit: the package tensorboard must be installed for tensorboard=True. Run pip install "
            "tensorboard."
        )
