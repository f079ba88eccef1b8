"""Deep learning as a good course tells it, as Keras 3 parts that work."""

from keras_dl import layers, losses, metrics, models

__all__ = ["layers", "losses", "metrics", "models"]
__version__ = "0.1.0"
