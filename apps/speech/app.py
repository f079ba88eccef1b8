"""Application that transcribes spoken digits, or the words of AN4."""

import dataclasses
import pathlib
from typing import Literal

from keras_dl import application

_HERE = pathlib.Path(__file__).parent


@dataclasses.dataclass(frozen=True)
class TrainConfig(application.FitConfig):
    epochs: application.Count = 20
    batch_size: application.Count = 32
    learning_rate: application.Positive = 3e-3
    task: Literal["digits", "an4"] = "digits"
    """What is transcribed: strings of digits, or the letters, numbers and commands of AN4."""
    data: str = "tfds:spoken_digit"
    """Recordings of single digits: tfds:spoken_digit, a directory of files
    LABEL_SPEAKER_NUMBER.wav, or tones of a telephone keypad (tones). For an4, its directory, with
    etc and feat."""
    held_out: str = ""
    """Speaker whose digits are not trained on."""
    num_examples: application.Count = 3_200
    """Number of examples per epoch: strings of digits, sounds without one, or utterances of AN4."""
    units: application.Count = 96
    """Units of each direction of the encoder; the decoder has a third more."""
    init_from: str = ""
    """Run directory or SavedModel to start from, such as saved_models/speech. Empty: random
    weights."""


@dataclasses.dataclass(frozen=True)
class MeasureConfig(application.SeededConfig):
    task: Literal["digits", "an4"] = "digits"
    """Task of the model, given as in train."""
    data: str = "tfds:spoken_digit"
    """Data to evaluate on, given as in train."""
    held_out: str = ""
    """Speaker whose digits are evaluated on. Empty: all speakers."""
    num_test_examples: application.Count = 300
    """Number of strings of each length to evaluate on."""
    others: str = ""
    """Directory of WAV files without digits, in which the model should find none."""


@dataclasses.dataclass(frozen=True)
class Assets:
    """What the model needs besides its weights.

    Attributes:
        threshold: least confidence of a text, chosen on validation recordings after training.
        task: the task of the model.
        words: word `i` is token `i + 1`.
    """

    threshold: application.Share = dataclasses.field(default=0.5, compare=False)
    task: Literal["digits", "an4"] = "digits"
    words: tuple[str, ...] = tuple("0123456789")


class Speech(application.Application):
    """Transcribes spoken digits, or the words of AN4."""

    name = "speech"
    inputs = (application.Audio("audio", "path of a WAV file"),)
    outputs = (
        application.Label("text", "words, or empty if it is not sure"),
        application.Probability("confidence", "mean probability of a word of the best text"),
        application.Vector("starts", "start of each word, in seconds", format="{:.2f}"),
        application.Vector("ends", "end of each word, in seconds", format="{:.2f}"),
    )
    configs = application.Configs(TrainConfig, MeasureConfig)
    Assets = Assets
    demo_inputs = (str(_HERE / "digits.wav"),)
    smoke = {"data": "tones", "num_examples": 64, "epochs": 2, "batch_size": 16, "units": 12}
    smoke |= {"num_test_examples": 10}
    duration = "about half an hour on two cores"
    shipped = pathlib.Path(__file__).parents[2] / "saved_models" / "speech"

    def train(self, config, run):
        from apps.speech import recordings, validation

        trained, assets = super().train(config, run)
        if assets.task != "digits":
            return application.Trained(trained, assets)
        held_out = recordings.read(config, "validation")
        count = min(config.num_examples, validation.MOST)
        threshold = validation.threshold(trained, held_out, config.seed, count)
        assets = dataclasses.replace(assets, threshold=threshold)
        run.write_assets(assets)
        return application.Trained(trained, assets)

    def data(self, config):
        from apps.speech import data
        from apps.speech.an4 import data as an4_data

        return (an4_data if config.task == "an4" else data).training_data(config)

    def build(self, config, data):
        from apps.speech import model, pretrained

        built = model.build(config, data)
        if config.init_from:
            pretrained.start_from(built, self, config.init_from)
        return built

    def endpoints(self, model, assets):
        from apps.speech.model import endpoints

        return endpoints(model, assets)

    def measure(self, served, config):
        from apps.speech import report
        from apps.speech.an4 import report as an4_report

        return (an4_report if config.task == "an4" else report).measure(served, config)

    def predict_batch(self, served, rows, config):
        from apps.speech.report import transcribe

        for row in rows:
            try:
                yield transcribe(served, application.read_audio_bytes(row["audio"]))
            except application.UserError as error:
                yield {"error": str(error)}

    def plot(self, served, record):
        from apps.speech.report import attention_plot

        return attention_plot(served, application.read_audio_bytes(record["audio"]))
