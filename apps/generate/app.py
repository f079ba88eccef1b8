"""Application that trains generative models of images without labels."""

import dataclasses
import pathlib
from typing import Annotated, Literal

from keras_dl import application

_UNITS = (200, 200)
SEVEN = pathlib.Path(__file__).with_name("seven.png")


@dataclasses.dataclass(frozen=True)
class TrainConfig(application.FitConfig):
    kind: Literal["vae", "autoencoder", "gan", "rbm"] = "vae"
    """Variational autoencoder, plain autoencoder, GAN or restricted Boltzmann machine."""
    data: str = "digits"
    """digits (8 x 8, from scikit-learn), tfds:mnist or another tensorflow-datasets data set
    with images of one size, a directory of images of one size, or an array in a .npy file."""
    epochs: application.Count = 200
    batch_size: application.Count = 64
    learning_rate: Annotated[float, application.Limits(at_least=0)] = 0.0
    """Peak learning rate of Adam. 0 means .001, but .01 for rbm, .002 for gan with --filters."""
    latent_dim: Annotated[int, application.Limits(at_least=0)] = 0
    """Size of the latent vector (hidden units of an rbm). 0 means 10, or 200 for --kind rbm."""
    units: Annotated[tuple[int, ...], application.Limits(at_least=1)] = _UNITS
    """Sizes of the dense layers between images and latent vectors. Not used for rbm."""
    filters: Annotated[tuple[int, ...], application.Limits(at_least=1)] = ()
    """Filters of the convolutional layers of a vae or gan. Each layer halves height and width."""
    noise: Annotated[float, application.Limits(at_least=0)] = 0.0
    """Standard deviation of the noise added to the inputs of an autoencoder."""

    def __post_init__(self):
        super().__post_init__()
        if self.kind == "rbm" and self.units != _UNITS:
            raise application.UserError("--units must be omitted for --kind rbm.")
        if self.noise and self.kind != "autoencoder":
            raise application.UserError("--noise must be 0 except for --kind autoencoder.")
        if self.filters and self.kind not in ("vae", "gan"):
            raise application.UserError("--filters requires --kind vae or gan. Remove it.")

    @property
    def step_size(self) -> float:
        """The peak learning rate. If the setting is 0, this is the default for the kind."""
        usual = {"rbm": 1e-2, "gan": 2e-3 if self.filters else 1e-3}
        return self.learning_rate or usual.get(self.kind, 1e-3)

    @property
    def effective_latent_dim(self) -> int:
        """The latent dimension. If the setting is 0, this is the default for the kind."""
        return self.latent_dim or (200 if self.kind == "rbm" else 10)


@dataclasses.dataclass(frozen=True)
class MeasureConfig(application.SeededConfig):
    data: str = "digits"
    """Same as in train: digits, tfds:NAME, a directory of images, or a .npy file."""
    split: Literal["validation", "test"] = "validation"
    """Split of the data to evaluate on."""
    num_importance_samples: application.Count = 500
    """Number of samples per image for the importance-weighted bound of a vae."""
    num_samples: Annotated[int, application.Limits(at_least=4)] = 2_000
    """Number of images to generate, limited to the number of images in the split."""
    classifier: str = ""
    """SavedModel whose `features` (and `probabilities`) are used to compare images. Empty: the
    shipped model of digits."""


@dataclasses.dataclass(frozen=True)
class Assets:
    """Data that the model needs besides its weights.

    Attributes:
        kind: str, as in `TrainConfig`.
        shape: `(height, width, channels)` of an image.
        latent_mean: mean of the latent vectors of the training images (plain autoencoder).
        latent_cholesky: Cholesky factor of their covariance (plain autoencoder).
    """

    kind: str
    shape: tuple[int, ...]
    latent_mean: list[float] = dataclasses.field(default_factory=list, compare=False)
    latent_cholesky: list[list[float]] = dataclasses.field(default_factory=list, compare=False)


class Generate(application.Application):
    """Generates new images like those of a data set, and encodes images as latent vectors."""

    name = "generate"
    inputs = (
        application.Image(
            "input", "A seed to generate from, or the path of an image.", or_seed=True
        ),
        application.Vector(
            "shift",
            "Standard deviations to add to the latent variables that change images most.",
            size=8,
            at_least=-4,
            at_most=4,
        ),
    )
    outputs = (
        application.Image("image", "image generated from the seed, or reconstruction"),
        application.Vector("code", "latent vector of the given image", format="{:.2f}"),
        application.Probability("real", "probability of a real image (gan)", format="real {:.3f}"),
    )
    configs = application.Configs(TrainConfig, MeasureConfig)
    Assets = Assets
    demo_inputs = ("1", "2", str(SEVEN))
    smoke = {
        "epochs": 2,
        "units": (16,),
        "latent_dim": 3,
        "num_samples": 40,
        "num_importance_samples": 4,
    }
    duration = "about two minutes on two cores"
    shipped = pathlib.Path(__file__).parents[2] / "saved_models" / "generate"

    def train(self, config, run):
        from apps.generate import model

        trained, assets = super().train(config, run)
        if config.kind == "autoencoder":
            assets = model.with_latent_distribution(trained, assets, config.data)
            run.write_assets(assets)
        return application.Trained(trained, assets)

    def data(self, config):
        from apps.generate import data

        return data.training_data(config)

    def build(self, config, data):
        from apps.generate import model

        return model.build(config, data)

    def endpoints(self, model, assets):
        from apps.generate.endpoints import endpoints

        return endpoints(model, assets)

    def network(self, model):
        from apps.generate import model as networks

        return networks.generator(model)

    def measure(self, served, config):
        from apps.generate.report import measure

        classifier = config.classifier or str(self.shipped.with_name("digits"))
        return measure(served, dataclasses.replace(config, classifier=classifier))

    def predict_batch(self, served, rows, config):
        from apps.generate.prediction import record

        # One at a time, because in a batch the rounding depends on the other images.
        return (record(served.signatures, row["input"], row["shift"]) for row in rows)
