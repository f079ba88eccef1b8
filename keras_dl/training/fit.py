"""Training that survives being killed, on one device or many."""

import contextlib
import importlib.util

import keras
import tensorflow as tf

from keras_dl.training.distribution import on_tensorflow_devices
from keras_dl.training.interruption import Interruption
from keras_dl.training.run import Run


def fit(
    model,
    epoch_data,
    *,
    epochs,
    steps_per_epoch,
    folder,
    validation_data=None,
    resume=False,
    callbacks=(),
    tensorboard=False,
):
    """Trains with `model.fit`, such that a run that was killed and resumed ends like any other.

    The data are a function of the epoch and of nothing else: whatever is random in them, the order
    too, is drawn from the epoch. `Dataset.shuffle(n, seed=epoch)` is so (after
    `keras.utils.set_random_seed`, with the same seed in both parts), and `tf.random.stateless_*`;
    `tf.random.Generator` is not. Then weights, optimizer, dropout and history are the same to the
    bit after `kill -9` and `resume`.

    `folder` gets `checkpoint.npz`, replaced after each epoch and about every 15 s in between,
    `history.json` and, on request, `tensorboard/`. Ctrl-C ends the batch and leaves a checkpoint.
    Prints a progress bar on a terminal and plain lines elsewhere.

    Args:
        model: built and compiled `keras.Model`, made in the scope of a `tf.distribute` strategy
            if it trains on several devices (see `keras_dl.training.distribution`); there with
            `steps_per_execution=1`, unless they are those of several workers.
        epoch_data: function from the epoch (scalar int64 tensor, from 0; it runs inside a graph) to
            a `tf.data.Dataset` of `steps_per_epoch` batches `(x, y)` or `(x, y, sample_weight)`,
            the same at each call. To resume, it runs through the batches that were done.
        epochs: int. How many epochs the run has in all, those before `resume` included.
        steps_per_epoch: int, a multiple of the `steps_per_execution` of the model.
        folder: str or `pathlib.Path` of the run, made if it is not there.
        validation_data: `tf.data.Dataset` of batches, or None.
        resume: bool. Continues from the checkpoint in `folder`, if there is one; else begins anew
            and replaces what is there.
        callbacks: Keras callbacks. What they remember themselves (the patience of
            `EarlyStopping`) is not in the checkpoint.
        tensorboard: bool. Writes the figures for TensorBoard.

    Returns:
        `keras.callbacks.History` of all epochs, those before `resume` included.

    Raises:
        ValueError: if the model is not built or compiled, the numbers of steps do not fit, the
            checkpoint is damaged or belongs to another model, or `epoch_data` yields more or fewer
            batches than `steps_per_epoch`.
        ImportError: if `tensorboard` is asked for and not installed.
        OSError: before training, if `folder` is not writable or has no room.
        FloatingPointError: if a loss or a weight is no longer finite.
        KeyboardInterrupt: on Ctrl-C, after a checkpoint was written.
    """
    _check_model(model)
    _check_steps(model, epochs, steps_per_epoch)
    _check_data(epoch_data, validation_data)
    if tensorboard:
        _check_tensorboard()
    run = Run(model, epoch_data, epochs, steps_per_epoch, folder, validation_data)
    checkpoint = run.begin(resume)
    callbacks = list(callbacks)
    if tensorboard and run.is_first_process:
        callbacks.append(keras.callbacks.TensorBoard(run.folder / "tensorboard"))
    # Processes that train together must stop together, and Ctrl-C may reach only one of them.
    with Interruption() if run.num_processes == 1 else contextlib.nullcontext() as interruption:
        if checkpoint.batch:
            checkpoint = run.train(checkpoint, checkpoint.epoch + 1, callbacks, interruption)
        if not model.stop_training:
            run.train(checkpoint, epochs, callbacks, interruption)
    return run.history


def _check_model(model):
    if not (model.built and model.compiled):
        raise ValueError(
            "fit: the model must be built and compiled. Received model "
            f"{model.name!r}, built {model.built}, compiled {model.compiled}. "
            "Call model.build(...) if it has no inputs of its own, and model.compile(...)."
        )


def _check_steps(model, epochs, steps_per_epoch):
    if epochs < 1 or steps_per_epoch < 1 or steps_per_epoch % model.steps_per_execution:
        raise ValueError(
            "fit: epochs must be at least 1, and steps_per_epoch a positive multiple of the "
            f"model's steps_per_execution. Received epochs {epochs}, steps_per_epoch "
            f"{steps_per_epoch}, steps_per_execution {model.steps_per_execution}. "
            "Change steps_per_epoch, or steps_per_execution in model.compile."
        )
    # Keras 3.15 dies in the middle of such a step, of a placeholder that nothing was fed to.
    if model.steps_per_execution > 1 and on_tensorflow_devices(model):
        raise ValueError(
            "fit: on several devices steps_per_execution must be 1. Received "
            f"{model.steps_per_execution}. Leave it out of model.compile."
        )


def _check_data(epoch_data, validation_data):
    if not callable(epoch_data):
        raise TypeError(
            "fit: epoch_data must be a function from the epoch to a tf.data.Dataset. Received "
            f"{type(epoch_data).__name__}. For data in a fixed order: lambda epoch: dataset."
        )
    if validation_data is not None and not isinstance(validation_data, tf.data.Dataset):
        raise TypeError(
            "fit: validation_data must be a tf.data.Dataset of batches, or None. Received "
            f"{type(validation_data).__name__}. Use tf.data.Dataset.from_tensor_slices(...).batch."
        )


def _check_tensorboard():
    # The callback of Keras can be made without the package, and fails after the first epoch.
    if importlib.util.find_spec("tensorboard") is None:
        raise ImportError(
            "fit: figures for TensorBoard need the package tensorboard. Received "
            "tensorboard=True, and it is not installed. Run pip install tensorboard."
        )
