"""What differs between digits and AN4 in the model and its SavedModel."""

import dataclasses
from collections.abc import Callable

from apps.speech import features as digits
from apps.speech.an4 import features as an4

STEP_FRAMES = 4  # of a step of the encoder


@dataclasses.dataclass(frozen=True)
class Task:
    """Features and sizes of the model of a task.

    Attributes:
        features: function of padded waveforms, float32 `(batch, samples)`, and their lengths. It
            returns a dict of `features`, float32 `(batch, frames, channels)`, and `mask`.
        loudness: function of features. Returns a measure of the loudness of each frame, float32
            `(batch, frames)`.
        channels: int.
        sampling_rate: int. Samples per second.
        frame: int. Samples of a frame.
        stride: int. Samples from one frame to the next.
        architecture: dict of arguments of `models.speech_seq2seq`.
    """

    features: Callable
    loudness: Callable
    channels: int
    sampling_rate: int
    frame: int
    stride: int
    architecture: dict

    @property
    def step_seconds(self):
        """Seconds from one step of the encoder to the next."""
        return STEP_FRAMES * self.stride / self.sampling_rate

    @property
    def first_seconds(self):
        """Middle of the first step, in seconds."""
        return self.frame / 2 / self.sampling_rate


TASKS = {
    "digits": Task(
        digits.features,
        digits.loudness,
        digits.BANDS,
        digits.SAMPLING_RATE,
        digits.FRAME,
        digits.STRIDE,
        {"dropout": 0.1, "decoder_dropout": 0.1, "time_masking": 0.03, "frequency_masking": 0.1},
    ),
    "an4": Task(
        an4.features,
        an4.loudness,
        an4.CHANNELS,
        an4.SAMPLING_RATE,
        an4.FRAME,
        an4.STRIDE,
        {
            "filters": 96,
            "encoder_layers": 2,
            "dropout": 0.2,
            "decoder_dropout": 0.2,
            "time_masking": 0.06,
        },
    ),
}
