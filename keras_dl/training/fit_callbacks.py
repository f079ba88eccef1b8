"""Callbacks of `fit` for checkpoints and progress."""

import math
import time
from collections.abc import Mapping, Sequence

import keras
import numpy as np

from keras_dl.training.callback_states import give_states, states_of
from keras_dl.training.checkpoint import Checkpoint
from keras_dl.training.run import Run

SECONDS_BETWEEN_LINES = 30.0


class CheckpointCallback(keras.callbacks.Callback):
    """Writes `checkpoint.npz` and `history.json`; stops a run if losses or weights are not finite.

    Args:
        run: open `Run`.
        checkpoint: `Checkpoint` from which this call to `fit` starts. The attribute `checkpoint` is
            the latest checkpoint.
        callbacks: callbacks of the user. They run before this one, and their states are saved.
        history: `keras.callbacks.History` that runs before this callback.
        within_epochs: bool. Whether to write checkpoints within epochs too.
    """

    def __init__(
        self,
        run: Run,
        checkpoint: Checkpoint,
        callbacks: Sequence[keras.callbacks.Callback],
        history: keras.callbacks.History,
        *,
        within_epochs: bool,
    ) -> None:
        super().__init__()
        self.checkpoint = checkpoint
        self._run = run
        self._first_batch = checkpoint.batch
        self._callbacks = callbacks
        self._history = history
        self._within_epochs = within_epochs

    def on_train_begin(self, logs: Mapping[str, float] | None = None) -> None:
        """Restores the states of the callbacks, which the callbacks reset when training begins."""
        give_states(self._callbacks, self.checkpoint.callbacks)

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Restores the metrics of an interrupted epoch, which `fit` has just reset."""
        self._epoch = epoch
        if self._first_batch:
            self.checkpoint.restore(self.model)

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        """Checks the loss; writes a checkpoint if it is due or the run is interrupted."""
        batch += self._first_batch + 1
        self._check_losses(logs or {}, batch)
        # The last batch waits for `on_epoch_end`: the history must include the epoch.
        is_last = batch >= self.checkpoint.steps_per_epoch
        if self._within_epochs and not is_last and self._run.checkpoint_is_due:
            self._keep(self._epoch, batch)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Writes the history and the checkpoint from which the next epoch starts."""
        self._first_batch = 0
        self._run.write_json("history.json", self._finished_epochs())
        self._keep(epoch + 1, 0, stopped=self.model.stop_training)

    def _keep(self, epoch, batch, *, stopped=False):
        self._check_weights(batch)
        self.checkpoint = Checkpoint.of(
            self.model,
            epoch=epoch,
            batch=batch,
            steps_per_epoch=self.checkpoint.steps_per_epoch,
            history=self._finished_epochs(),
            callbacks=states_of(self._callbacks),
            stopped=stopped,
        )
        self._run.save_checkpoint(*self.checkpoint.packed())

    def _finished_epochs(self):
        history = self._history.history
        return {name: [np.asarray(v).tolist() for v in values] for name, values in history.items()}

    def _check_losses(self, logs, batch):
        for name, value in logs.items():
            if "loss" in name and not math.isfinite(value):
                raise _not_finite(f"{name} {value}", self._epoch, batch)

    def _check_weights(self, batch):
        """Rejects weights that an update has broken after its loss was computed."""
        batch = batch or self.checkpoint.steps_per_epoch
        for weight in self.model.trainable_variables:
            if not np.isfinite(keras.ops.convert_to_numpy(weight)).all():
                raise _not_finite(f"non-finite values in {weight.path}", self._epoch, batch)


def _not_finite(what, epoch, batch):
    return FloatingPointError(
        f"fit: losses and weights must stay finite. Received {what} at epoch {epoch + 1}, batch "
        f"{batch}, counted from 1. Resume from the last checkpoint with a lower learning rate or "
        "clipped gradients, or check that batch for bad values."
    )


class ProgressLines(keras.callbacks.Callback):
    """Prints all metrics in a line after each epoch, and every 30 s within long epochs.

    If more than a minute is left at the pace of the current epoch, the line says so. It is meant
    for output that is not a terminal.

    Args:
        epochs: int. Total number of epochs.
        steps_per_epoch: int. Number of batches per epoch.
        first_batch: int. Number of batches of the first epoch that are already done.
    """

    def __init__(self, epochs: int, steps_per_epoch: int, first_batch: int = 0) -> None:
        super().__init__()
        self.epochs = epochs
        self.steps_per_epoch = steps_per_epoch
        self.first_batch = first_batch

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Starts the clock."""
        self._epoch, self._name = epoch, f"epoch {epoch + 1}/{self.epochs}"
        self._start = self._last_line = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        """Prints the current metrics if the last line is at least 30 s old."""
        batch += self.first_batch + 1
        long_ago = time.monotonic() - self._last_line >= SECONDS_BETWEEN_LINES
        if long_ago and batch < self.steps_per_epoch:
            self._print(f"{self._name}, batch {batch}/{self.steps_per_epoch}", batch, logs)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Prints the metrics of the epoch."""
        self._print(self._name, self.steps_per_epoch, logs)
        self.first_batch = 0

    def _print(self, name, batch, logs):
        self._last_line = time.monotonic()
        seconds = self._last_line - self._start
        batches_left = (self.epochs - self._epoch) * self.steps_per_epoch - batch
        minutes = seconds * batches_left / (batch - self.first_batch) / 60
        left = f"about {minutes:.0f} min left" if minutes >= 1 else ""
        parts = [name, f"{seconds:.1f} s", metrics_line(logs or {}), left]
        print(" - ".join(filter(None, parts)), flush=True)


def metrics_line(metrics: Mapping[str, float | None]) -> str:
    """Returns a line of names and values, such as `loss 0.25 - accuracy 0.9`."""
    return " - ".join(f"{name} {_short(value)}" for name, value in metrics.items())


def _short(value):
    return f"{value:.4g}" if isinstance(value, float) else str(value)
