"""Application that removes gender bias from word vectors and measures the remaining bias."""

import dataclasses
import pathlib
from typing import Annotated, Literal

from keras_dl import application

_LISTS = str(pathlib.Path(__file__).with_name("lists"))


@dataclasses.dataclass(frozen=True)
class TrainConfig(application.FitConfig):
    epochs: application.Count = 20
    """Epochs of training for the linear probe that measures the remaining bias."""
    batch_size: application.Count = 32
    learning_rate: application.Positive = 0.05
    vectors: str = ""
    """File of word vectors in word2vec format (text or binary) or GloVe format, also as .gz. Empty:
    the shipped vectors of embeddings."""
    method: Literal["hard", "soft", "null_space"] = "hard"
    """hard: neutralize and equalize. soft: trade bias against similarity. null_space: project out
    the directions that a linear classifier could use."""
    strength: Annotated[float, application.Limits(at_least=0)] = 1e4
    """Weight of bias relative to similarity in --method soft. Increase it for more words."""
    lists: str = _LISTS
    """Directory with definitional_pairs.json, equalize_pairs.json, gender_specific_full.json,
    professions.json and WEAT.json."""


@dataclasses.dataclass(frozen=True)
class MeasureConfig(application.SeededConfig):
    vectors: str = ""
    """File of the vectors that the model was built from. Empty: the shipped ones of embeddings."""
    lists: str = _LISTS
    """Directory of the word lists that measure bias."""
    tasks: str = ""
    """Directory with questions-words.txt and word-pair scores (*.txt). Empty: no quality test."""


@dataclasses.dataclass(frozen=True)
class Assets:
    """Data that the model needs besides its weights.

    Attributes:
        vocabulary: the words.
        direction: the gender direction, from `he` to `she`.
        position_before: cosine of each word vector with the direction, before debiasing.
        specific: gender-specific words, which may keep their bias.
        fitted: neutral words that the null-space projection was fitted on.
        sets: equalized sets of words.
    """

    vocabulary: list[str]
    direction: list[float]
    position_before: list[float]
    specific: list[str]
    fitted: list[str]
    sets: list[list[str]]


class Debias(application.Application):
    """Removes gender bias from word vectors and measures the remaining bias."""

    name = "debias"
    inputs = (application.Text("word"),)
    outputs = (
        application.Number(
            "position_before", "cosine with the direction from he to she", format="{:+z.3f}"
        ),
        application.Number("position", "the cosine after debiasing", format="{:+z.3f}"),
        application.Scores("nearest", "nearest words after debiasing", format="{}", between=" "),
    )
    configs = application.Configs(TrainConfig, MeasureConfig)
    Assets = Assets
    demo_inputs = ("doctor", "nurse", "she")
    smoke = {"epochs": 2}
    duration = "about half a minute on two cores"
    shipped = pathlib.Path(__file__).parents[2] / "saved_models" / "debias"

    def data(self, config):
        from apps.debias import data

        return data.training_data(self._with_vectors(config))

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

        return measure(served, self._with_vectors(config))

    def _with_vectors(self, config):
        shipped = self.shipped.with_name("embeddings") / "vectors.txt.gz"
        return dataclasses.replace(config, vectors=config.vectors or str(shipped))

    def predict_batch(self, served, rows, config):
        from apps.debias.saved import read

        saved = read(served)
        return [saved.record(row["word"]) for row in rows]

    def plot(self, served, record):
        from apps.debias.saved import read

        return read(served).axis_plot(record["word"])
