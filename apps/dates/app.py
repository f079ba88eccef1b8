"""Application that converts written dates in fifty languages to YYYY-MM-DD."""

import dataclasses
import pathlib
from typing import Annotated

from apps.dates.synthetic.numeric_dates import ORDERS
from keras_dl import application


@dataclasses.dataclass(frozen=True)
class TrainConfig(application.FitConfig):
    epochs: application.Count = 3
    batch_size: application.Count = 256
    learning_rate: application.Positive = 1.2e-2
    num_examples: application.Count = 160_000
    """Generated examples per epoch."""
    wild: bool = False
    """Also train on dates in quotes, sentences, logs and file names, and on near-dates."""
    encoder_units: application.Count = 64
    """Units of the encoder in each direction."""
    decoder_units: application.Count = 96
    """Units of the decoder."""
    attention_units: application.Count = 32
    """Units of the attention layer."""
    dropout: application.Fraction = 0.0
    """Dropout rate of the encoder's inputs and outputs."""


@dataclasses.dataclass(frozen=True)
class PredictConfig(application.Config):
    threshold: Annotated[float, application.Limits(at_least=0.5, at_most=1)] = 0.5
    """Minimum confidence of a date."""
    all: bool = False
    """Find all dates in a longer text, instead of one date per text."""


@dataclasses.dataclass(frozen=True)
class MeasureConfig(application.SeededConfig):
    num_test_examples: application.Count = 4_000
    """Generated dates of each kind to evaluate on."""


@dataclasses.dataclass(frozen=True)
class Assets:
    vocabulary: str
    exponent: float
    """Confidence is the probability of the model to this power."""


class Dates(application.Application):
    """Converts written dates in fifty languages to YYYY-MM-DD."""

    name = "dates"
    inputs = (
        application.Text("text"),
        application.Choice("order", "Order, as in 02-03-2016.", choices=ORDERS, default=ORDERS[0]),
    )
    outputs = (
        application.Label("date", "YYYY-MM-DD, or empty if there is no date"),
        application.Probability("confidence", "of the date and of ambiguous"),
        application.Flag("ambiguous", "whether another order gives another date", detail=True),
        application.Spans("dates", "each date in the text; its type is YYYY-MM-DD", detail=True),
    )
    configs = application.Configs(TrainConfig, MeasureConfig, PredictConfig)
    Assets = Assets
    demo_inputs = ("3 mai 1979", "the 25th of June, 2009", "2019年8月1日", "31 april 2020")
    smoke = {"num_examples": 300, "epochs": 2, "batch_size": 32, "encoder_units": 8}
    smoke |= {"num_test_examples": 80}
    duration = "about three minutes on two cores"
    shipped = pathlib.Path(__file__).parents[2] / "saved_models" / "dates"

    def data(self, config):
        from apps.dates import data

        return data.training_data(config)

    def build(self, config, data):
        from apps.dates import model

        return model.build(config, data)

    def endpoints(self, model, assets):
        from apps.dates.model import endpoints

        return endpoints(model, assets)

    def measure(self, served, config):
        from apps.dates.report import measure

        return measure(served, config)

    def predict_batch(self, served, rows, config):
        from apps.dates.prediction import records

        return records(served, rows, config)

    def plot(self, served, record):
        from apps.dates.report import attention_plot

        return attention_plot(served, record["text"], record["order"])
