"""Settings: dataclasses whose fields are flags."""

import dataclasses
from typing import Annotated, Literal

from keras_dl.application.typed import Count, Limits, Positive, check_fields


@dataclasses.dataclass(frozen=True)
class Config:
    """Base class for the settings of a command.

    Each field is a flag, and the docstring below it is the help of that flag. Values are checked
    against the annotations: `Annotated[int, Limits(at_least=1)]` rejects 0.

    Raises:
        UserError: if a value does not fit its annotation.
    """

    def __post_init__(self) -> None:
        check_fields(self)


@dataclasses.dataclass(frozen=True)
class SeededConfig(Config):
    """Settings of a command that uses random numbers."""

    seed: Annotated[int, Limits(at_least=0, at_most=2**32 - 1)] = 0
    """Seed of all randomness: on a CPU, two runs with the same seed are bitwise equal."""


@dataclasses.dataclass(frozen=True)
class FitConfig(SeededConfig):
    """Settings for training with `model.fit`. Applications add fields and set defaults."""

    epochs: Count = 10
    """Number of passes over the training data."""
    batch_size: Count = 128
    """Examples per training step."""
    learning_rate: Positive = 1e-3
    """Highest learning rate of the optimizer."""
    precision: Literal["float32", "mixed_bfloat16", "mixed_float16"] = "float32"
    """Precision of the layers; weights stay float32."""
    devices: Count = 1
    """Devices of this machine to train on. Each one gets a part of every batch."""
    tensorboard: bool = False
    """Write logs for TensorBoard into the run directory."""
