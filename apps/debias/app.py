"""Takes the gender bias out of word vectors, and says what is left of it."""

import dataclasses
import pathlib
from typing import Annotated, Literal

from keras_dl import application

_SAVED_MODELS = pathlib.Path(__file__).parents[2] / "saved_models"
_VECTORS = str(_SAVED_MODELS / "embeddings" / "vectors.txt.gz")
_LISTS = str(pathlib.Path(__file__).with_name("lists"))


@dataclasses.dataclass(frozen=True)
class TrainConfig(application.FitConfig):
    epochs: application.Count = 20
    """How often the probe, which looks for the bias that is left, goes through its words."""
    batch_size: application.Count = 32
    learning_rate: application.Positive = 0.05
    vectors: str = _VECTORS
    """File of vectors, word2vec's (text or binary) or GloVe's, also as .gz."""
    method: Literal["hard", "soft", "null_space"] = "hard"
    """hard: neutralize and equalize; soft: a trade against similarity; null_space: project away
    what a linear classifier could use."""
    strength: Annotated[float, application.Limits(at_least=0)] = 1e4
    """Weight of the bias against similarity, of `soft`; more words need more."""
    lists: str = _LISTS
    """Folder with definitional_pairs.json, equalize_pairs.json, gender_specific_full.json,
    professions.json and WEAT.json."""


@dataclasses.dataclass(frozen=True)
class MeasureConfig(application.SeededConfig):
    vectors: str = _VECTORS
    """File of vectors from which the model was made."""
    lists: str = _LISTS
    """Folder of the lists by which bias is measured."""
    tasks: str = ""
    """Folder with questions-words.txt and files of word pairs with people's scores (*.txt). Empty:
    what the vectors lost is not measured."""


@dataclasses.dataclass(frozen=True)
class Assets:
    """What the model needs beside its weights.

    Attributes:
        vocabulary: the words.
        direction: the axis, from the side of `he` to that of `she`.
        position_before: cosine of each word with the direction, before.
        specific: words that may keep their bias.
        fitted: neutral words by which a projection was found.
        sets: words that were made equal, set by set.
    """

    vocabulary: list[str]
    direction: list[float]
    position_before: list[float]
    specific: list[str]
    fitted: list[str]
    sets: list[list[str]]


class Debias(application.Application):
    """Takes the gender bias out of word vectors, and says what is left of it."""

    name = "debias"
    inputs = (application.Text("word"),)
    outputs = (
        application.Number(
            "position_before", "cosine with the direction before, she above 0", format="{:+z.3f}"
        ),
        application.Number("position", "the same now", format="{:+z.3f}"),
        application.Scores("nearest", "words with cosines, now", format="{}", between=" "),
    )
    configs = application.Configs(TrainConfig, MeasureConfig)
    Assets = Assets
    demo_inputs = ("doctor", "nurse", "she")
    smoke = {"epochs": 2}
    duration = "about half a minute on two cores"
    shipped = _SAVED_MODELS / "debias"

    def data(self, config):
        from apps.debias import data

        return data.training_data(config)

    def build(self, config, data):
        from apps.debias import model

        return model.build(config, data)

    def endpoints(self, model, assets):
        from apps.debias.model import endpoints

        return endpoints(model, assets)

    def write_files(self, model, assets, directory):
        from apps.debias.model import write_vectors

        return [write_vectors(model, assets, directory / "vectors.txt.gz")]

    def measure(self, served, config):
        from apps.debias.report import measure

        return measure(served, config)

    def predict_batch(self, served, rows, config):
        from apps.debias.saved import read

        saved = read(served)
        return [saved.record(row["word"]) for row in rows]
