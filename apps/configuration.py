"""What every application can be told, on the command line and in code."""

import dataclasses
from typing import Literal

PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")


@dataclasses.dataclass(frozen=True)
class Configuration:
    """Settings of one run. An application adds its own fields and sets the defaults."""

    epochs: int = 10
    """How often training goes through the data."""
    batch_size: int = 128
    """Examples in one training step."""
    learning_rate: float = 1e-3
    """Step size of the optimiser at its highest."""
    seed: int = 0
    """Seed of everything random: two runs with the same seed are equal to the bit on a CPU."""
    precision: Literal["float32", "mixed_bfloat16", "mixed_float16"] = "float32"
    """Arithmetic of the layers; weights stay float32."""
    devices: int = 1
    """Devices of this machine to train on, each with its share of every batch."""
    run: str = ""
    """Folder of the run. Empty: train makes a new one, the other steps take the newest."""
    resume: bool = False
    """Go on with an interrupted run (the newest, or the one that --run names)."""
    model: str = ""
    """SavedModel for evaluate, predict and plot. Empty: the one in saved_models/."""
    tensorboard: bool = False
    """Write logs for TensorBoard into the folder of the run."""

    def __post_init__(self):
        for name in ("epochs", "batch_size", "learning_rate", "devices"):
            if not getattr(self, name) > 0:
                raise ValueError(
                    f"--{name.replace('_', '-')} must be positive. Received {getattr(self, name)}."
                )
        if self.seed < 0:
            raise ValueError(f"--seed must not be negative. Received {self.seed}.")
