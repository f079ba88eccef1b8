"""What turns files, data sets and generated examples into tensors."""

from keras_dl.pipelines.batches import all_batches, length_batches
from keras_dl.pipelines.characters import Characters, canonical_character
from keras_dl.pipelines.column_files import Sentence, read_conll
from keras_dl.pipelines.tables import read_tsv
from keras_dl.pipelines.tag_schemes import tag_constraints
from keras_dl.pipelines.words import Words, tokenize, vocabulary

__all__ = [
    "Characters",
    "Sentence",
    "Words",
    "all_batches",
    "canonical_character",
    "length_batches",
    "read_conll",
    "read_tsv",
    "tag_constraints",
    "tokenize",
    "vocabulary",
]
