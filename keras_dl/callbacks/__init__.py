"""Custom callbacks, one per file."""

import keras  # noqa: F401  before the rest: see keras_dl/__init__.py

from keras_dl.callbacks.clipped_share import ClippedShare
from keras_dl.callbacks.metric_alert import MetricAlert

__all__ = ["ClippedShare", "MetricAlert"]
