"""Names of people, places, organisations and other things in sentences."""

import dataclasses
from typing import Literal

from apps.configuration import Configuration

EXAMPLES = {
    "serving_default": {"text": ["Ada Lovelace was born in London.", "", "?", "xyzzy " * 30]},
    "tokens": {"tokens": [["Ada", "Lovelace", "lived", "."], ["Paris", "", "", ""]]},
}
SHOWN = (
    "Ada Lovelace was born in London.",
    "The United Nations met Angela Merkel in New York.",
    "nothing to see here",
)


@dataclasses.dataclass(frozen=True)
class Config(Configuration):
    """Names of people, places, organisations and other things in sentences."""

    epochs: int = 4
    batch_size: int = 32
    learning_rate: float = 4e-3
    data: str = "made"
    """Folder with column files train, dev and test (or one file, whose last fifth is held out),
    tfds:NAME, made (sentences made here), or several of them with commas between."""
    vectors: str = ""
    """File of word vectors to start from, in the text format of word2vec or GloVe, also as .gz;
    the size of a vector is then that of the file. Empty: words start at random."""
    types: Literal["own", "four"] = "own"
    """Types of entities: those of the data, or PER, LOC, ORG and MISC in their place."""
    tagger: Literal["crf", "softmax"] = "crf"
    """Whether tags are chosen together, under the rules of the scheme, or each on its own."""
    examples: int = 8000
    """Sentences that `made` makes."""
    embedding_units: int = 100
    """Size of the vector of a word."""
    units: int = 200
    """State size of each direction of the LSTM."""
    dropout: float = 0.5
    """Share of inputs and outputs of the LSTM that training drops."""
    word_dropout: float = 0.1
    """Share of the words of which training shows only the characters."""
    split: Literal["dev", "test"] = "dev"
    """Part of the data that evaluate and plot measure on."""
    format: Literal["auto", "json", "html"] = "auto"
    """What predict prints. auto: colours on a terminal, JSON in a pipe."""

    def __post_init__(self):
        super().__post_init__()
        for name in ("examples", "embedding_units", "units"):
            self._check(name, getattr(self, name) >= 1, "at least 1")
        for name in ("dropout", "word_dropout"):
            self._check(name, 0 <= getattr(self, name) < 1, "at least 0 and below 1")
