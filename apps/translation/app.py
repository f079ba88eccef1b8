"""Application that translates sentences, and shows which words each word came from."""

import dataclasses
import pathlib
from typing import Annotated, Literal

from keras_dl import application

_SCORED = 200  # sentences of dev, for the least score


@dataclasses.dataclass(frozen=True)
class TrainConfig(application.FitConfig):
    epochs: application.Count = 10
    batch_size: application.Count = 64
    learning_rate: application.Positive = 3e-3
    network: Literal["attention", "last_state"] = "attention"
    """attention: the decoder attends to all words of the source. last_state: it knows the source
    only from the last state of the encoder."""
    source: str = "de"
    """Language to translate from: a column of a TSV file, or the ending of a file's name."""
    target: str = "en"
    """Language to translate to."""
    data: str = "synthetic"
    """Sentence pairs: a TSV file, a directory with train, dev and test as TSV files or as one file
    for each language, or synthetic."""
    columns: tuple[str, str] = ("en", "de")
    """Languages of the two columns of TSV files."""
    num_examples: application.Count = 8_000
    """Number of synthetic sentence pairs."""
    vocabulary: Annotated[int, application.Limits(at_least=300)] = 4_000
    """Number of sub-words of each language."""
    embedding_units: application.Count = 96
    """Size of a token's vector."""
    encoder_units: application.Count = 96
    """Units of the encoder in each direction."""
    decoder_units: application.Count = 128
    """Units of the decoder."""
    attention_units: application.Count = 64
    """Units of the attention layer."""
    dropout: application.Fraction = 0.2
    """Dropout rate of token vectors, encoder outputs and decoder outputs."""
    label_smoothing: application.Fraction = 0.1
    """Probability that the training targets give to all tokens together."""


@dataclasses.dataclass(frozen=True)
class MeasureConfig(application.SeededConfig):
    source: str = "de"
    """Language to translate from."""
    target: str = "en"
    """Language to translate to."""
    data: str = "synthetic"
    """Data to evaluate on, given as in train."""
    columns: tuple[str, str] = ("en", "de")
    """Languages of the two columns of TSV files."""
    split: Literal["dev", "test"] = "dev"
    """Split of the data to evaluate on."""
    searched: application.Count = 300
    """Number of sentences on which widths and length penalties are compared."""
    blamed: application.Count = 100
    """Number of sentences for which an exact search decides whether search or model is at fault."""


@dataclasses.dataclass(frozen=True)
class PredictConfig(application.Config):
    width: Annotated[int, application.Limits(at_least=1, at_most=50)] = 5
    """Number of hypotheses of the beam search. 1 with --length-penalty 0 is greedy search."""
    length_penalty: Annotated[float, application.Limits(at_least=0, at_most=2)] = 0.7
    """A translation of T tokens is scored by its log-probability / T**length_penalty."""
    alternatives: bool = False
    """Also print all hypotheses of the beam with their scores, best first."""


@dataclasses.dataclass(frozen=True)
class Assets:
    """Data that the model needs besides its weights.

    Attributes:
        source: merges of the sub-words of the source.
        target: merges of the sub-words of the target.
        least_score: score that 19 of 20 sentences in dev reach, once training is over. A text
            whose best translation is below it gets none.
    """

    source: list[list[int]]
    target: list[list[int]]
    least_score: float = dataclasses.field(default=-2.5, compare=False)


class Translation(application.Application):
    """Translates sentences and shows which words each word came from."""

    name = "translation"
    inputs = (application.Text("text"),)
    outputs = (
        application.Label("translation"),
        application.Number("score", "log-probability / T**length_penalty", format="{:.3f}"),
        application.Scores("alternatives", "all hypotheses, best first", format="{}\t{:.3f}"),
    )
    configs = application.Configs(TrainConfig, MeasureConfig, PredictConfig)
    shipped = pathlib.Path(__file__).parents[2] / "saved_models" / "translation"
    Assets = Assets
    demo_inputs = (
        "Gestern hat die alte Frau einen Apfel gekauft.",
        "Sieht der Lehrer das neue Haus?",
        "Ich weiß, dass Anna einen Brief vergisst.",
    )
    smoke = {"num_examples": 400, "epochs": 2, "batch_size": 32, "vocabulary": 300}
    smoke |= {"embedding_units": 8, "encoder_units": 8, "decoder_units": 8, "attention_units": 8}
    smoke |= {"searched": 8, "blamed": 3}
    duration = "about three minutes on two cores"
    half_precision = True

    def train(self, config, run):
        from apps.translation import endpoints, texts

        trained, assets = super().train(config, run)
        sentences = texts.some_sources(config, "dev", _SCORED)
        least = endpoints.least_score(trained, assets, sentences)
        assets = dataclasses.replace(assets, least_score=least)
        run.write_assets(assets)
        return application.Trained(trained, assets)

    def data(self, config):
        from apps.translation.data import training_data

        return training_data(config)

    def build(self, config, data):
        from apps.translation.model import build

        return build(config, data)

    def endpoints(self, model, assets):
        from apps.translation.endpoints import endpoints

        return endpoints(model, assets)

    def measure(self, served, config):
        from apps.translation.report import measure

        return measure(served, config)

    def predict_batch(self, served, rows, config):
        from apps.translation.prediction import records

        return records(served, [row["text"] for row in rows], config)

    def plot(self, served, record):
        from apps.translation.prediction import attention_plot

        return attention_plot(served, record["text"])
