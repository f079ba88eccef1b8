"""Callbacks of `fit`, one to a file."""

import keras  # noqa: F401  before the rest: see keras_dl/__init__.py

from keras_dl.callbacks.clipped_share import ClippedShare
from keras_dl.callbacks.watch import Watch

__all__ = ["ClippedShare", "Watch"]
