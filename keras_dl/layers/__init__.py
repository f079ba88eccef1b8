"""Custom layers, one to a file."""

from keras_dl.layers.attention_decoder import AttentionDecoder
from keras_dl.layers.bahdanau_attention import BahdanauAttention
from keras_dl.layers.character_features import CharacterFeatures
from keras_dl.layers.crf import CRF
from keras_dl.layers.masked_pooling import MaskedPooling1D
from keras_dl.layers.word_dropout import WordDropout

__all__ = [
    "AttentionDecoder",
    "BahdanauAttention",
    "CRF",
    "CharacterFeatures",
    "MaskedPooling1D",
    "WordDropout",
]
