"""Application that paints an image in the style of another one."""

import dataclasses
import pathlib
from typing import Annotated, Literal

from keras_dl import application

_HERE = pathlib.Path(__file__).parent
PAINTING = _HERE / "starry_night.jpg"
Size = Annotated[int, application.Limits(at_least=32, at_most=2048)]
Steps = Annotated[int, application.Limits(at_least=1, at_most=10_000)]
Weight = Annotated[float, application.Limits(at_least=0, at_most=1e6)]


@dataclasses.dataclass(frozen=True)
class TrainConfig(application.SeededConfig):
    weights: str = ""
    """Weights of the network: a file with the convolutions of VGG-16. Empty: SqueezeNet."""
    pooling: Literal["average", "max"] = "average"
    """Pooling layers of the network. The published weights were trained with max."""


@dataclasses.dataclass(frozen=True)
class MeasureConfig(application.Config):
    contents: tuple[str, ...] = (str(_HERE / "cat.jpg"),)
    """Content images."""
    styles: tuple[str, ...] = (str(PAINTING),)
    """Style images."""
    size: Size = 256
    """Length of the longer side of the results, in pixels."""
    steps: Steps = 100
    """Number of steps."""


@dataclasses.dataclass(frozen=True)
class PredictConfig(application.Config):
    style: str = str(PAINTING)
    """Style image."""
    size: Size = 256
    """Length of the longer side of the result, in pixels."""
    steps: Steps = 100
    """Number of steps. More take longer, and bring the style nearer."""
    style_weight: Weight = 5.0
    """Weight of the style loss, divided by that of the image as given; content has weight 1."""
    preserve_colors: bool = False
    """Keep the colors of the image and change only its brightness."""


@dataclasses.dataclass(frozen=True)
class StylizeConfig(application.SeededConfig):
    content: str = str(_HERE / "cat.jpg")
    """Content image."""
    style: tuple[str, ...] = (str(PAINTING),)
    """One or several style images. The Gram matrices of several are averaged."""
    blend: tuple[float, ...] = ()
    """Weight of each style image. Empty: equal weights."""
    size: Size = 256
    """Length of the longer side of the result, in pixels."""
    levels: Annotated[int, application.Limits(at_least=1, at_most=4)] = 1
    """Coarse to fine: the first level has half the size per level below the last."""
    method: Literal["adam", "lbfgs", "gradient_descent"] = "adam"
    """Optimizer of the pixels."""
    steps: Steps = 100
    """Number of steps of each level, for lbfgs a multiple of 10."""
    learning_rate: application.Positive = 8.0
    """adam: change of a pixel per step at first. gradient_descent: factor, such as 100,000."""
    style_weight: Weight = 5.0
    """Weight of the style loss, divided by that of the content image; content has weight 1."""
    start: Literal["content", "noise"] = "content"
    """Image to start from."""
    preserve_colors: bool = False
    """Keep the colors of the content image and change only its brightness."""
    model: str = ""
    """SavedModel to use. Empty: the shipped one."""
    run_dir: str = ""
    """Directory of checkpoint, preview, result and GIF. Empty: runs/style/stylize, written anew."""
    resume: bool = False
    """Resume an interrupted run. Repeat its other flags."""


@dataclasses.dataclass(frozen=True)
class LayersConfig(application.SeededConfig):
    content: str = str(_HERE / "cat.jpg")
    """Content image."""
    size: Size = 192
    """Length of the longer side, in pixels."""
    steps: Steps = 150
    """Number of steps from noise, for each layer."""
    model: str = ""
    """SavedModel to use. Empty: the shipped one."""


@dataclasses.dataclass(frozen=True)
class Assets:
    """Data that the model needs besides its weights.

    Attributes:
        style_layers: layers whose Gram matrices are the style.
        content_layer: layer whose features are the content.
    """

    style_layers: list[str]
    content_layer: str


def stylize(config):
    """Paints one image in a run of its own."""
    from apps.style import stylizing

    return stylizing.stylize(Style(), config)


def compare_layers(config):
    """Shows what each layer keeps of the content."""
    from apps.style import stylizing

    return stylizing.compare_layers(Style(), config)


class Style(application.Application):
    """Paints an image in the style of another image."""

    name = "style"
    inputs = (application.Image("image", "path of an image, or of a directory of images"),)
    outputs = (
        application.Image("stylized"),
        application.Number("style_loss", "0: the style of the style image", format="{:.3f}"),
        application.Number("content_cosine", "1: the content of the image", format="{:.3f}"),
    )
    configs = application.Configs(TrainConfig, MeasureConfig, PredictConfig)
    Assets = Assets
    commands = {
        "stylize": application.Command(
            stylize, StylizeConfig, "paints one image in a run that can be resumed"
        ),
        "layers": application.Command(
            compare_layers, LayersConfig, "plots what each layer keeps of the content"
        ),
    }
    demo_inputs = (str(_HERE / "cat.jpg"),)
    smoke = {"size": 32, "steps": 2}
    duration = "about a minute on two cores"
    shipped = _HERE.parents[1] / "saved_models" / "style"

    def train(self, config, run):
        from apps.style import networks

        return networks.train(config, run)

    def endpoints(self, model, assets):
        from apps.style.endpoints import endpoints

        return endpoints(model, assets)

    def measure(self, served, config):
        from apps.style.report import measure

        return measure(served, config)

    def predict_batch(self, served, rows, config):
        from apps.style.report import paint, read

        style = read("style", config.style)
        for row in rows:
            try:
                encoded = application.read_image_bytes(row["image"])
                yield paint(served, encoded, style, config)
            except application.UserError as error:
                yield {"error": str(error)}
