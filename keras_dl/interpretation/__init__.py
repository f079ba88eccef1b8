"""Methods to interpret a trained model."""

import keras  # noqa: F401  before the rest: see keras_dl/__init__.py

from keras_dl.interpretation.activation_maximization import activation_maximization

__all__ = ["activation_maximization"]
