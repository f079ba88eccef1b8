"""Calls `model.fit` for `training.fit`, and prepares its batches."""

import contextlib
import functools
import re
import sys
from collections.abc import Callable, Iterable, Iterator

import keras
import tensorflow as tf

from keras_dl.training.atomic_file import CheckpointError
from keras_dl.training.callback_states import check_same_callbacks
from keras_dl.training.checkpoint import Checkpoint, bytes_needed
from keras_dl.training.distribution import (
    evaluate_on_workers,
    fit_on_workers,
    on_tensorflow_workers,
    process_index_and_count,
    share_of_batches,
)
from keras_dl.training.fit_callbacks import CheckpointCallback, ProgressLines
from keras_dl.training.run import Run

_LARGEST_SEED = 2**31 - 1


class ModelTraining:
    """Training of a model in one or more calls to `model.fit`. See `fit` for the arguments."""

    def __init__(
        self,
        model: keras.Model,
        epoch_data: Callable[[tf.Tensor], tf.data.Dataset],
        epochs: int,
        steps_per_epoch: int,
        run: Run,
        validation_data: tf.data.Dataset | None,
        callbacks: Iterable[keras.callbacks.Callback],
    ) -> None:
        self.model = model
        self.epoch_data = epoch_data
        self.epochs = epochs
        self.steps_per_epoch = steps_per_epoch
        self.run = run
        self.validation_data = validation_data
        self.callbacks = list(callbacks)
        self.history = keras.callbacks.History()
        self._fit = functools.partial(model.fit, shuffle=False)
        self._see_one_batch = functools.partial(model.evaluate, steps=1, verbose=0)
        if on_tensorflow_workers(model):
            self._fit = functools.partial(fit_on_workers, model)
            self._see_one_batch = functools.partial(evaluate_on_workers, model)
        self.process, self.num_processes = process_index_and_count(model)
        if run.writes != (self.process == 0):
            raise ValueError(
                "fit: run.writes must be True only in the first process that trains. "
                f"Received Run(writes={run.writes}) in process {self.process} of "
                f"{self.num_processes}. Use Run(..., writes=False) in all but the first."
            )
        with _variable_scope(model):
            model.optimizer.build(model.trainable_variables)

    def begin(self) -> Checkpoint:
        """Checks the run directory and returns the checkpoint from which training continues."""
        self.run.prove_room(bytes_needed(self.model, self.callbacks))
        if self.run.resumes:
            checkpoint = Checkpoint.load(self.run.checkpoint)
            self._check_steps(checkpoint)
            check_same_callbacks(self.callbacks, checkpoint.callbacks)
            self.history.history = {name: list(v) for name, v in checkpoint.history.items()}
            self.history.epoch = list(range(checkpoint.epoch))
            return checkpoint
        checkpoint = Checkpoint.of(self.model, steps_per_epoch=self.steps_per_epoch)
        self.run.save_checkpoint(*checkpoint.packed())
        return checkpoint

    def train(self, checkpoint: Checkpoint, until: int) -> Checkpoint:
        """Trains from `checkpoint` to the start of epoch `until` and returns the checkpoint there.

        In the middle of an epoch, `until` must be the next one: `fit` counts whole epochs.
        """
        # A finished run gets a call without epochs: callbacks may act at the end of training.
        until = checkpoint.epoch if checkpoint.stopped else max(until, checkpoint.epoch)
        if checkpoint.batch:
            # Metrics are built on their first batch, and must be built before they are restored.
            self._see_one_batch(self._batches(0, 1).take(1))
        # Before each call, because `fit` may end by replacing the weights with averaged ones.
        checkpoint.restore(self.model)
        keeper = CheckpointCallback(
            self.run,
            checkpoint,
            self.callbacks,
            self.history,
            within_epochs=self.num_processes == 1,
        )
        progress, verbose = self._progress(checkpoint)
        # Keras reads a batch even if no epoch is left.
        first = checkpoint.epoch if checkpoint.epoch < until else 0
        with wrong_number_of_batches_explained(self.steps_per_epoch):
            self._fit(
                self._batches(first, until).skip(checkpoint.batch),
                initial_epoch=checkpoint.epoch,
                epochs=until,
                steps_per_epoch=self.steps_per_epoch - checkpoint.batch,
                validation_data=self._share(self.validation_data),
                callbacks=[*self.callbacks, self.history, keeper, *progress],
                verbose=verbose,
            )
        self.history.epoch = list(range(keeper.checkpoint.epoch))
        return keeper.checkpoint

    def _batches(self, first, last):
        batches = batches_of_epochs(self.epoch_data, first, last, self.steps_per_epoch)
        return self._share(batches)

    def _share(self, batches):
        # On TensorFlow, the strategy splits the batches itself.
        if batches is None or self.num_processes == 1 or on_tensorflow_workers(self.model):
            return batches
        return share_of_batches(batches, self.process, self.num_processes)

    def _progress(self, checkpoint):
        """Returns progress callbacks and the `verbose` of Keras: a bar only on terminals."""
        if self.process:
            return [], 0
        if sys.stdout.isatty():
            return [], 1
        return [ProgressLines(self.epochs, self.steps_per_epoch, checkpoint.batch)], 0

    def _check_steps(self, checkpoint):
        left = checkpoint.steps_per_epoch - checkpoint.batch
        if (
            checkpoint.steps_per_epoch != self.steps_per_epoch
            or left % self.model.steps_per_execution
        ):
            raise CheckpointError(
                "fit: steps_per_epoch must be the same as in the checkpoint, and "
                "steps_per_execution must divide the number of remaining batches. Received "
                f"steps_per_epoch {self.steps_per_epoch}, steps_per_execution "
                f"{self.model.steps_per_execution} for a checkpoint at batch {checkpoint.batch} of "
                f"{checkpoint.steps_per_epoch}. Use the values of the saved run."
            )


