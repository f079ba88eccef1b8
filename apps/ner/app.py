"""Application that finds names of people, places, organizations and others in sentences."""

import dataclasses
import pathlib
from typing import Annotated, Literal

from keras_dl import application


@dataclasses.dataclass(frozen=True)
class TrainConfig(application.FitConfig):
    epochs: Annotated[int, application.Limits(at_least=0)] = 0
    """Number of passes over the training data. 0: four, or more if these are few updates."""
    batch_size: application.Count = 32
    learning_rate: application.Positive = 4e-3
    data: str = "synthetic"
    """Column file, or directory with column files train, dev and test (without dev, the last fifth
    of train is held out), tfds:NAME, synthetic, or several of these separated by commas."""
    vectors: str = ""
    """Files of pretrained word vectors (word2vec or GloVe, also .gz), separated by commas. Their
    vectors are joined. Empty: random vectors."""
    lists: str = ""
    """Files of names, such as first names, separated by commas. Whether a word is in each file
    becomes part of its vector."""
    fixed_vectors: bool = False
    """Keep the vectors as they are in training. Other words are not in the vocabulary."""
    recased: application.Fraction = 0.0
    """Number of copies of training sentences in lower case, capitals or title case, as a fraction
    of all sentences."""
    types: Literal["as-is", "four"] = "as-is"
    """as-is: keep the entity types of the data. four: map them to PER, LOC, ORG and MISC."""
    tagger: Literal["crf", "softmax"] = "crf"
    """crf: predict the tags of a sentence jointly. softmax: predict each tag independently."""
    num_examples: application.Count = 8000
    """Number of synthetic sentences."""
    embedding_units: application.Count = 100
    """Size of a word vector, unless --vectors sets it."""
    units: application.Count = 200
    """Units of the LSTM in each direction."""
    dropout: application.Fraction = 0.5
    """Dropout rate of the LSTM's inputs and outputs."""
    word_dropout: application.Fraction = 0.1
    """Fraction of words that are replaced by the unknown word in training."""


@dataclasses.dataclass(frozen=True)
class MeasureConfig(application.SeededConfig):
    data: str = "synthetic"
    """Data to evaluate on, given as in train."""
    types: Literal["as-is", "four"] = "as-is"
    """Entity types, as in train."""
    split: Literal["dev", "test"] = "dev"
    """Split of the data to evaluate on."""


@dataclasses.dataclass(frozen=True)
class Assets:
    vocabulary: list[str]
    tags: list[str]
    tagger: Literal["crf", "softmax"]


class NER(application.Application):
    """Finds names of people, places, organizations and others in sentences."""

    name = "ner"
    inputs = (application.Text("text"),)
    outputs = (application.Spans("entities", "with the confidence of their least certain word"),)
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
