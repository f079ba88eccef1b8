"""Deep learning as a good course tells it, as Keras 3 parts that work."""

from keras_dl import layers, losses, metrics

__all__ = ["layers", "losses", "metrics"]
__version__ = "0.1.0"
