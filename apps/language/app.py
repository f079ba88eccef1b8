"""Application that learns to write from a text, by characters or by words."""

import dataclasses
import pathlib
from typing import Annotated, Literal

from keras_dl import application

MAX_LENGTH = 10_000  # tokens of a prompt that are read, and of a continuation


@dataclasses.dataclass(frozen=True)
class DataConfig(application.SeededConfig):
    data: str = "synthetic"
    """Text file, directory of .txt files, or synthetic (short stories). Without --dev and --test,
    the last two tenths of the text are dev and test."""
    dev: str = ""
    """Name of the file in the directory that is held out as dev, without .txt."""
    test: str = ""
    """Name of the file in the directory that is held out as test, without .txt."""
    num_stories: application.Count = 2_000
    """Number of synthetic stories to train on. The other parts have a tenth as many each."""


@dataclasses.dataclass(frozen=True)
class TrainConfig(DataConfig, application.FitConfig):
    unit: Literal["characters", "words"] = "characters"
    """Tokens of the text."""
    vocabulary: Annotated[int, application.Limits(at_least=1)] = 10_000
    """Maximum vocabulary size. The most frequent tokens are kept."""
    epochs: application.Count = 6
    batch_size: application.Count = 16
    """Number of positions of the text that training reads at the same time."""
    time_steps: application.Count = 64
    """Tokens between two updates. Gradients end there, but the states carry over."""
    learning_rate: application.Positive = 5e-3
    embedding_units: application.Count = 32
    """Size of a token vector."""
    units: application.Count = 128
    """Units of each LSTM layer."""
    layers: application.Count = 1
    """Number of LSTM layers."""
    dropout: application.Fraction = 0.1
    """Dropout rate of token vectors and of the outputs of each layer."""
    with_dev: bool = False
    """Also train on dev, and keep the last epoch. Use this once all settings are chosen."""

    def __post_init__(self):
        super().__post_init__()
        if self.devices > 1:
            raise application.UserError(
                "--devices must be 1, because states carry over between batches. Received "
                f"{self.devices}."
            )


@dataclasses.dataclass(frozen=True)
class MeasureConfig(DataConfig):
    split: Literal["dev", "test"] = "dev"
    """Part of the text to evaluate on."""
    sample_length: Annotated[int, application.Limits(at_least=1, at_most=MAX_LENGTH)] = 1_000
    """Tokens to generate, to compare with the training text."""


@dataclasses.dataclass(frozen=True)
class PredictConfig(application.SeededConfig):
    temperature: Annotated[float, application.Limits(at_least=0)] = 0.8
    """Divides the log-probabilities. 0 always takes the most probable token."""
    top_p: application.Share = 1.0
    """Draw only from the most probable tokens that together have this probability."""
    top_k: Annotated[int, application.Limits(at_least=0)] = 0
    """Draw only from this number of most probable tokens. 0 means all."""
    length: Annotated[int, application.Limits(at_least=1, at_most=MAX_LENGTH)] = 200
    """Number of tokens to generate."""


@dataclasses.dataclass(frozen=True)
class ScoreConfig(application.Config):
    text: str = ""
    """Text to score."""
    input: str = ""
    """Text file to score, instead of --text."""
    run_dir: str = ""
    """Run directory that contains the SavedModel."""
    model: str = ""
    """SavedModel to use. Empty: the one in --run-dir, otherwise the shipped one."""


@dataclasses.dataclass(frozen=True)
class Assets:
    """Tokens of the text: `characters` or `words`, and their vocabulary."""

    unit: str
    vocabulary: list[str]


def score(config):
    """Prints the bits per character of a text; returns a plot of the surprise of each token."""
    from apps.language.report import score

    return score(Language(), config)


class Language(application.Application):
    """Continues a text, and measures in bits how much a text surprises it."""

    name = "language"
    inputs = (application.Text("prompt", "text to continue; may be empty"),)
    outputs = (
        application.Label("continuation"),
        application.Number(
            "log_probability", "of the continuation, in nats", detail=True, format="{:.2f}"
        ),
    )
    configs = application.Configs(TrainConfig, MeasureConfig, PredictConfig)
    Assets = Assets
    commands = {
        "score": application.Command(
            score, ScoreConfig, "prints the bits per character of a text and plots its surprises"
        )
    }
    demo_inputs = ("The king ", "ROMEO:", "")
    smoke = {"num_stories": 40, "epochs": 2, "batch_size": 4, "time_steps": 32, "units": 8}
    smoke |= {"embedding_units": 4, "sample_length": 20}
    duration = "about two minutes on two cores"
    shipped = pathlib.Path(__file__).parents[2] / "saved_models" / "language"

    def train(self, config, run):
        from apps.language.model import without_carried_states

        return without_carried_states(super().train(config, run), config)

    def data(self, config):
        from apps.language.data import training_data

        return training_data(config)

    def build(self, config, data):
        from apps.language.model import build

        return build(config, data)

    def endpoints(self, model, assets):
        from apps.language.endpoints import endpoints

        return endpoints(model, assets)

    def measure(self, served, config):
        from apps.language.report import measure

        return measure(served, config)

    def predict_batch(self, served, rows, config):
        from apps.language.report import continuations

        return continuations(served, [row["prompt"] for row in rows], config)