def _variable_scope(model):
    """Returns the scope in which variables of `model` must be created."""
    if keras.backend.backend() == "tensorflow":
        return model.distribute_strategy.scope()
    return contextlib.nullcontext()


def batches_of_epochs(
    epoch_data: Callable[[tf.Tensor], tf.data.Dataset],
    first: int,
    last: int,
    steps_per_epoch: int,
) -> tf.data.Dataset:
    """Concatenates the batches of the epochs `first` to `last - 1`.

    Returns:
        `tf.data.Dataset`. Reading it raises `FailedPreconditionError` if an epoch has more or fewer
        than `steps_per_epoch` batches, which would shift all later batches.
    """

    def exact(epoch):
        graph_seed = tf.compat.v1.get_default_graph().seed
        if graph_seed is not None and graph_seed % _LARGEST_SEED == 0:
            # TensorFlow treats it as 0, and fails if 0 is combined with a tensor seed.
            tf.random.set_seed(_LARGEST_SEED - 1)
        batches = epoch_data(epoch)
        return batches.apply(tf.data.experimental.assert_cardinality(steps_per_epoch))

    return tf.data.Dataset.range(first, last).flat_map(exact).prefetch(tf.data.AUTOTUNE)


@contextlib.contextmanager
def wrong_number_of_batches_explained(steps_per_epoch: int) -> Iterator[None]:
    """Replaces TensorFlow's long error with a short one about the number of batches.

    Raises:
        ValueError: if an epoch in the block does not have `steps_per_epoch` batches.
    """
    try:
        yield
    except tf.errors.FailedPreconditionError as error:
        match = re.search(r"contained ((?:only|at least) \d+) elements", str(error))
        if match is None:
            raise
        raise ValueError(
            f"fit: epoch_data must yield exactly steps_per_epoch={steps_per_epoch} batches in "
            f"every epoch. Received {match[1]}. Truncate or repeat the data, or change "
            "steps_per_epoch."
        ) from error
