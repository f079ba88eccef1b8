"""What turns files, data sets and generated examples into tensors."""

from keras_dl.pipelines.batches import length_batches
from keras_dl.pipelines.characters import Characters, canonical_character

__all__ = ["Characters", "canonical_character", "length_batches"]
