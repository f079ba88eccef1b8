"""Word vectors: learnt from text, compared with people's judgement, and what bias is in them."""

from keras_dl.embeddings.bias_direction import BiasDirection, bias_direction
from keras_dl.embeddings.debias import equalize, hard_debias, neutralize, soft_debias
from keras_dl.embeddings.null_space import NullSpace, null_space_projection
from keras_dl.embeddings.remaining_bias import RemainingBias, remaining_bias
from keras_dl.embeddings.similarity_tasks import AnalogyReport, SimilarityReport
from keras_dl.embeddings.stereotypes import StereotypedAnalogies, stereotyped_analogies
from keras_dl.embeddings.weat import Weat, weat
from keras_dl.embeddings.word_vectors import WordVectors

__all__ = [
    "AnalogyReport",
    "BiasDirection",
    "NullSpace",
    "RemainingBias",
    "SimilarityReport",
    "StereotypedAnalogies",
    "Weat",
    "WordVectors",
    "bias_direction",
    "equalize",
    "hard_debias",
    "neutralize",
    "null_space_projection",
    "remaining_bias",
    "soft_debias",
    "stereotyped_analogies",
    "weat",
]
