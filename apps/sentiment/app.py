"""Whether a review is good or bad, and which words say so."""

import dataclasses
from typing import Literal

from apps.configuration import Configuration

_TEXTS = ["A wonderful film.", "not good at all", "", "xyzzy", "dull " * 30]
EXAMPLES = {"serving_default": {"text": _TEXTS}, "influence": {"text": _TEXTS}}
SHOWN = (
    "A wonderful film, and the best of the year.",
    "Boring. I would not recommend it to anyone.",
    "The acting was good, but the story made no sense.",
)


@dataclasses.dataclass(frozen=True)
class Config(Configuration):
    """Whether a review is good or bad, and which words say so."""

    epochs: int = 4
    batch_size: int = 64
    learning_rate: float = 2e-3
    network: Literal["recurrent", "average"] = "recurrent"
    """A recurrent net, which knows the order of the words, or the mean of word vectors."""
    data: str = "made"
    """tfds:imdb_reviews (or another set with text and label), a folder with train.tsv, dev.tsv and
    test.tsv, made (reviews made here), or several of them with commas between."""
    vectors: str = ""
    """Where word vectors are learnt from before training: data (texts of train, and unlabelled ones
    if there are), or another set as in --data. Empty: they start at random."""
    start: str = ""
    """Run on other data whose weights training starts from, its vocabulary included."""
    pseudo_labels: str = ""
    """Run whose model labels the unlabelled texts of the data, to be trained on as well."""
    examples: int = 20_000
    """Reviews that `made` makes."""
    vocabulary: int = 16_000
    """How many words have a vector, the commonest ones."""
    embedding_units: int = 100
    """Size of the vector of a word."""
    units: int = 64
    """State size of each direction of the recurrent net."""
    word_dropout: float = 0.2
    """Share of the words that training leaves out."""
    dropout: float = 0.5
    """Share of vectors and states that training drops."""
    longest: int = 400
    """Words of a review that training reads, from its beginning; the model itself reads all."""
    split: Literal["dev", "test"] = "dev"
    """Part of the data that evaluate and plot measure on."""
    explain: bool = False
    """Whether predict also shows the words that moved the answer."""

    def __post_init__(self):
        super().__post_init__()
        for name in ("examples", "embedding_units", "units", "longest"):
            self._check(name, getattr(self, name) >= 1, "at least 1")
        self._check("vocabulary", self.vocabulary >= 3, "at least 3")
        for name in ("word_dropout", "dropout"):
            self._check(name, 0 <= getattr(self, name) < 1, "at least 0 and below 1")
        self._check("vectors", not (self.vectors and self.start), "left out with --start")
