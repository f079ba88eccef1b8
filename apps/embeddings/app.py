"""Application that trains word vectors with skip-gram and negative sampling."""

import dataclasses
import pathlib
from typing import Annotated

from keras_dl import application


@dataclasses.dataclass(frozen=True)
class TrainConfig(application.FitConfig):
    epochs: application.Count = 5
    batch_size: application.Count = 512
    """Blocks of 32 words per training step."""
    learning_rate: application.Positive = 0.035
    data: str = "synthetic"
    """A text file or a directory of text files (one document per line), tfds:NAME (all splits
    except test), or synthetic (a generated corpus). Every 100th document is held out."""
    num_examples: application.Count = 60_000
    """Number of sentences in the synthetic corpus."""
    vocabulary: application.Count = 60_000
    """Maximum vocabulary size. The most frequent words are kept."""
    min_count: application.Count = 5
    """Words that occur less often are not in the vocabulary."""
    units: Annotated[int, application.Limits(at_least=2)] = 100
    """Size of a word vector."""
    window: application.Count = 5
    """Maximum distance between a word and its context words."""
    negatives: application.Count = 5
    """Weight of the negative samples relative to one positive pair."""
    threshold: application.Fraction = 1e-4
    """Words with a higher relative frequency are dropped at random. 0 keeps all words."""


@dataclasses.dataclass(frozen=True)
class MeasureConfig(application.SeededConfig):
    tasks: str = ""
    """Directory with questions-words.txt and word-pair scores (*.txt). Empty: synthetic tasks."""


@dataclasses.dataclass(frozen=True)
class Assets:
    """The vocabulary, most frequent words first."""

    vocabulary: list[str]


class Embeddings(application.Application):
    """Trains word vectors with skip-gram, and answers analogy questions."""

    name = "embeddings"
    inputs = (application.Text("words", "A word, or a sum such as king - man + woman."),)
    outputs = (application.Scores("nearest", "nearest words with their cosine similarities"),)
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
