"""Names of people, places, organizations and other things in sentences."""

import dataclasses
import pathlib
from typing import Literal

from keras_dl import application


@dataclasses.dataclass(frozen=True)
class TrainConfig(application.FitConfig):
    epochs: application.Count = 4
    batch_size: application.Count = 32
    learning_rate: application.Positive = 4e-3
    data: str = "synthetic"
    """Folder with column files train, dev and test (or one file, whose last fifth is held out),
    tfds:NAME, made (synthetic sentences), or several of them with commas between."""
    vectors: str = ""
    """File of word vectors to start from, in the text format of word2vec or GloVe, also as .gz;
    the size of a vector is then that of the file. Empty: words start at random."""
    types: Literal["as-is", "four"] = "as-is"
    """Types of entities: those of the data, or PER, LOC, ORG and MISC in their place."""
    tagger: Literal["crf", "softmax"] = "crf"
    """Whether tags are chosen together, under the rules of the scheme, or each on its own."""
    num_examples: application.Count = 8000
    """Number of synthetic sentences."""
    embedding_units: application.Count = 100
    """Size of the vector of a word."""
    units: application.Count = 200
    """State size of each direction of the LSTM."""
    dropout: application.Fraction = 0.5
    """Share of inputs and outputs of the LSTM that training drops."""
    word_dropout: application.Fraction = 0.1
    """Share of the words of which training shows only the characters."""


@dataclasses.dataclass(frozen=True)
class MeasureConfig(application.SeededConfig):
    data: str = "synthetic"
    """What to measure on, as for train."""
    types: Literal["as-is", "four"] = "as-is"
    """Types of entities, as for train."""
    split: Literal["dev", "test"] = "dev"
    """Part of the data to measure on."""


@dataclasses.dataclass(frozen=True)
class Assets:
    vocabulary: list[str]
    tags: list[str]
    tagger: Literal["crf", "softmax"]


class NER(application.Application):
    """Names of people, places, organizations and other things in sentences."""

    name = "ner"
    inputs = (application.Text("text"),)
    outputs = (application.Spans("entities", "with the confidence of the least certain word"),)
    configs = application.Configs(TrainConfig, MeasureConfig)
    Assets = Assets
    demo_inputs = (
        "Ada Lovelace was born in London.",
        "The United Nations met Angela Merkel in New York.",
        "nothing to see here",
    )
    smoke = {"num_examples": 300, "epochs": 2, "batch_size": 16, "units": 8, "embedding_units": 8}
    duration = "about five minutes on two cores"
    shipped = pathlib.Path(__file__).parents[2] / "saved_models" / "ner"

    def data(self, config):
        from apps.ner.data import training_data

        return training_data(config)

    def build(self, config, data):
        from apps.ner.model import build

        return build(config, data)

    def endpoints(self, model, assets):
        from apps.ner.model import endpoints

        return endpoints(model, assets)

    def measure(self, served, config):
        from apps.ner.report import measure

        return measure(served, config)

    def predict_batch(self, served, rows, config):
        from apps.ner.report import entities_in

        return entities_in(served, [row["text"] for row in rows])
