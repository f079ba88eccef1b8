"""Application that transcribes spoken digits."""

import dataclasses
import pathlib

from keras_dl import application

_HERE = pathlib.Path(__file__).parent


@dataclasses.dataclass(frozen=True)
class TrainConfig(application.FitConfig):
    epochs: application.Count = 20
    batch_size: application.Count = 32
    learning_rate: application.Positive = 3e-3
    data: str = "tfds:spoken_digit"
    """Recordings of single digits: tfds:spoken_digit, a directory of files
    LABEL_SPEAKER_NUMBER.wav, or tones of a telephone keypad (tones)."""
    held_out: str = ""
    """Speaker whose recordings are not trained on."""
    num_examples: application.Count = 3_200
    """Number of strings and of sounds without a digit per epoch."""
    units: application.Count = 96
    """Units of each direction of the encoder; the decoder has a third more."""
    init_from: str = ""
    """Run directory or SavedModel to start from, such as saved_models/speech. Empty: random
    weights."""


@dataclasses.dataclass(frozen=True)
class MeasureConfig(application.SeededConfig):
    data: str = "tfds:spoken_digit"
    """Data to evaluate on, given as in train."""
    held_out: str = ""
    """Speaker whose recordings are evaluated on. Empty: all speakers."""
    num_test_examples: application.Count = 300
    """Number of strings of each length to evaluate on."""
    others: str = ""
    """Directory of WAV files without digits, in which the model should find none."""


@dataclasses.dataclass(frozen=True)
class Assets:
    """What the model needs besides its weights.

    Attributes:
        threshold: least confidence of a text, chosen on validation recordings after training.
    """

    threshold: application.Share = dataclasses.field(default=0.5, compare=False)


class Speech(application.Application):
    """Transcribes spoken digits."""

    name = "speech"
    inputs = (application.Audio("audio", "path of a WAV file"),)
    outputs = (
        application.Label("text", "digits, or empty if there is none that is sure"),
        application.Probability("confidence", "mean probability of a digit of the best text"),
        application.Vector("starts", "start of each digit, in seconds", format="{:.2f}"),
        application.Vector("ends", "end of each digit, in seconds", format="{:.2f}"),
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
        held_out = recordings.read(config, "validation")
        count = min(config.num_examples, validation.MOST)
        threshold = validation.threshold(trained, held_out, config.seed, count)
        assets = dataclasses.replace(assets, threshold=threshold)
        run.write_assets(assets)
        return application.Trained(trained, assets)

    def data(self, config):
        from apps.speech import data

        return data.training_data(config)

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
        from apps.speech.report import measure

        return measure(served, config)

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
