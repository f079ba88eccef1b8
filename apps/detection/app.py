"""Application that detects objects in images: their classes and bounding boxes."""

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
    """tfds:NAME (a data set with objects, such as tfds:bccd), a directory or a COCO JSON file as
    labeling tools write it (VOC, COCO or YOLO), or synthetic (scenes of shapes)."""
    num_examples: application.Count = 400
    """Number of synthetic scenes to train on. The other splits have a fifth as many each."""
    with_validation: bool = False
    """Also train on the validation split. Use this once all settings are chosen."""
    height: _Side = 160
    """Height of the resized images in pixels, a multiple of 16."""
    width: _Side = 208
    """Width of the resized images in pixels. A grid cell is 16 x 16 pixels."""
    anchors: application.Count = 3
    """Number of anchor boxes per cell, at most the number of different sizes of boxes."""
    ignore_iou: Annotated[float, application.Limits(above=0, at_most=1)] = 0.6
    """The loss ignores empty cells that could predict an object with this IoU. 1 disables this."""
    zoom: _Strength = 0.25
    """Random zoom in training, by a factor of up to exp(zoom), in and out. 0 disables it."""
    flips: Literal["both", "horizontal", "none"] = "both"
    """Random flips in training: upside down and left to right, only left to right, or none. Choose
    none if left and right differ, as for arrows and writing."""
    color_jitter: _Strength = 1.0
    """Strength of random color changes in training. 0 disables them."""
    weight_decay: application.Fraction = 5e-3
    """Weight decay of AdamW. A step subtracts learning rate x decay x weights."""
    init_from: str = ""
    """Run directory or SavedModel of a detector to start from, such as saved_models/detection. The
    last layer starts at random if classes or number of anchors differ. Empty: random weights."""


@dataclasses.dataclass(frozen=True)
class PredictConfig(application.Config):
    threshold: Annotated[float | None, application.Limits(at_least=0, at_most=1)] = None
    """Minimum score of boxes that are shown and counted. None: the one recorded in the model."""


@dataclasses.dataclass(frozen=True)
class MeasureConfig(PredictConfig):
    data: str = "synthetic"
    """Same as in train."""
    num_examples: application.Count = 400
    """Same as in train."""
    split: Literal["train", "validation", "test"] = "validation"
    """Split of the data to evaluate on."""


@dataclasses.dataclass(frozen=True)
class Assets:
    """Data that the model needs besides its weights.

    Attributes:
        classes: names of the classes.
        anchors: height and width of each anchor, in cells.
        size: height and width of the resized images, in pixels.
        threshold: score threshold with the best F1 on the validation split, once training is over.
    """

    classes: list[str]
    anchors: list[list[float]]
    size: list[int]
    threshold: application.Share = dataclasses.field(default=0.5, compare=False)


class Detection(application.Application):
    """Detects objects in images: their classes and bounding boxes."""

    name = "detection"
    inputs = (application.Image("image", "path of an image, or of a directory of images"),)
    outputs = (
        application.Number("height", "height of the image in pixels", detail=True),
        application.Number("width", "width of the image in pixels", detail=True),
        application.Boxes("objects", "detected objects, best first"),
        application.Text("note", "the best score, if all scores are below the threshold"),
    )
    configs = application.Configs(TrainConfig, MeasureConfig, PredictConfig)
    Assets = Assets
    demo_inputs = (str(pathlib.Path(__file__).with_name("blood.jpg")),)
    smoke = {"num_examples": 24, "epochs": 2, "batch_size": 8, "height": 64, "width": 80}
    duration = "about six minutes on two cores"
    shipped = pathlib.Path(__file__).parents[2] / "saved_models" / "detection"

    def train(self, config, run):
        from keras_dl.application.fitting import fit

        data = self.data(config)
        trained, assets = fit(self, config, run, data)
        (validation,) = data.callbacks
        assets = dataclasses.replace(assets, threshold=validation.best_threshold(trained))
        run.write_assets(assets)
        return application.Trained(trained, assets)

    def data(self, config):
        from apps.detection import data, pretrained

        # First, because reading the data takes longer.
        initial = pretrained.read(self, config.init_from) if config.init_from else None
        return dataclasses.replace(data.training_data(config), initial=initial)

    def build(self, config, data):
        from apps.detection import model, pretrained

        built = model.build(config, data)
        if data.initial:
            pretrained.start_from(built, data.assets, data.initial)
        return built

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
