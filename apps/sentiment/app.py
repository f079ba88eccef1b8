"""Whether a review is good or bad, and which words say so."""

import dataclasses
import pathlib
from typing import Annotated, Literal

from keras_dl import application


@dataclasses.dataclass(frozen=True)
class TrainConfig(application.FitConfig):
    epochs: application.Count = 4
    batch_size: application.Count = 64
    learning_rate: application.Positive = 2e-3
    network: Literal["recurrent", "average"] = "recurrent"
    """A recurrent net, which knows the order of the words, or the mean of word vectors."""
    data: str = "synthetic"
    """tfds:imdb_reviews (or another set with text and label), a folder with train.tsv, dev.tsv and
    test.tsv, made (synthetic reviews), or several of them with commas between."""
    vectors: str = ""
    """What word vectors are trained on before the network: data (texts of train, and unlabeled
    ones if there are), or another set as in --data. Empty: they start at random."""
    init_from: str = ""
    """Run on other data whose weights training starts from, its vocabulary included."""
    pseudo_labels: str = ""
    """Run whose model labels the unlabeled texts of the data, to be trained on as well."""
    num_examples: application.Count = 20_000
    """Number of synthetic reviews."""
    vocabulary: Annotated[int, application.Limits(at_least=3)] = 16_000
    """How many words have a vector, the commonest ones."""
    embedding_units: application.Count = 100
    """Size of the vector of a word."""
    units: application.Count = 64
    """State size of each direction of the recurrent net."""
    word_dropout: application.Fraction = 0.2
    """Share of the words that training leaves out."""
    dropout: application.Fraction = 0.5
    """Share of vectors and states that training drops."""
    max_length: application.Count = 400
    """Words of a review that training reads, from its beginning; the model itself reads all."""

    def __post_init__(self):
        super().__post_init__()
        if self.vectors and self.init_from:
            raise application.UserError(
                "--vectors must be left out with --init-from, which has its own."
            )


@dataclasses.dataclass(frozen=True)
class MeasureConfig(application.SeededConfig):
    data: str = "synthetic"
    """What to measure on, as for train."""
    split: Literal["dev", "test"] = "dev"
    """Part of the data to measure on."""


@dataclasses.dataclass(frozen=True)
class PredictConfig(application.Config):
    explain: bool = False
    """Also show the five words that influenced the prediction most."""


@dataclasses.dataclass(frozen=True)
class Assets:
    vocabulary: list[str]
    labels: list[str]


class Sentiment(application.Application):
    """Whether a review is good or bad, and which words say so."""

    name = "sentiment"
    inputs = (application.Text("text"),)
    outputs = (
        application.Label("label"),
        application.Probability("probability"),
        application.Scores("influence", "words, in nats", format="{} {:+.2f}", between=", "),
    )
    configs = application.Configs(TrainConfig, MeasureConfig, PredictConfig)
    Assets = Assets
    demo_inputs = (
        "A wonderful film, and the best of the year.",
        "Boring. I would not recommend it to anyone.",
        "The acting was good, but the story made no sense.",
    )
    smoke = {"num_examples": 600, "epochs": 2, "batch_size": 32, "units": 8, "embedding_units": 8}
    duration = "about three minutes on two cores"
    shipped = pathlib.Path(__file__).parents[2] / "saved_models" / "sentiment"

    def data(self, config):
        from apps.sentiment.data import training_data

        return training_data(self, config)

    def build(self, config, data):
        from apps.sentiment.model import build

        return build(config, data)

    def endpoints(self, model, assets):
        from apps.sentiment.model import endpoints

        return endpoints(model, assets)

    def measure(self, served, config):
        from apps.sentiment.report import measure

        return measure(served, config)

    def predict_batch(self, served, rows, config):
        from apps.sentiment.report import predictions

        return predictions(served, [row["text"] for row in rows], config.explain)

    def plot(self, served, record):
        from apps.sentiment.report import influence_plot

        return influence_plot(served, [record["text"]])
