"""Word vectors: learnt from text, compared with people's judgement, and what bias is in them."""

from keras_dl.embeddings.similarity_tasks import AnalogyReport, SimilarityReport
from keras_dl.embeddings.word_vectors import WordVectors

__all__ = ["AnalogyReport", "SimilarityReport", "WordVectors"]
