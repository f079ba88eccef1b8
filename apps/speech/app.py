"""Application that transcribes spoken digits."""

import dataclasses
import pathlib

from keras_dl import application

_HERE = pathlib.Path(__file__).parent


@dataclasses.dataclass(frozen=True)
class TrainConfig(application.FitConfig):
    epochs: application.Count = 8
    batch_size: application.Count = 32
    learning_rate: application.Positive = 3e-3
    data: str = "tfds:spoken_digit"
    """Recordings of single digits: tfds:spoken_digit, a directory of files
    LABEL_SPEAKER_NUMBER.wav, or tones of a telephone keypad (tones)."""
    held_out: str = ""
    """Speaker whose recordings are not trained on."""
    num_examples: application.Count = 3_200
    """Number of strings per epoch."""
    units: application.Count = 96
    """Units of each direction of the encoder; the decoder has a third more."""


@dataclasses.dataclass(frozen=True)
class MeasureConfig(application.SeededConfig):
    data: str = "tfds:spoken_digit"
    """Data to evaluate on, given as in train."""
    held_out: str = ""
    """Speaker whose recordings are evaluated on. Empty: all speakers."""
    num_test_examples: application.Count = 300
    """Number of strings of each length to evaluate on."""


class Speech(application.Application):
    """Transcribes spoken digits."""

    name = "speech"
    inputs = (application.Audio("audio", "path of a WAV file"),)
    outputs = (application.Label("text"), application.Probability("confidence"))
    configs = application.Configs(TrainConfig, MeasureConfig)
    demo_inputs = (str(_HERE / "digits.wav"),)
    smoke = {"data": "tones", "num_examples": 64, "epochs": 2, "batch_size": 16, "units": 12}
    smoke |= {"num_test_examples": 10}
    duration = "about ten minutes on two cores"

    def data(self, config):
        from apps.speech import data

        return data.training_data(config)

    def build(self, config, data):
        from apps.speech import model

        return model.build(config, data)

    def endpoints(self, model, assets):
        from apps.speech.model import endpoints

        return endpoints(model)

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
