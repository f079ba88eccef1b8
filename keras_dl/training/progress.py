"""What a training run prints where there is no terminal: whole lines, few of them."""

import time

import keras

SECONDS_BETWEEN_LINES = 30.0


class ProgressLines(keras.callbacks.Callback):
    """Prints a line an epoch with all figures, and one every 30 s within long epochs.

    Args:
        epochs: int. How many epochs the run has in all.
        steps_per_epoch: int. How many batches each has.
        first_batch: int. How many batches of the first epoch were done before.
    """

    def __init__(self, epochs, steps_per_epoch, first_batch=0):
        super().__init__()
        self.epochs = epochs
        self.steps_per_epoch = steps_per_epoch
        self.first_batch = first_batch

    def on_epoch_begin(self, epoch, logs=None):
        """Starts the clock."""
        self._place = f"epoch {epoch + 1}/{self.epochs}"
        self._start = self._last_line = time.monotonic()

    def on_train_batch_end(self, batch, logs=None):
        """Prints the figures so far if the last line is long ago."""
        batch += self.first_batch + 1
        long_ago = time.monotonic() - self._last_line >= SECONDS_BETWEEN_LINES
        if long_ago and batch < self.steps_per_epoch:
            self._print(f"{self._place}, batch {batch}/{self.steps_per_epoch}", logs)

    def on_epoch_end(self, epoch, logs=None):
        """Prints the figures of the epoch."""
        self._print(self._place, logs)
        self.first_batch = 0

    def _print(self, place, logs):
        self._last_line = time.monotonic()
        figures = [f"{name} {_short(value)}" for name, value in (logs or {}).items()]
        print(" - ".join([place, f"{self._last_line - self._start:.1f} s", *figures]), flush=True)


def _short(value):
    return f"{value:.4g}" if isinstance(value, float) else str(value)
