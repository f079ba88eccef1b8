"""Vectors with names: word vectors, their evaluation and bias; a gallery of enrolled people."""

import keras  # noqa: F401  before the rest: see keras_dl/__init__.py

from keras_dl.embeddings.bias_direction import BiasDirection, bias_direction
from keras_dl.embeddings.cooccurrence import cooccurrences
from keras_dl.embeddings.debias import equalize, hard_debias, neutralize, soft_debias
from keras_dl.embeddings.gallery import Gallery
from keras_dl.embeddings.glove import GloVe, glove, glove_batches
from keras_dl.embeddings.neural_language_model import neural_language_model, next_words
from keras_dl.embeddings.null_space import NullSpace, null_space_projection
from keras_dl.embeddings.remaining_bias import RemainingBias, remaining_bias
from keras_dl.embeddings.similarity_tasks import (
    AnalogyReport,
    SimilarityReport,
    TaskScore,
    task_scores,
)
from keras_dl.embeddings.skip_gram import SkipGram, skip_gram
from keras_dl.embeddings.skip_gram_windows import (
    in_window,
    keep_probabilities,
    pairs,
    skip_gram_windows,
)
from keras_dl.embeddings.softmax_skip_gram import SoftmaxSkipGram, softmax_skip_gram
from keras_dl.embeddings.stereotypes import StereotypedAnalogies, stereotyped_analogies
from keras_dl.embeddings.weat import WEATResult, weat
from keras_dl.embeddings.word_vectors import WordVectors

__all__ = [
    "AnalogyReport",
    "BiasDirection",
    "Gallery",
    "GloVe",
    "NullSpace",
    "RemainingBias",
    "SimilarityReport",
    "SkipGram",
    "SoftmaxSkipGram",
    "StereotypedAnalogies",
    "TaskScore",
    "WEATResult",
    "WordVectors",
    "bias_direction",
    "cooccurrences",
    "equalize",
    "glove",
    "glove_batches",
    "hard_debias",
    "in_window",
    "keep_probabilities",
    "neural_language_model",
    "neutralize",
    "next_words",
    "null_space_projection",
    "pairs",
    "remaining_bias",
    "skip_gram",
    "skip_gram_windows",
    "soft_debias",
    "softmax_skip_gram",
    "stereotyped_analogies",
    "task_scores",
    "weat",
]
