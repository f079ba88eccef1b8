"""Application that trains word vectors in one of four ways, and answers analogy questions."""

import dataclasses
import pathlib
from typing import Annotated, Literal

from keras_dl import application


@dataclasses.dataclass(frozen=True)
class TrainConfig(application.FitConfig):
    epochs: application.Count = 5
    method: Literal["skip_gram", "hierarchical_softmax", "glove", "neural_language_model"] = (
        "skip_gram"
    )
    """skip_gram: with negative sampling. hierarchical_softmax: skip-gram with a Huffman tree.
    glove: fits counts of pairs. neural_language_model: predicts the next word."""
    batch_size: application.Count = 512
    """Per training step: blocks of 32 words (skip_gram) or of 32 pairs (glove), or pairs or words
    (other methods)."""
    learning_rate: application.Positive = 0.035
    """Learning rate: of SGD, falling to 0 (skip_gram), or of Adagrad (other methods)."""
    data: str = "synthetic"
    """A UTF-8 text file or a directory of text files (one document per line), tfds:NAME (all splits
    except test), or synthetic (a generated corpus). Every 100th document is held out. Fewer than
    100 documents are cut at every 100 words."""
    num_examples: application.Count = 60_000
    """Number of sentences in the synthetic corpus."""
    vocabulary: application.Count = 60_000
    """Maximum vocabulary size. The most frequent words are kept."""
    min_count: application.Count = 5
    """Words that occur less often are not in the vocabulary."""
    keep: str = ""
    """Text file of words, one per line, that are in the vocabulary in addition to the most frequent
    ones. They must occur --min-count times."""
    units: Annotated[int, application.Limits(at_least=2)] = 100
    """Size of a word vector."""
    window: application.Count = 5
    """Maximum distance between a word and its context words."""
    negatives: application.Count = 5
    """Weight of the negative samples relative to one positive pair (skip_gram)."""
    threshold: application.Fraction = 1e-4
    """Words with a higher relative frequency are dropped at random (skip_gram and
    hierarchical_softmax). 0 keeps all words."""


@dataclasses.dataclass(frozen=True)
class MeasureConfig(application.SeededConfig):
    tasks: str = ""
    """Directory with questions-words.txt and word-pair scores (*.txt). Empty: synthetic tasks."""


@dataclasses.dataclass(frozen=True)
class PredictConfig(application.Config):
    k: application.Count = 5
    """Number of nearest words."""
    vectors: str = ""
    """File of word vectors in word2vec (text or binary), GloVe or fastText (.vec) format to use
    instead of the model, also as .gz."""


@dataclasses.dataclass(frozen=True)
class Assets:
    """The vocabulary, most frequent words first."""

    vocabulary: list[str]


class Embeddings(application.Application):
    """Trains word vectors, and answers analogy questions."""

    name = "embeddings"
    inputs = (application.Text("words", "A word, or a sum such as king - man + woman."),)
    outputs = (application.Scores("nearest", "nearest words with their cosine similarities"),)
    configs = application.Configs(TrainConfig, MeasureConfig, PredictConfig)
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
        from apps.embeddings.questions import nearest
        from apps.embeddings.report import loaded_vectors, word_vectors

        vectors = loaded_vectors(config.vectors) if config.vectors else word_vectors(served)
        return [nearest(vectors, row["words"], config.k) for row in rows]

    def plot(self, served, record):
        from apps.embeddings.report import neighbors_plot

        return neighbors_plot(served, record)
