"""Callback that warns when a metric falls below a limit."""

from typing import cast

import keras


class MetricAlert(keras.callbacks.Callback):
    """Prints a warning when a metric falls below a limit, and a message when it recovers.

    Use it for failures that the loss does not show, for instance a generator that always generates
    the same image, or unused latent variables. Training continues.

    Args:
        monitor: str. Name of the metric in the logs of an epoch.
        min_value: float. The limit.
        message: str. Text of the warning: what a low value means, and what to do about it.
        start_from_epoch: int. Number of initial epochs in which no warning is printed.

    Raises:
        KeyError: at the end of an epoch, if the logs do not contain the metric.
    """

    def __init__(
        self, monitor: str, min_value: float, message: str, start_from_epoch: int = 0
    ) -> None:
        super().__init__()
        self.monitor, self.min_value, self.message = monitor, min_value, message
        self.start_from_epoch = start_from_epoch
        self._low = False

    def get_state(self) -> dict[str, bool]:
        """Returns the state that a resumed run needs: whether the metric was low."""
        return {"low": self._low}

    def set_state(self, state: dict[str, bool]) -> None:
        """Restores a state returned by `get_state`."""
        self._low = state["low"]

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Compares the metric of the epoch with the limit."""
        value = cast(dict[str, float], logs)[self.monitor]  # Keras always passes logs
        low = not value >= self.min_value  # also if it is not a number
        if low != self._low and epoch >= self.start_from_epoch:
            self._low = low
            message = self.message if low else "it has recovered"
            print(f"\nepoch {epoch + 1}: {self.monitor} is {value:.3g}: {message}", flush=True)
