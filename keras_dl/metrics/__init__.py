"""Keras metrics."""

from keras_dl.metrics.sequence_accuracy import SequenceAccuracy

__all__ = ["SequenceAccuracy"]
