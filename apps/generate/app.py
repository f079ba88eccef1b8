"""Learns what pictures are like, without labels, and makes new ones."""

import dataclasses
import pathlib
from typing import Literal

from apps.configuration import Configuration

SHOWN = ("1", "2", "apps/generate/seven.png")
_SEVEN = pathlib.Path(__file__).with_name("seven.png").read_bytes()
EXAMPLES = {
    "serving_default": {"seed": [0, 1, 2**40]},
    "decode": {"code": [[0.5], [-1.0]]},
    "encode": {"image_bytes": [_SEVEN]},
    "judge": {"image_bytes": [_SEVEN]},
    "between": {"seed": [1, 2, 3], "other_seed": [2, 3, 3], "share": [0.0, 0.4, 1.0]},
    "neurons": {"number": [0, 0]},
    "first_layer": {"first": 0, "count": 2},
    "bounds": {"image_bytes": [_SEVEN, _SEVEN], "seed": 1, "draws": 3},
}


@dataclasses.dataclass(frozen=True)
class Config(Configuration):
    """Learns what pictures are like, without labels, and makes new ones."""

    kind: Literal["vae", "autoencoder", "gan", "rbm"] = "vae"
    """What learns them: a variational or a plain autoencoder, two adversarial nets, or a
    restricted Boltzmann machine."""
    data: str = "digits"
    """digits: those of scikit-learn, 8 x 8; tfds:mnist or another set of tensorflow-datasets with
    pictures of one size; a folder of pictures of one size; or an array in a .npy file."""
    epochs: int = 200
    batch_size: int = 64
    learning_rate: float = 0.0
    """Step size of Adam at its highest. 0: .001; of an rbm .01; of a gan with filters .002."""
    code: int = 0
    """Size of the code, of the noise of a gan, or hidden units of an rbm. 0: 10; of an rbm 200."""
    units: tuple[int, ...] = (200, 200)
    """Sizes of the dense layers between pictures and code; an rbm has none."""
    filters: tuple[int, ...] = ()
    """Filters of the convolutions of a vae or a gan, each of which halves the sides."""
    noise: float = 0.0
    """Standard deviation of the noise that an autoencoder learns to take off again."""
    split: Literal["validation", "test"] = "validation"
    """Part of the data that evaluate and plot measure on."""
    draws: int = 500
    """Codes drawn for each picture by the importance-weighted bound of a vae."""
    made: int = 2_000
    """Pictures that evaluate makes, at most as many as the part of the data has."""
    classifier: str = "saved_models/digits"
    """SavedModel whose `features` (and `probabilities`) of image_bytes compare pictures."""
    pictures: str = ""
    """Folder into which predict writes what it makes. Empty: made in the folder of --run, or
    runs/generate/made."""

    def __post_init__(self):
        super().__post_init__()
        self._check("draws", self.draws >= 1, "at least 1")
        self._check("made", self.made >= 4, "at least 4, for three neighbours")
        self._check("code", self.code >= 0, "at least 0")
        for name in ("units", "filters"):
            self._check(name, min(getattr(self, name), default=1) >= 1, "positive")
        self._check("noise", self.noise >= 0, "at least 0")
        usual = self.units == Config.units
        self._check("units", self.kind != "rbm" or usual, "left out of --kind rbm; it has --code")
        plain = self.kind == "autoencoder"
        self._check("noise", plain or not self.noise, "0 but for --kind autoencoder")
        convolves = self.kind in ("vae", "gan")
        self._check("filters", convolves or not self.filters, "empty but for --kind vae or gan")

    @property
    def step_size(self):
        """The learning rate, by the kind if none was given."""
        usual = {"rbm": 1e-2, "gan": 2e-3 if self.filters else 1e-3}
        return self.learning_rate or usual.get(self.kind, 1e-3)

    @property
    def code_units(self):
        """Size of the code, by the kind if none was given."""
        return self.code or (200 if self.kind == "rbm" else 10)
