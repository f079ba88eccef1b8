"""What turns files, data sets and generated examples into tensors."""

from keras_dl.pipelines.batches import length_batches
from keras_dl.pipelines.characters import Characters, canonical_character
from keras_dl.pipelines.words import Words, tokenize, vocabulary

__all__ = ["Characters", "Words", "canonical_character", "length_batches", "tokenize", "vocabulary"]
