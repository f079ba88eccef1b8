"""Settings: dataclasses whose fields are flags."""

import dataclasses
from typing import Annotated, Literal

from keras_dl.application.typed import Count, Limits, Positive, check_fields


@dataclasses.dataclass(frozen=True)
class Config:
    """Settings of one command of an application.

    Each field is a flag, and the docstring below it is the help of that flag. Values are checked
    against the annotations: `Annotated[int, Limits(at_least=1)]` allows no 0.

    Raises:
        UserError: if a value does not fit its annotation.
    """

    def __post_init__(self) -> None:
        check_fields(self)


@dataclasses.dataclass(frozen=True)
class SeededConfig(Config):
    """Settings of what draws random numbers."""

    seed: Annotated[int, Limits(at_least=0, at_most=2**32 - 1)] = 0
    """Seed of everything random: two runs with the same seed are equal to the bit on a CPU."""


@dataclasses.dataclass(frozen=True)
class FitConfig(SeededConfig):
    """Settings of a training with `model.fit`. An application adds fields and sets defaults."""

    epochs: Count = 10
    """How often training goes through the data."""
    batch_size: Count = 128
    """Examples in one training step."""
    learning_rate: Positive = 1e-3
    """Step size of the optimizer at its highest."""
    precision: Literal["float32", "mixed_bfloat16", "mixed_float16"] = "float32"
    """Arithmetic of the layers; weights stay float32."""
    devices: Count = 1
    """Devices of this machine to train on, each with its share of every batch."""
    tensorboard: bool = False
    """Write logs for TensorBoard into the run directory."""
