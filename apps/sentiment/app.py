"""Application that classifies reviews as good or bad and shows which words matter."""

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
    """recurrent: bidirectional LSTM, which uses word order. average: mean of word vectors."""
    data: str = "synthetic"
    """tfds:imdb_reviews (or another data set with text and label), a table, a fastText file, a
    directory with train.tsv (or .csv, .txt), dev.tsv and test.tsv or with CLASS/*.txt, synthetic,
    or several of these separated by commas."""
    text_column: str = ""
    """Column of texts in tables. Empty: a usual name such as text, review or sentence."""
    label_column: str = ""
    """Column of labels in tables. Empty: a usual name such as label, sentiment or class."""
    vectors: str = ""
    """Texts to pretrain word vectors on: data (train and unlabeled texts of --data), or a second
    data set, given as in --data. Empty: random initialization."""
    init_from: str = ""
    """Run directory or SavedModel whose vocabulary and weights training starts from. Frequent new
    words and new classes are added."""
    pseudo_labels: str = ""
    """Run directory or SavedModel that labels the unlabeled texts of --data for training."""
    num_examples: application.Count = 20_000
    """Number of synthetic reviews."""
    vocabulary: Annotated[int, application.Limits(at_least=3)] = 16_000
    """Maximum vocabulary size. The most frequent words are kept."""
    embedding_units: application.Count = 100
    """Size of a word vector."""
    units: application.Count = 64
    """Units of the LSTM in each direction."""
    word_dropout: application.Fraction = 0.2
    """Fraction of words that are dropped in training."""
    dropout: application.Fraction = 0.5
    """Dropout rate of word vectors and hidden states."""
    max_length: application.Count = 400
    """Maximum number of words of a review in training. The exported model reads all words."""

    def __post_init__(self):
        super().__post_init__()
        if self.vectors and self.init_from:
            raise application.UserError("--vectors must be omitted with --init-from.")


@dataclasses.dataclass(frozen=True)
class MeasureConfig(application.SeededConfig):
    data: str = "synthetic"
    """Data to evaluate on, given as in train."""
    text_column: str = ""
    """Column of texts in tables, given as in train."""
    label_column: str = ""
    """Column of labels in tables, given as in train."""
    split: Literal["dev", "test"] = "dev"
    """Split of the data to evaluate on."""


@dataclasses.dataclass(frozen=True)
class PredictConfig(application.Config):
    explain: bool = False
    """Also print the five words that influenced the prediction most."""


@dataclasses.dataclass(frozen=True)
class Assets:
    vocabulary: list[str]
    labels: list[str]


class Sentiment(application.Application):
    """Classifies reviews as good or bad and shows which words matter."""

    name = "sentiment"
    inputs = (application.Text("text"),)
    outputs = (
        application.Label("label"),
        application.Probability("probability"),
        application.Probability("unknown", "that the text says nothing", detail=True),
        application.Scores(
            "influence", "of words on the log-odds", format="{} {:+.2f}", between=", "
        ),
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
