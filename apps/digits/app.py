"""Digits written by hand: which one it is, and where they stand on a large canvas."""

import dataclasses
import pathlib
from typing import Literal

from apps.configuration import Configuration

SHOWN = ("apps/digits/four.png", "apps/digits/canvas.png")
_FOUR, _CANVAS = (
    pathlib.Path(__file__).with_name(f"{name}.png").read_bytes() for name in ("four", "canvas")
)
EXAMPLES = {
    "serving_default": {"image_bytes": [_FOUR, _CANVAS]},
    "find": {"image_bytes": [_CANVAS, _FOUR]},
}
STEPS = {"compare": "trains the same net in many ways; prints a table and draws the curves"}


@dataclasses.dataclass(frozen=True)
class Config(Configuration):
    """Digits written by hand: which one it is, and where they stand on a large canvas."""

    epochs: int = 8
    batch_size: int = 128
    learning_rate: float = 3e-3
    data: str = "made"
    """tfds:mnist (or another set of digits of 28 x 28 pixels), or made: digits of printed letters,
    turned, stretched and blurred."""
    examples: int = 20_000
    """Digits that `made` makes for training."""
    with_validation: bool = False
    """Train on the validation part as well, once all settings are chosen."""
    split: Literal["validation", "test"] = "validation"
    """Part of the data that evaluate, plot and compare measure on."""
    canvases: int = 200
    """Canvases of digits that evaluate searches."""
    lab_examples: int = 1000
    """Digits that compare trains on; regularisers have a fifth of them."""
    lab_epochs: int = 20
    """How often compare shows them to the net."""
    lab_seeds: int = 3
    """How often compare repeats each training, every time from another start."""

    def __post_init__(self):
        super().__post_init__()
        for name in ("examples", "canvases", "lab_epochs", "lab_seeds"):
            self._check(name, getattr(self, name) >= 1, "at least 1")
        self._check("lab_examples", self.lab_examples >= 20, "at least 20")


def compare(config):
    """Trains in many ways, prints a table and returns the pictures of it."""
    from apps.digits import lab

    return lab.compare(config)
