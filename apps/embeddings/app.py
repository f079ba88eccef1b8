"""A vector for each word of a text, from the words around it."""

import dataclasses
import pathlib
from typing import Annotated

from keras_dl import application


@dataclasses.dataclass(frozen=True)
class TrainConfig(application.FitConfig):
    epochs: application.Count = 5
    batch_size: application.Count = 512
    """Blocks of 32 words in one training step."""
    learning_rate: application.Positive = 0.035
    data: str = "synthetic"
    """A text file, a folder of them (each line is a document), tfds:NAME (all parts but test), or
    made: a synthetic corpus, whose structure is known. Every 100th document is held out."""
    num_examples: application.Count = 60_000
    """Sentences of the corpus `synthetic`."""
    vocabulary: application.Count = 60_000
    """How many words have a vector, the commonest ones."""
    min_count: application.Count = 5
    """Rarer words have none."""
    units: Annotated[int, application.Limits(at_least=2)] = 100
    """Size of a vector."""
    window: application.Count = 5
    """How far a word looks to either side, at most."""
    negatives: application.Count = 5
    """Weight of randomly drawn words against a word that was there."""
    threshold: application.Fraction = 1e-4
    """Words with a larger share of the text are thinned out; 0 keeps all."""


@dataclasses.dataclass(frozen=True)
class MeasureConfig(application.SeededConfig):
    tasks: str = ""
    """Folder with questions-words.txt and files of word pairs with people's scores (*.txt). Empty:
    the analogies of the synthetic corpus."""


@dataclasses.dataclass(frozen=True)
class Assets:
    """What the model needs beside its weights: the words, the commonest first."""

    vocabulary: list[str]


class Embeddings(application.Application):
    """A vector for each word of a text, from the words around it."""

    name = "embeddings"
    inputs = (application.Text("words", "A word, or a sum such as king - man + woman."),)
    outputs = (application.Scores("nearest", "words with the cosines of their vectors"),)
    configs = application.Configs(TrainConfig, MeasureConfig)
    Assets = Assets
    demo_inputs = ("king - man + woman", "good")
    smoke = {"num_examples": 1000, "epochs": 2, "batch_size": 8, "units": 8}
    duration = "about a minute on two cores"
    shipped = pathlib.Path(__file__).parents[2] / "saved_models" / "embeddings"

    def data(self, config):
        from apps.embeddings import data

        return data.training_data(config)

    def build(self, config, data):
        from apps.embeddings import model

        return model.build(config, data)

    def endpoints(self, model, assets):
        from apps.embeddings.model import endpoints

        return endpoints(model, assets)

    def write_files(self, model, assets, directory):
        from apps.embeddings.model import write_vectors

        return [write_vectors(model, assets, directory / "vectors.txt.gz")]

    def measure(self, served, config):
        from apps.embeddings.report import measure

        return measure(served, config)

    def predict_batch(self, served, rows, config):
        from apps.embeddings.report import nearest, word_vectors

        vectors = word_vectors(served)
        return [nearest(vectors, row["words"]) for row in rows]
