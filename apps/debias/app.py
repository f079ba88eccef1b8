"""Takes the gender bias out of word vectors, and says what is left of it."""

import dataclasses
import math
from typing import Literal

from apps.configuration import Configuration

EXAMPLES = {
    "serving_default": {"word": ["doctor", "DOCTOR", "she", "", "xyzzy"]},
    "vocabulary": {"row": [0, 1, 10**9]},
}
SHOWN = ("doctor", "nurse", "she")


@dataclasses.dataclass(frozen=True)
class Config(Configuration):
    """Takes the gender bias out of word vectors, and says what is left of it."""

    epochs: int = 20
    """How often the probe, which looks for the bias that is left, goes through its words."""
    batch_size: int = 32
    learning_rate: float = 0.05
    vectors: str = ""
    """File of vectors, word2vec's (text or binary) or GloVe's, also as .gz. Empty: those of
    saved_models/embeddings."""
    method: Literal["hard", "soft", "null_space"] = "hard"
    """hard: neutralise and equalise; soft: a trade against similarity; null_space: project away
    what a linear classifier could use."""
    strength: float = 1e4
    """Weight of the bias against similarity, of `soft`; more words need more."""
    lists: str = ""
    """Folder with definitional_pairs.json, equalize_pairs.json, gender_specific_full.json,
    professions.json and WEAT.json. Empty: short lists of our own."""
    tasks: str = ""
    """Folder with questions-words.txt and files of word pairs with people's scores (*.txt), for
    evaluate. Empty: what the vectors lost is not measured."""

    def __post_init__(self):
        super().__post_init__()
        self._check("strength", 0 <= self.strength < math.inf, "at least 0 and finite")
