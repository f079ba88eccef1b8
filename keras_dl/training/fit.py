"""Training that survives being killed, on one device or many."""

import contextlib
import importlib.util
import pathlib
import sys

import keras
import tensorflow as tf

from keras_dl.training.checkpoint import Checkpoint, bytes_needed
from keras_dl.training.distribution import on_tensorflow_workers, process_place, share_of_batches
from keras_dl.training.interruption import Interruption
from keras_dl.training.progress import ProgressLines
from keras_dl.training.run_folder import prepare_run_folder
from keras_dl.training.run_keeper import RunKeeper
from keras_dl.training.worker_fit import fit_on_workers


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

    The data are a function of the epoch and of nothing else: draw whatever is random in them, the
    order too, from the epoch (`tf.random.Generator` and `Dataset.shuffle` without a seed have a
    memory; `tf.random.stateless_uniform` and `Dataset.shuffle(n, seed=epoch)` have none). Then
    weights, optimizer, dropout and history are, after `kill -9` and `resume`, the same to the bit.

    `folder` gets `checkpoint.npz`, replaced after each epoch and about every 15 s in between,
    `history.json` and, on request, `tensorboard/`. Ctrl-C ends the batch and leaves a checkpoint.
    Prints a progress bar on a terminal and plain lines elsewhere.

    Args:
        model: built and compiled `keras.Model`, made in the scope of a `tf.distribute` strategy
            if it trains on several devices (see `keras_dl.training.distribution`).
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
    _check_arguments(model, epochs, steps_per_epoch, validation_data, tensorboard)
    with model.distribute_strategy.scope() if _on_tensorflow() else contextlib.nullcontext():
        model.optimizer.build(model.trainable_variables)
    run = _Run(model, epoch_data, epochs, steps_per_epoch, pathlib.Path(folder), validation_data)
    checkpoint = run.begin(resume)
    history = keras.callbacks.History()
    history.history = {name: list(values) for name, values in checkpoint.history.items()}
    callbacks = [*callbacks, history]
    if tensorboard and run.is_first_process:
        callbacks.append(keras.callbacks.TensorBoard(run.folder / "tensorboard"))
    # Processes that train together must stop together, which Ctrl-C in one of them is not.
    with Interruption() if run.num_processes == 1 else contextlib.nullcontext() as interruption:
        if checkpoint.batch:
            checkpoint = run.train(checkpoint, checkpoint.epoch + 1, callbacks, interruption)
        if checkpoint.epoch < epochs and not model.stop_training:
            run.train(checkpoint, epochs, callbacks, interruption)
    history.epoch = list(range(max(map(len, history.history.values()), default=0)))
    return history
