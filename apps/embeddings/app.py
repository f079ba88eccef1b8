"""A vector for each word of a text, from the words around it."""

import dataclasses

from apps.configuration import Configuration

EXAMPLES = {
    "serving_default": {"word": ["the", "THE", "", "xyzzy"]},
    "vocabulary": {"row": [0, 1, 10**9]},
}
SHOWN = ("king - man + woman", "good")


@dataclasses.dataclass(frozen=True)
class Config(Configuration):
    """A vector for each word of a text, from the words around it."""

    epochs: int = 5
    batch_size: int = 512
    """Blocks of 32 words in one training step."""
    learning_rate: float = 0.035
    data: str = "made"
    """A text file, a folder of them (each line is a document), tfds:NAME (all parts but test), or
    made: a corpus made here, whose structure is known. Every 100th document is held out."""
    tasks: str = ""
    """Folder with questions-words.txt and files of word pairs with people's scores (*.txt), for
    evaluate. Empty: the analogies of the corpus that is made here."""
    examples: int = 60_000
    """Sentences that `made` makes."""
    vocabulary: int = 60_000
    """How many words have a vector, the commonest ones."""
    min_count: int = 5
    """Rarer words have none."""
    units: int = 100
    """Size of a vector."""
    window: int = 5
    """How far a word looks to either side, at most."""
    negatives: int = 5
    """Weight of words drawn at random against a word that was there."""
    threshold: float = 1e-4
    """Words with a larger share of the text are thinned out; 0 keeps all."""

    def __post_init__(self):
        super().__post_init__()
        for name in ("examples", "vocabulary", "min_count", "window", "negatives"):
            self._check(name, getattr(self, name) >= 1, "at least 1")
        self._check("units", self.units >= 2, "at least 2, the dimensions of a picture")
        self._check("threshold", 0 <= self.threshold < 1, "at least 0 and below 1")
