"""Dates as people write them, in fifty languages, to YYYY-MM-DD."""

import dataclasses
import itertools
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
_LINES_AT_ONCE = 1024


@dataclasses.dataclass(frozen=True)
class Config(Configuration):
    """Dates as people write them, in fifty languages, to YYYY-MM-DD."""

    epochs: int = 4
    batch_size: int = 256
    learning_rate: float = 5e-3
    examples: int = 300_000
    """Generated examples in one epoch."""
    test_examples: int = 10_000
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


def pipeline(config):
    """Returns the data of training."""
    from apps.dates import data

    return data.pipeline(config)


def build(config, data):
    """Returns the compiled model."""
    from apps.dates import model

    return model.build(config, data)


def endpoints(model, assets):
    """Returns the functions and signatures of the SavedModel."""
    from apps.dates import model as dates_model

    return dates_model.endpoints(model, assets)


def evaluate(saved_model, config):
    """Returns the figures of a SavedModel on the test split."""
    from apps.dates import report

    return report.figures(saved_model, config)


def plot(saved_model, config):
    """Returns the pictures of a SavedModel."""
    from apps.dates import report

    return report.pictures(saved_model, config)


def predict(saved_model, lines, config):
    """Yields `input, date, confidence`, separated by tabs, for each line."""
    import tensorflow as tf

    serve = saved_model.signatures["serving_default"]
    lines = iter(lines)
    size = 1
    while some := list(itertools.islice(lines, size)):
        answer = serve(text=tf.constant(some), order=tf.fill([len(some)], config.order))
        for line, date, confidence in zip(
            some, answer["date"].numpy(), answer["confidence"].numpy(), strict=True
        ):
            shown = line.decode("utf-8", "replace") if isinstance(line, bytes) else line
            yield f"{shown}\t{date.decode()}\t{confidence:.3f}"
        size = min(size * 4, _LINES_AT_ONCE)
