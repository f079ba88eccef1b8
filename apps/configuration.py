"""What every application can be told, on the command line and in code."""

import dataclasses
import math
from typing import Literal


@dataclasses.dataclass(frozen=True)
class RunConfiguration:
    """Settings of any run, however it learns."""

    seed: int = 0
    """Seed of everything random: two runs with the same seed are equal to the bit on a CPU."""
    run: str = ""
    """Folder of a run. Empty: train makes a new one, and export takes the newest."""
    resume: bool = False
    """Go on with an interrupted run (the newest, or the one that --run names)."""
    model: str = ""
    """SavedModel for evaluate, plot and predict. Empty: that of --run, else of saved_models/."""

    def __post_init__(self):
        self._check("seed", 0 <= self.seed < 2**32, "from 0 to 4294967295")

    def _check(self, name, holds, allowed):
        """Raises a ValueError that names the flag, what is allowed and what was given."""
        if not holds:
            flag = f"--{name.replace('_', '-')}"
            raise ValueError(f"{flag} must be {allowed}. Received {getattr(self, name)}.")


@dataclasses.dataclass(frozen=True)
class Configuration(RunConfiguration):
    """Settings of a run of `fit`. An application adds its own fields and sets the defaults."""

    epochs: int = 10
    """How often training goes through the data."""
    batch_size: int = 128
    """Examples in one training step."""
    learning_rate: float = 1e-3
    """Step size of the optimiser at its highest."""
    precision: Literal["float32", "mixed_bfloat16", "mixed_float16"] = "float32"
    """Arithmetic of the layers; weights stay float32."""
    devices: int = 1
    """Devices of this machine to train on, each with its share of every batch."""
    tensorboard: bool = False
    """Write logs for TensorBoard into the folder of the run."""

    def __post_init__(self):
        super().__post_init__()
        for name in ("epochs", "batch_size", "devices"):
            self._check(name, getattr(self, name) >= 1, "at least 1")
        self._check("learning_rate", 0 < self.step_size < math.inf, "positive and finite")

    @property
    def step_size(self):
        """The learning rate, of which an application may have one by default for each kind."""
        return self.learning_rate
