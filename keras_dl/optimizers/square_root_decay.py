"""Learning rate schedule with square root decay."""

import keras
from keras import ops

from keras_dl.typing import Config, Tensor


@keras.saving.register_keras_serializable(package="keras_dl")
class SquareRootDecay(keras.optimizers.schedules.LearningRateSchedule):
    """Learning rate schedule `initial_learning_rate / sqrt(epoch)`, with epochs counted from 1.

    Keras provides other schedules that depend on the epoch, if `decay_steps` is the number of steps
    per epoch and `staircase` is True: `InverseTimeDecay` is `a / (1 + decay * epoch)`, and
    `ExponentialDecay` is `a * rate ** epoch`. To decay less often than every epoch, use a larger
    `decay_steps`, or `PiecewiseConstantDecay`.

    Args:
        initial_learning_rate: float. Learning rate of the first epoch.
        decay_steps: int. Steps per epoch.

    Raises:
        ValueError: if an argument is not positive.

    Example:
    >>> schedule = SquareRootDecay(0.3, decay_steps=10)
    >>> [round(float(schedule(step)), 3) for step in (0, 9, 10, 80)]
    [0.3, 0.3, 0.212, 0.1]
    """

    def __init__(
        self, initial_learning_rate: float, decay_steps: int, name: str = "square_root_decay"
    ) -> None:
        super().__init__()
        if initial_learning_rate <= 0 or decay_steps < 1:
            raise ValueError(
                "SquareRootDecay: initial_learning_rate and decay_steps must be positive. Received "
                f"initial_learning_rate {initial_learning_rate}, decay_steps {decay_steps}. Pass "
                "a positive rate and the steps per epoch."
            )
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.name = name

    def __call__(self, step: int | Tensor) -> Tensor:
        """Returns the learning rate of a step."""
        rate = ops.convert_to_tensor(self.initial_learning_rate)
        epoch = 1 + ops.floor(ops.cast(step, rate.dtype) / self.decay_steps)
        return rate / ops.sqrt(epoch)

    def get_config(self) -> Config:
        """Returns the constructor arguments."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "name": self.name,
        }
