"""Application that describes an image in a sentence."""

import dataclasses
import pathlib
from typing import Annotated

from keras_dl import application

_HERE = pathlib.Path(__file__).parent


@dataclasses.dataclass(frozen=True)
class TrainConfig(application.FitConfig):
    epochs: application.Count = 12
    batch_size: application.Count = 64
    learning_rate: application.Positive = 2e-3
    data: str = "digits"
    """Scenes composed of the digits of scikit-learn (digits) or of tfds:mnist, or a directory of
    images with a file of captions in the format of Flickr8k."""
    num_examples: application.Count = 12_000
    """Number of scenes to train on."""
    image_size: Annotated[int, application.Limits(at_least=32, at_most=512)] = 128
    """Height and width to which the images of a directory are resized."""
    decoder_units: application.Count = 128
    """Units of the decoder."""
    dropout: application.Fraction = 0.1
    """Dropout rate of the decoder."""


@dataclasses.dataclass(frozen=True)
class MeasureConfig(application.SeededConfig):
    data: str = "digits"
    """Data to evaluate on, given as in train."""
    image_size: Annotated[int, application.Limits(at_least=32, at_most=512)] = 128
    """Height and width to which the images of a directory are resized."""
    num_test_examples: application.Count = 1_000
    """Number of scenes of each kind to evaluate on."""


@dataclasses.dataclass(frozen=True)
class Assets:
    words: list[str]
    shape: list[int]


class Captions(application.Application):
    """Describes an image in a sentence and shows where each word comes from."""

    name = "captions"
    inputs = (application.Image("image", "path of an image, or of a directory of images"),)
    outputs = (
        application.Label("caption"),
        application.Probability("confidence"),
    )
    configs = application.Configs(TrainConfig, MeasureConfig)
    Assets = Assets
    demo_inputs = (str(_HERE / "scene.png"),)
    smoke = {"num_examples": 200, "epochs": 2, "batch_size": 32, "decoder_units": 16}
    smoke |= {"num_test_examples": 20}
    duration = "about six minutes on two cores"
    shipped = pathlib.Path(__file__).parents[2] / "saved_models" / "captions"

    def data(self, config):
        from apps.captions import data

        return data.training_data(config)

    def build(self, config, data):
        from apps.captions import model

        return model.build(config, data)

    def endpoints(self, model, assets):
        from apps.captions.model import endpoints

        return endpoints(model, assets)

    def measure(self, served, config):
        from apps.captions.report import measure

        return measure(served, config)

    def predict_batch(self, served, rows, config):
        from apps.captions.report import describe

        for row in rows:
            try:
                yield describe(served, application.read_image_bytes(row["image"]))
            except application.UserError as error:
                yield {"error": str(error)}

    def plot(self, served, record):
        from apps.captions.report import attention_plot

        return attention_plot(served, application.read_image_bytes(record["image"]))
