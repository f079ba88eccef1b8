"""Settings of commands, as dataclasses whose fields are command-line flags."""

import dataclasses
from typing import Annotated, Literal

from keras_dl.application.typed import Count, Limits, Positive, check_fields


@dataclasses.dataclass(frozen=True)
class Config:
    """Base class for the settings of a command.

    Each field is a flag, and the docstring below the field is its help text. Values are checked
    against the annotations: `Annotated[int, Limits(at_least=1)]` rejects 0.

    Raises:
        UserError: if a value does not match its annotation.
    """

    def __post_init__(self) -> None:
        check_fields(self)


@dataclasses.dataclass(frozen=True)
class SeededConfig(Config):
    """Settings of a command that uses random numbers."""

    seed: Annotated[int, Limits(at_least=0, at_most=2**32 - 1)] = 0
    """Random seed. On a CPU, two runs with the same seed have bitwise equal results."""


@dataclasses.dataclass(frozen=True)
class FitConfig(SeededConfig):
    """Settings for training with `model.fit`. Applications add fields and set defaults."""

    epochs: Count = 10
    """Number of passes over the training data."""
    batch_size: Count = 128
    """Number of examples per training step."""
    learning_rate: Positive = 1e-3
    """Peak learning rate of the optimizer."""
    precision: Literal["float32", "mixed_bfloat16", "mixed_float16"] = "float32"
    """Dtype policy of the layers. Weights stay float32."""
    devices: Count = 1
    """Number of devices of this machine to train on. Each batch is split across them."""
    tensorboard: bool = False
    """Write logs for TensorBoard into the run directory."""
