"""Says when a figure of a training tells of trouble."""

from typing import cast

import keras


class Watch(keras.callbacks.Callback):
    """Prints a line when a figure falls below a limit, and another when it has come back.

    It is for failures that no loss shows: a generator that makes one picture only, latent variables
    that mean nothing. Nothing is stopped.

    Args:
        figure: str. Name in the logs of an epoch.
        least: float. The limit.
        trouble: str. What a lower figure means, and what helps.
        after: int. Epochs in which it may be low.

    Raises:
        KeyError: at the end of an epoch, if the logs have no such figure.
    """

    def __init__(self, figure: str, least: float, trouble: str, after: int = 0) -> None:
        super().__init__()
        self._figure, self._least, self._trouble, self._after = figure, least, trouble, after
        self._low = False

    def get_state(self) -> dict[str, bool]:
        """Returns what a run that resumes needs: whether the figure was low."""
        return {"low": self._low}

    def set_state(self, state: dict[str, bool]) -> None:
        """Goes on from a state."""
        self._low = state["low"]

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Compares the figure of the epoch."""
        value = cast(dict[str, float], logs)[self._figure]  # Keras always gives logs
        low = not value >= self._least  # not a number is trouble too
        if low != self._low and epoch >= self._after:
            self._low = low
            what = self._trouble if low else "it has come back"
            print(f"\nepoch {epoch + 1}: {self._figure} is {value:.3g}: {what}", flush=True)
