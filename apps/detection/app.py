"""Objects in images: what they are, and the boxes around them."""

import dataclasses
import pathlib
from typing import Annotated, Literal

from keras_dl import application

_Side = Annotated[int, application.Limits(at_least=16, multiple_of=16)]
_Strength = Annotated[float, application.Limits(at_least=0, at_most=2)]


@dataclasses.dataclass(frozen=True)
class TrainConfig(application.FitConfig):
    epochs: application.Count = 15
    batch_size: application.Count = 8
    learning_rate: application.Positive = 2e-3
    data: str = "synthetic"
    """tfds:NAME (a set with objects, for instance tfds:bccd), a directory of VOC XML, a COCO JSON
    file, or made: synthetic scenes of shapes."""
    num_examples: application.Count = 400
    """Scenes of `synthetic` to train on; each other part has a fifth of them."""
    with_validation: bool = False
    """Train on the validation part as well, once all settings are chosen."""
    height: _Side = 160
    """Height in pixels to which images are resized, a multiple of 16."""
    width: _Side = 208
    """Width in pixels. A cell of the grid is 16 x 16 pixels."""
    anchors: application.Count = 3
    """How many sizes of boxes each cell can have."""
    ignore_iou: Annotated[float, application.Limits(above=0, at_most=1)] = 0.6
    """Cells beside that of an object may have it too if their box can have this IoU; 1: none."""
    zoom: _Strength = 0.25
    """How far training zooms in and out: up to exp(zoom) times; 0 leaves images as they are."""
    color_jitter: _Strength = 1.0
    """How much training changes colors; 0 leaves them as they are."""
    weight_decay: application.Fraction = 5e-3
    """Share of the weights that a step takes away, times the learning rate."""


@dataclasses.dataclass(frozen=True)
class PredictConfig(application.Config):
    threshold: application.Share = 0.6
    """Boxes with a smaller score are neither shown nor counted."""


@dataclasses.dataclass(frozen=True)
class MeasureConfig(PredictConfig):
    data: str = "synthetic"
    """As in training."""
    num_examples: application.Count = 400
    """As in training."""
    split: Literal["train", "validation", "test"] = "validation"
    """Part of the data to measure on."""


@dataclasses.dataclass(frozen=True)
class Assets:
    """What the network needs beside its weights: anchors in cells, the size of images in pixels."""

    classes: list[str]
    anchors: list[list[float]]
    size: list[int]


class Detection(application.Application):
    """Objects in images: what they are, and the boxes around them."""

    name = "detection"
    inputs = (application.Image("image", "path of an image, or of a directory of images"),)
    outputs = (
        application.Number("height", "of the image, in pixels", detail=True),
        application.Number("width", "of the image, in pixels", detail=True),
        application.Boxes("objects", "best first"),
    )
    configs = application.Configs(TrainConfig, MeasureConfig, PredictConfig)
    Assets = Assets
    demo_inputs = (str(pathlib.Path(__file__).with_name("blood.jpg")),)
    smoke = {"num_examples": 24, "epochs": 2, "batch_size": 8, "height": 64, "width": 80}
    duration = "about six minutes on two cores"
    shipped = pathlib.Path(__file__).parents[2] / "saved_models" / "detection"

    def data(self, config):
        from apps.detection import data

        return data.training_data(config)

    def build(self, config, data):
        from apps.detection import model

        return model.build(config, data)

    def endpoints(self, model, assets):
        from apps.detection.model import endpoints

        return endpoints(model, assets)

    def measure(self, served, config):
        from apps.detection.report import measure

        return measure(served, config)

    def predict_batch(self, served, rows, config):
        from apps.detection.report import detect

        for row in rows:
            try:
                yield detect(served, application.read_image_bytes(row["image"]), config.threshold)
            except application.UserError as error:
                yield {"error": str(error)}

    def plot(self, served, record):
        from apps.detection.report import boxes_plot, first_found

        encoded = application.read_image_bytes(record["image"])
        return boxes_plot(encoded, first_found(served, encoded, len(record["objects"])))
