"""Small models of the application generate, of every kind, and the digits they learn from."""

from apps.generate import data, judging
from apps.generate.app import Config

KINDS = ["vae", "autoencoder", "gan", "rbm"]
OPTIONS = {"code": 3, "draws": 4, "made": 40, "epochs": 1}


def small(kind, **options):
    """Returns the configuration of a run of a moment."""
    options = {**OPTIONS, **options}
    return Config(kind=kind, **options, units=Config.units if kind == "rbm" else (16,))


def digits_bytes():
    """Returns the pictures of digits on which nothing is trained, uint8."""
    return judging.to_bytes(data.read("digits", "validation")[0])
