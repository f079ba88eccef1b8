"""Objects in pictures: what they are, and the boxes around them."""

import dataclasses
import pathlib
from typing import Literal

from apps.configuration import Configuration

SHOWN = ("apps/detection/blood.jpg",)
_EXAMPLE = pathlib.Path(__file__).with_name("blood.jpg")
EXAMPLES = {"serving_default": {"image_bytes": [_EXAMPLE.read_bytes()] * 2}}


@dataclasses.dataclass(frozen=True)
class Config(Configuration):
    """Objects in pictures: what they are, and the boxes around them."""

    epochs: int = 15
    batch_size: int = 8
    learning_rate: float = 2e-3
    data: str = "made"
    """tfds:NAME (a set with objects, for instance tfds:bccd), a folder of VOC XML, a COCO JSON
    file, or made: scenes of shapes that are made here."""
    examples: int = 400
    """Scenes that `made` makes for training."""
    with_validation: bool = False
    """Train on the validation part as well, once all settings are chosen."""
    height: int = 160
    """Height in pixels to which pictures are resized, a multiple of 16."""
    width: int = 208
    """Width in pixels, likewise. A cell of the grid is 16 x 16 pixels."""
    anchors: int = 3
    """How many sizes of boxes each cell can answer."""
    ignore_iou: float = 0.6
    """Cells beside that of an object may answer it too if their box can have this IoU; 1: none."""
    zoom: float = 0.25
    """How far training zooms in and out: up to exp(zoom) times; 0 leaves pictures as they are."""
    colours: float = 1.0
    """How much training changes colours; 0 leaves them as they are."""
    weight_decay: float = 5e-3
    """Share of the weights that a step takes away, times the learning rate."""
    split: Literal["train", "validation", "test"] = "validation"
    """Part of the data that evaluate and plot measure on."""
    threshold: float = 0.6
    """Boxes with a smaller score are neither shown nor counted."""
    pictures: str = "runs/detection/predicted"
    """Folder into which predict writes the pictures with their boxes."""

    def __post_init__(self):
        super().__post_init__()
        for name in ("examples", "anchors"):
            self._check(name, getattr(self, name) >= 1, "at least 1")
        for name in ("height", "width"):
            value = getattr(self, name)
            self._check(name, value >= 16 and value % 16 == 0, "a positive multiple of 16")
        self._check("ignore_iou", 0 < self.ignore_iou <= 1, "above 0 and at most 1")
        for name in ("zoom", "colours"):
            self._check(name, 0 <= getattr(self, name) <= 2, "from 0 to 2")
        self._check("weight_decay", 0 <= self.weight_decay < 1, "at least 0 and below 1")
        self._check("threshold", 0 <= self.threshold <= 1, "from 0 to 1")
