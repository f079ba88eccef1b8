"""Application that recognizes handwritten digits and finds digits on a large canvas."""

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
    """tfds:mnist (or other 28 x 28 digits), or synthetic (distorted printed digits)."""
    num_examples: application.Count = 20_000
    """Number of synthetic digits to train on. The other splits have a tenth as many each."""
    with_validation: bool = False
    """Also train on the validation split. Use this once all settings are chosen."""


@dataclasses.dataclass(frozen=True)
class DataConfig(application.Config):
    """Settings of the digits to evaluate on."""

    seed: Annotated[int, application.Limits(at_least=0, at_most=2**32 - 1)] = 0
    """Seed of the synthetic digits and canvases."""
    data: str = "synthetic"
    """Same as in train."""
    num_examples: application.Count = 20_000
    """Same as in train."""
    split: Literal["validation", "test"] = "validation"
    """Split of the data to evaluate on."""


@dataclasses.dataclass(frozen=True)
class MeasureConfig(DataConfig):
    canvases: application.Count = 200
    """Number of canvases to search for digits."""


@dataclasses.dataclass(frozen=True)
class CompareConfig(DataConfig):
    compare_examples: Annotated[int, application.Limits(at_least=20)] = 1000
    """Number of digits to train on. The comparison of regularizers uses a fifth of them."""
    compare_epochs: application.Count = 20
    """Epochs of each training. The comparison of regularizers uses three times as many."""
    compare_seeds: application.Count = 3
    """Number of repetitions of each training, with different initial weights."""
    precision: Literal["float32", "mixed_bfloat16", "mixed_float16"] = "float32"
    """Dtype policy of the layers. Weights stay float32."""


def compare(config):
    """Compares training methods: prints a table and returns plots."""
    from apps.digits import comparison

    return comparison.compare(config)


class Digits(application.Application):
    """Recognizes handwritten digits and finds digits on a large canvas."""

    name = "digits"
    inputs = (
        application.Image("image", "path of an image, or of a directory of images", drawn=True),
    )
    outputs = (
        application.Vector("digits", "digits in reading order", format="{}", empty="no digit"),
        application.Vector("confidences", format="{:.3f}"),
        application.Boxes(
            "boxes", "boxes, or None for a single digit", format="{box}", between=" "
        ),
    )
    configs = application.Configs(TrainConfig, MeasureConfig)
    commands = {
        "compare": application.Command(
            compare, CompareConfig, "compares training methods: prints a table and plots curves"
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
