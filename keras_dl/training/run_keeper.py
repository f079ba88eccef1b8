"""The callback that keeps a run safe: checkpoints, history, figures that must stay finite."""

import json
import math
import pathlib
import time

import keras
import numpy as np

from keras_dl.training.atomic_file import write_atomically
from keras_dl.training.checkpoint import Checkpoint

SECONDS_BETWEEN_CHECKPOINTS = 15.0


class RunKeeper(keras.callbacks.Callback):
    """Writes `checkpoint.npz` and `history.json`, and stops a run that has gone wrong.

    Args:
        folder: where to write; None in a process that only helps another one.
        checkpoint: `Checkpoint` from which this call of `fit` starts. The attribute of the same
            name is the latest one.
        history: `keras.callbacks.History` that runs before this callback.
        interruption: `Interruption`, or None if the run may only stop at the end of an epoch.
    """

    def __init__(self, folder, checkpoint, history, interruption):
        super().__init__()
        self.folder = None if folder is None else pathlib.Path(folder)
        self.checkpoint = checkpoint
        self._first_batch = checkpoint.batch
        self._history = history
        self._interruption = interruption
        self._last_write = time.monotonic()
        self._pause = SECONDS_BETWEEN_CHECKPOINTS

    def on_epoch_begin(self, epoch, logs=None):
        """Gives the metrics of a broken epoch back, which `fit` has just reset."""
        self._epoch = epoch
        if self._first_batch:
            self.checkpoint.restore(self.model)

    def on_train_batch_end(self, batch, logs=None):
        """Checks the loss; writes a checkpoint if it is time, or if the run is interrupted."""
        batch += self._first_batch + 1
        self._check_losses(logs or {}, batch)
        # The last batch waits for `on_epoch_end`: the history must have the epoch.
        if self._interruption is None or batch >= self.checkpoint.steps_per_epoch:
            return
        if self._interruption.requested or time.monotonic() - self._last_write >= self._pause:
            self._keep(self._epoch, batch)

    def on_epoch_end(self, epoch, logs=None):
        """Writes the history and a checkpoint at which the next epoch begins."""
        self._first_batch = 0
        if self.folder is not None:
            with write_atomically(self.folder / "history.json", "w") as file:
                json.dump(self._finished_epochs(), file, indent=1)
        self._keep(epoch + 1, 0)

    def _keep(self, epoch, batch):
        start = time.monotonic()
        self._check_weights(batch)
        self.checkpoint = Checkpoint.of(
            self.model,
            epoch=epoch,
            batch=batch,
            steps_per_epoch=self.checkpoint.steps_per_epoch,
            history=self._finished_epochs(),
        )
        if self.folder is not None:
            self.checkpoint.save(self.folder / "checkpoint.npz")
        self._last_write = time.monotonic()
        # A checkpoint that takes long is written less often: a fifteenth of the time at most.
        self._pause = SECONDS_BETWEEN_CHECKPOINTS * max(1.0, self._last_write - start)
        if self._interruption is not None and self._interruption.requested:
            raise KeyboardInterrupt

    def _finished_epochs(self):
        history = self._history.history
        return {name: [np.asarray(v).tolist() for v in values] for name, values in history.items()}

    def _check_losses(self, logs, batch):
        for name, value in logs.items():
            if "loss" in name and not math.isfinite(value):
                raise _not_finite(f"{name} {value}", self._epoch, batch)

    def _check_weights(self, batch):
        """A step may break the weights after its loss was computed; none such is kept."""
        batch = batch or self.checkpoint.steps_per_epoch
        for weight in self.model.trainable_variables:
            if not np.isfinite(keras.ops.convert_to_numpy(weight)).all():
                raise _not_finite(f"other values in {weight.path}", self._epoch, batch)


def _not_finite(what, epoch, batch):
    return FloatingPointError(
        f"losses and weights must stay finite. Received {what} at epoch {epoch + 1}, "
        f"batch {batch}, counted from 1. The last checkpoint is from before: resume with a lower "
        "learning rate or clipped gradients, or look for bad values in that batch."
    )
