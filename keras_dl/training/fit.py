"""Training that survives being killed, on one device or many."""

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
    """Trains with `model.fit`, such that a run that was killed and resumed ends like any other.

    The data are a function of the epoch and of nothing else: whatever is random in them, the order
    too, is drawn from the epoch. `Dataset.shuffle(n, seed=epoch)` is so (after
    `keras.utils.set_random_seed`, with the same seed in both parts), and `tf.random.stateless_*`;
    `tf.random.Generator` is not. Then weights, optimizer, dropout and history are the same to the
    bit after `kill -9` and `Run(..., resume=True)`.

    The directory of the run gets `checkpoint.npz`, replaced after each epoch and about every 15 s
    in between, `history.json` and, on request, `tensorboard/`. Ctrl-C ends the batch and leaves a
    checkpoint. Prints a progress bar on a terminal and plain lines elsewhere.

    Callbacks resume too: `EarlyStopping`, `ReduceLROnPlateau` and `ModelCheckpoint` (but for the
    count of an integer `save_freq`), and those with methods `get_state() -> dict` and
    `set_state(dict)` for arrays, lists and numbers. What others remember is lost.

    Args:
        model: built and compiled `keras.Model`, made in the scope of a `tf.distribute` strategy
            if it trains on several devices (see `keras_dl.training.distribution`); there with
            `steps_per_execution=1`, unless they are those of several workers.
        epoch_data: function from the epoch (scalar int64 tensor, from 0; it runs inside a graph) to
            a `tf.data.Dataset` of `steps_per_epoch` batches `(x, y)` or `(x, y, sample_weight)`,
            the same at each call. To resume, it runs through the batches that were done.
        epochs: int. How many epochs the run has in all, those before it resumed included.
        steps_per_epoch: int, a multiple of the `steps_per_execution` of the model.
        run: open `Run`, which says where, and whether to resume.
        validation_data: `tf.data.Dataset` of batches, or None.
        callbacks: Keras callbacks.
        tensorboard: bool. Writes the metrics for TensorBoard.

    Returns:
        `keras.callbacks.History` of all epochs, those before the run resumed included.

    Raises:
        ValueError: if the model is not built or compiled, the numbers of steps do not fit, the
            checkpoint is damaged or belongs to another model or other callbacks, or `epoch_data`
            yields more or fewer batches than `steps_per_epoch`.
        ImportError: if `tensorboard` is asked for and not installed.
        OSError: before training, if the directory has no room.
        FloatingPointError: if a loss or a weight is no longer finite.
        KeyboardInterrupt: on Ctrl-C, after a checkpoint was written.
    """
    _check_model(model)
    _check_steps(model, epochs, steps_per_epoch)
    _check_data(epoch_data, validation_data)
    if not (isinstance(run, Run) and run.is_open):
        raise TypeError(
            f"fit: run must be an open training.Run. Received {run!r}. Write "
            "with training.Run(directory) as run: training.fit(..., run=run)."
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
            "fit: metrics for TensorBoard need the package tensorboard. Received "
            "tensorboard=True, and it is not installed. Run pip install tensorboard."
        )
