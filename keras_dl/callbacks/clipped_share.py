"""Callback that logs how often the gradient was clipped."""

from typing import cast

import keras
from keras import ops

from keras_dl.optimizers.clipped_adam import ClippedAdam


class ClippedShare(keras.callbacks.Callback):
    """Logs `clipped_share`, the fraction of the steps of each epoch that `ClippedAdam` clipped.

    The step counts are stored in the optimizer, so if `keras_dl.training.fit` resumes a training
    run in the middle of an epoch, the logged fraction still covers the whole epoch.

    Raises:
        TypeError: at the start of training, if the optimizer is not a `ClippedAdam`.
    """

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Checks the optimizer."""
        optimizer = self.model.optimizer
        # With mixed_float16, Keras wraps the optimizer.
        self._optimizer = getattr(optimizer, "inner_optimizer", optimizer)
        if not isinstance(self._optimizer, ClippedAdam):
            raise TypeError(
                "ClippedShare: the optimizer of the model must be a ClippedAdam. Received "
                f"{type(self._optimizer).__name__}. Compile the model with ClippedAdam(...)."
            )

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Resets the counts. A resumed run restores the counts of its checkpoint afterwards."""
        if self._optimizer.built:
            self._optimizer.clipped_steps.assign(0.0)
            self._optimizer.applied_steps.assign(0.0)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Adds the fraction to the logs; 0 if loss scaling skipped every step."""
        counts = self._optimizer.clipped_steps, self._optimizer.applied_steps
        clipped, applied = (float(ops.convert_to_numpy(count)) for count in counts)
        logs = cast(dict[str, float], logs)  # Keras always passes logs
        logs["clipped_share"] = clipped / max(applied, 1.0)
