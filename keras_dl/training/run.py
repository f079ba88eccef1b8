"""One training run: its folder, its data, and the calls of `model.fit` that it is made of."""

import contextlib
import functools
import pathlib
import sys

import keras

from keras_dl.training.checkpoint import Checkpoint, bytes_needed
from keras_dl.training.distribution import on_tensorflow_workers, process_place, share_of_batches
from keras_dl.training.epoch_data import batches_of_epochs, wrong_number_of_batches_explained
from keras_dl.training.progress import ProgressLines
from keras_dl.training.run_folder import prepare_run_folder
from keras_dl.training.run_keeper import RunKeeper
from keras_dl.training.worker_fit import evaluate_on_workers, fit_on_workers


class Run:
    """What stays the same from the beginning of a run to its end. See `fit` for the arguments."""

    def __init__(self, model, epoch_data, epochs, steps_per_epoch, folder, validation_data):
        self.model = model
        self.epoch_data = epoch_data
        self.epochs = epochs
        self.steps_per_epoch = steps_per_epoch
        self.folder = pathlib.Path(folder)
        self.validation_data = validation_data
        self.history = keras.callbacks.History()
        self._fit = functools.partial(model.fit, shuffle=False)
        self._see_one_batch = functools.partial(model.evaluate, steps=1, verbose=0)
        if on_tensorflow_workers(model):
            self._fit = functools.partial(fit_on_workers, model)
            self._see_one_batch = functools.partial(evaluate_on_workers, model)
        self.process, self.num_processes = process_place(model)
        self.is_first_process = self.process == 0
        with _variable_scope(model):
            model.optimizer.build(model.trainable_variables)

    def begin(self, resume):
        """Proves the folder, and returns the checkpoint from which training goes on."""
        if self.is_first_process:
            prepare_run_folder(self.folder, bytes_needed(self.model))
        self.model.stop_training = False
        path = self.folder / "checkpoint.npz"
        if resume and path.exists():
            checkpoint = Checkpoint.load(path)
            self._check_steps(checkpoint)
            self.history.history = {name: list(v) for name, v in checkpoint.history.items()}
            self.history.epoch = list(range(checkpoint.epoch))
            return checkpoint
        checkpoint = Checkpoint.of(self.model, steps_per_epoch=self.steps_per_epoch)
        if self.is_first_process:
            # What another run left in this folder must not be resumed in place of this one.
            (self.folder / "history.json").unlink(missing_ok=True)
            checkpoint.save(path)
        return checkpoint

    def train(self, checkpoint, until, callbacks, interruption):
        """Trains from `checkpoint` to the beginning of epoch `until`, whose checkpoint it returns.

        In the middle of an epoch, `until` must be the next one: `fit` counts whole epochs.
        """
        if checkpoint.batch:
            # Metrics build themselves at the first batch they see, and there are some to restore.
            self._see_one_batch(self._batches(0, 1).take(1))
        # Before each call, since `fit` ends by putting averaged weights, if any, in their place.
        checkpoint.restore(self.model)
        if checkpoint.epoch >= until:
            self.model.optimizer.finalize_variable_values(self.model.trainable_variables)
            return checkpoint
        folder = self.folder if self.is_first_process else None
        keeper = RunKeeper(folder, checkpoint, self.history, interruption)
        progress, verbose = self._progress(checkpoint)
        with wrong_number_of_batches_explained(self.steps_per_epoch):
            self._fit(
                self._batches(checkpoint.epoch, until).skip(checkpoint.batch),
                initial_epoch=checkpoint.epoch,
                epochs=until,
                steps_per_epoch=self.steps_per_epoch - checkpoint.batch,
                validation_data=self._share(self.validation_data),
                callbacks=[*callbacks, self.history, keeper, *progress],
                verbose=verbose,
            )
        self.history.epoch = list(range(keeper.checkpoint.epoch))
        return keeper.checkpoint

    def _batches(self, first, last):
        batches = batches_of_epochs(self.epoch_data, first, last, self.steps_per_epoch)
        return self._share(batches)

    def _share(self, batches):
        # On TensorFlow the strategy hands out the shares itself.
        if batches is None or self.num_processes == 1 or on_tensorflow_workers(self.model):
            return batches
        return share_of_batches(batches, self.process, self.num_processes)

    def _progress(self, checkpoint):
        """Callbacks that print, and the `verbose` of Keras: a bar is for a terminal only."""
        if not self.is_first_process:
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
            raise ValueError(
                "a run must resume with the steps_per_epoch it began with, at a multiple of "
                f"steps_per_execution. Received steps_per_epoch {self.steps_per_epoch}, "
                f"steps_per_execution {self.model.steps_per_execution} for a checkpoint at batch "
                f"{checkpoint.batch} of {checkpoint.steps_per_epoch}. Use those of the first part."
            )


def _variable_scope(model):
    """Where variables are made that belong to `model`."""
    if keras.backend.backend() == "tensorflow":
        return model.distribute_strategy.scope()
    return contextlib.nullcontext()
