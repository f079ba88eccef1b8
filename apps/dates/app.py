"""Dates as people write them, in fifty languages, to YYYY-MM-DD."""

import dataclasses
from typing import Literal

from apps.configuration import Configuration

EXAMPLES = {
    name: {
        "text": ["3 mai 1979", "Wed, July 10, '96", "02-03-2016", "31 april 2020", "", "hello"],
        "order": ["DMY", "MDY", "YMD", "DMY", "MDY", "YMD"],
    }
    for name in ("serving_default", "attention")
}
SHOWN = ("3 mai 1979", "the 25th of June, 2009", "2019年8月1日", "31 april 2020")


@dataclasses.dataclass(frozen=True)
class Config(Configuration):
    """Dates as people write them, in fifty languages, to YYYY-MM-DD."""

    epochs: int = 5
    batch_size: int = 256
    learning_rate: float = 5e-3
    examples: int = 300_000
    """Generated examples in one epoch."""
    test_examples: int = 40_000
    """Generated dates that evaluate and plot measure on."""
    encoder_units: int = 64
    """State size of each direction of the encoder."""
    decoder_units: int = 96
    """State size of the decoder."""
    attention_units: int = 32
    """Size in which the decoder's state and the text are compared."""
    dropout: float = 0.1
    """Share of the encoder's inputs and outputs that training drops."""
    order: Literal["DMY", "MDY", "YMD"] = "DMY"
    """Order of day, month and year in numbers like 02-03-2016, for predict."""

    def __post_init__(self):
        super().__post_init__()
        for name in (
            "examples",
            "test_examples",
            "encoder_units",
            "decoder_units",
            "attention_units",
        ):
            self._check(name, getattr(self, name) >= 1, "at least 1")
        self._check("dropout", 0 <= self.dropout < 1, "at least 0 and below 1")
