"""Application that recognizes characters or faces from one example each."""

import dataclasses
import pathlib
from typing import Annotated, Literal

from keras_dl import application

_HERE = pathlib.Path(__file__).parent
_SAVED_MODELS = _HERE.parents[1] / "saved_models"
_DEMO = str(_HERE / "known")


@dataclasses.dataclass(frozen=True)
class DataConfig(application.SeededConfig):
    data: str = "synthetic"
    """tfds:omniglot, synthetic (alphabets of curved strokes), or a directory with a directory of
    images for each person. If it has the directories train, validation and test, these have the
    people of each split."""
    num_examples: Annotated[int, application.Limits(at_least=400)] = 6_000
    """Number of synthetic images to train on, ten for each character."""


@dataclasses.dataclass(frozen=True)
class NetworkConfig(application.FitConfig, DataConfig):
    batch_size: Annotated[int, application.Limits(at_least=4)] = 240
    learning_rate: application.Positive = 2e-3
    image_size: Annotated[int, application.Limits(at_least=16, at_most=256)] = 28
    """Height and width to which images are resized."""
    images_per_class: Annotated[int, application.Limits(at_least=2)] = 4
    """Number of images of each class in a batch."""
    group_size: application.Count = 20
    """Number of classes in a batch that come from the same alphabet."""
    photos: bool = False
    """Even out the light, and train on mirrored images, as suits photos. Without it, each class
    turned by 90, 180 and 270 degrees makes three more classes, as suits characters."""
    filters: tuple[int, ...] = (32, 64, 128, 128)
    """Filters of each convolution."""
    units: application.Count = 64
    """Size of an embedding."""
    temperature: application.Positive = 0.1
    """Squared distances are divided by it in the losses nt_xent and prototypical."""
    margin: application.Positive = 0.2
    """Margin of the triplet loss."""


@dataclasses.dataclass(frozen=True)
class TrainConfig(NetworkConfig):
    epochs: application.Count = 8
    loss: Literal["nt_xent", "prototypical", "triplet_all", "triplet_semi_hard", "triplet_hard"] = (
        "nt_xent"
    )
    """Loss of the embeddings; for the triplet loss, with the triplets that count."""


@dataclasses.dataclass(frozen=True)
class MeasureConfig(DataConfig):
    split: Literal["validation", "test"] = "validation"
    """Split of the data to evaluate on."""
    runs: application.Count = 400
    """Number of one-shot tasks of each kind. A task has one image of each of 20 classes to know,
    and another one of each to recognize."""


@dataclasses.dataclass(frozen=True)
class CompareConfig(NetworkConfig):
    epochs: application.Count = 4
    split: Literal["validation", "test"] = "validation"
    """Split of the data to evaluate on."""
    runs: application.Count = 400
    """Number of one-shot tasks of each kind."""


@dataclasses.dataclass(frozen=True)
class PredictConfig(application.Config):
    gallery: str = _DEMO
    """Gallery file written by enroll; or a directory with an image NAME.png or a directory of
    images NAME for each name."""


@dataclasses.dataclass(frozen=True)
class GalleryConfig(application.Config):
    name: str = ""
    """Name of the person or character."""
    gallery: str = "gallery.jsonl"
    """Gallery file. It is written if it does not exist."""


@dataclasses.dataclass(frozen=True)
class EnrollConfig(GalleryConfig):
    images: tuple[str, ...] = ()
    """Paths of one or more images."""
    model: str = ""
    """SavedModel to use. Empty: the shipped one."""


@dataclasses.dataclass(frozen=True)
class VerifyConfig(application.Config):
    first: str = ""
    """Path of an image."""
    second: str = ""
    """Path of the image to compare it with."""
    model: str = ""
    """SavedModel to use. Empty: the shipped one."""


def enroll(config):
    """Adds images of a name to a gallery file; prints the size of the gallery."""
    from apps.one_shot import enrolled

    return enrolled.enroll(OneShot(), config)


def remove(config):
    """Removes a name from a gallery file."""
    from apps.one_shot import enrolled

    return enrolled.remove(config)


def verify(config):
    """Prints whether two images show the same person or character, and the probability."""
    from apps.one_shot import enrolled

    return enrolled.verify(OneShot(), config)


def compare(config):
    """Compares losses and baselines: prints a table and returns plots."""
    from apps.one_shot import comparison

    return comparison.compare(config)


@dataclasses.dataclass(frozen=True)
class Assets:
    """Data that the model needs besides its weights.

    Attributes:
        size: height and width of the network's images.
        threshold: intercept and slope of the minimum similarity of a known person, a linear
            function of the logarithm of the number of enrolled images. Measured after training.
        photos: whether images are photos, which may be mirrored.
        ink: whether images are ink on paper. The model then abstains from all others.
    """

    size: int
    threshold: list[float] = dataclasses.field(default_factory=list, compare=False)
    photos: bool = False
    ink: bool = False


class OneShot(application.Application):
    """Recognizes characters or faces from one example each."""

    name = "one_shot"
    inputs = (
        application.Image("image", "path of an image, or of a directory of images", drawn=True),
    )
    outputs = (
        application.Label("name", "most similar enrolled name, or unknown"),
        application.Number("score", "cosine similarity with its nearest image", format="{:.3f}"),
        application.Text("note", "why the model abstains, if it does"),
    )
    configs = application.Configs(TrainConfig, MeasureConfig, PredictConfig)
    Assets = Assets
    commands = {
        "enroll": application.Command(enroll, EnrollConfig, "adds images of a name to a gallery"),
        "verify": application.Command(verify, VerifyConfig, "compares two images"),
        "remove": application.Command(remove, GalleryConfig, "removes a name from a gallery"),
        "compare": application.Command(
            compare, CompareConfig, "compares losses and baselines: prints a table and a plot"
        ),
    }
    demo_inputs = tuple(str(_HERE / f"{name}.png") for name in ("first", "second", "third"))
    smoke = {"num_examples": 400, "epochs": 2, "batch_size": 16, "group_size": 2, "units": 8}
    smoke |= {"filters": (4, 4), "runs": 5}
    duration = "about two minutes on two cores"
    shipped = _SAVED_MODELS / "one_shot"

    def train(self, config, run):
        from apps.one_shot import model

        trained, assets = super().train(config, run)
        trained, assets = model.calibrated(trained, assets, config)
        run.write_assets(assets)
        return application.Trained(trained, assets)

    def data(self, config):
        from apps.one_shot import data

        return data.training_data(config)

    def build(self, config, data):
        from apps.one_shot import model

        return model.build(config, data)

    def endpoints(self, model, assets):
        from apps.one_shot.endpoints import endpoints

        return endpoints(model, assets)

    def measure(self, served, config):
        from apps.one_shot.report import measure

        return measure(served, config)

    def predict_batch(self, served, rows, config):
        from apps.one_shot.enrolled import identified

        return identified(served, rows, config.gallery)
