"""Base class of applications, their input and output fields, and their settings.

Importing this package loads neither Keras nor TensorFlow.
"""

from keras_dl.application.application import (
    Application,
    Command,
    Configs,
    Endpoint,
    Frame,
    NoAssets,
    Record,
    Trained,
)
from keras_dl.application.audio import read_audio_bytes
from keras_dl.application.config import Config, FitConfig, SeededConfig
from keras_dl.application.errors import UserError, user_error
from keras_dl.application.fields import (
    Audio,
    Boxes,
    Choice,
    Field,
    Flag,
    Image,
    Label,
    Number,
    Probability,
    Scores,
    Spans,
    Text,
    Vector,
    Video,
)
from keras_dl.application.images import read_image_bytes
from keras_dl.application.report import Metric, Report
from keras_dl.application.typed import Count, Fraction, Limits, Positive, Share

__all__ = [
    "Application",
    "Audio",
    "Boxes",
    "Choice",
    "Command",
    "Config",
    "Configs",
    "Count",
    "Endpoint",
    "Field",
    "FitConfig",
    "Flag",
    "Fraction",
    "Frame",
    "Image",
    "Label",
    "Limits",
    "Metric",
    "NoAssets",
    "Number",
    "Positive",
    "Probability",
    "Record",
    "Report",
    "Scores",
    "SeededConfig",
    "Share",
    "Spans",
    "Text",
    "Trained",
    "UserError",
    "Vector",
    "Video",
    "read_audio_bytes",
    "read_image_bytes",
    "user_error",
]
