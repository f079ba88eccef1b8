"""Custom metrics."""

import keras  # noqa: F401  before the rest: see keras_dl/__init__.py

from keras_dl.metrics.active_units import ActiveUnits
from keras_dl.metrics.bleu import BLEU, ChrF, ModifiedPrecision, NGramPrecision, NGramRecall
from keras_dl.metrics.box_matching import greedy_matches
from keras_dl.metrics.corpus_bleu import BLEUScore, NGramScores, corpus_bleu, ngram_scores
from keras_dl.metrics.corpus_chrf import ChrFScore, corpus_chrf
from keras_dl.metrics.embedding_spread import EmbeddingSpread
from keras_dl.metrics.entity_f1 import EntityF1, EntityPrecision, EntityRecall
from keras_dl.metrics.error_rate import ErrorRate, edit_distance, error_rate
from keras_dl.metrics.frechet_distance import FrechetDistance
from keras_dl.metrics.improved_precision_recall import improved_precision_recall
from keras_dl.metrics.mean_average_precision import MeanAveragePrecision
from keras_dl.metrics.ordinal import OrdinalMeanAbsoluteError, QuadraticWeightedKappa
from keras_dl.metrics.sequence_accuracy import SequenceAccuracy
from keras_dl.metrics.verification import (
    IdentificationRate,
    VerificationROC,
    identification_rate,
    verification_roc,
)
from keras_dl.metrics.yolo_mean_average_precision import YOLOMeanAveragePrecision

__all__ = [
    "BLEU",
    "ActiveUnits",
    "BLEUScore",
    "ChrF",
    "ChrFScore",
    "EmbeddingSpread",
    "EntityF1",
    "EntityPrecision",
    "EntityRecall",
    "ErrorRate",
    "FrechetDistance",
    "IdentificationRate",
    "MeanAveragePrecision",
    "ModifiedPrecision",
    "NGramPrecision",
    "NGramRecall",
    "NGramScores",
    "OrdinalMeanAbsoluteError",
    "QuadraticWeightedKappa",
    "SequenceAccuracy",
    "VerificationROC",
    "YOLOMeanAveragePrecision",
    "corpus_bleu",
    "corpus_chrf",
    "edit_distance",
    "error_rate",
    "greedy_matches",
    "identification_rate",
    "improved_precision_recall",
    "ngram_scores",
    "verification_roc",
]
