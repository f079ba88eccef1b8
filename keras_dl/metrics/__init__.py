"""Keras metrics."""

from keras_dl.metrics.entity_f1 import EntityF1, EntityPrecision, EntityRecall
from keras_dl.metrics.ordinal import OrdinalMeanAbsoluteError, QuadraticWeightedKappa
from keras_dl.metrics.sequence_accuracy import SequenceAccuracy

__all__ = [
    "EntityF1",
    "EntityPrecision",
    "EntityRecall",
    "OrdinalMeanAbsoluteError",
    "QuadraticWeightedKappa",
    "SequenceAccuracy",
]
