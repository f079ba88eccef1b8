"""Handwritten digits: which one it is, and where they stand on a large canvas."""

import dataclasses
import pathlib
from typing import Annotated, Literal

from keras_dl import application

_HERE = pathlib.Path(__file__).parent


@dataclasses.dataclass(frozen=True)
class TrainConfig(application.FitConfig):
    epochs: application.Count = 8
    batch_size: application.Count = 128
    learning_rate: application.Positive = 3e-3
    data: str = "synthetic"
    """tfds:mnist (or another set of digits of 28 x 28 pixels), or made: synthetic digits, printed
    ones that are turned, stretched and blurred."""
    num_examples: application.Count = 20_000
    """Digits of `synthetic` to train on; each other part has a tenth of them."""
    with_validation: bool = False
    """Train on the validation part as well, once all settings are chosen."""


@dataclasses.dataclass(frozen=True)
class DataConfig(application.Config):
    """Which digits are measured."""

    seed: Annotated[int, application.Limits(at_least=0, at_most=2**32 - 1)] = 0
    """Seed of synthetic digits and canvases."""
    data: str = "synthetic"
    """As in training."""
    num_examples: application.Count = 20_000
    """As in training."""
    split: Literal["validation", "test"] = "validation"
    """Part of the data to measure on."""


@dataclasses.dataclass(frozen=True)
class MeasureConfig(DataConfig):
    canvases: application.Count = 200
    """Canvases of digits to search."""


@dataclasses.dataclass(frozen=True)
class CompareConfig(DataConfig):
    compare_examples: Annotated[int, application.Limits(at_least=20)] = 1000
    """Digits to train on; regularizers have a fifth of them."""
    compare_epochs: application.Count = 20
    """How often they are shown to the network."""
    compare_seeds: application.Count = 3
    """How often each training is repeated, every time from other weights."""
    precision: Literal["float32", "mixed_bfloat16", "mixed_float16"] = "float32"
    """Arithmetic of the layers; weights stay float32."""


def compare(config):
    """Trains in many ways, prints a table and returns the plots of it."""
    from apps.digits import lab

    return lab.compare(config)


class Digits(application.Application):
    """Handwritten digits: which one it is, and where they stand on a large canvas."""

    name = "digits"
    inputs = (application.Image("image", "path of an image, or of a directory of images"),)
    outputs = (
        application.Vector(
            "digits", "in the order in which one reads them", format="{}", empty="no digit"
        ),
        application.Vector("confidences", format="{:.3f}"),
        application.Boxes(
            "boxes", "None where the whole image is one digit", format="{box}", between=" "
        ),
    )
    configs = application.Configs(TrainConfig, MeasureConfig)
    commands = {
        "compare": application.Command(
            compare, CompareConfig, "trains the network in many ways; prints a table, draws curves"
        )
    }
    demo_inputs = tuple(str(_HERE / name) for name in ("four.png", "canvas.png"))
    smoke = {"num_examples": 600, "epochs": 2, "batch_size": 32, "canvases": 4}
    duration = "about a minute on two cores"
    shipped = _HERE.parents[1] / "saved_models" / "digits"

    def data(self, config):
        from apps.digits import data

        return data.training_data(config)

    def build(self, config, data):
        from apps.digits import model

        return model.build(config, data)

    def endpoints(self, model, assets):
        from apps.digits.model import endpoints

        return endpoints(model)

    def measure(self, served, config):
        from apps.digits.report import measure

        return measure(served, config)

    def predict_batch(self, served, rows, config):
        from apps.digits.report import read_digits

        for row in rows:
            try:
                yield read_digits(served, application.read_image_bytes(row["image"]))
            except application.UserError as error:
                yield {"error": str(error)}
