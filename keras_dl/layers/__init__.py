"""Custom layers, one to a file."""

from keras_dl.layers.attention_decoder import AttentionDecoder
from keras_dl.layers.bahdanau_attention import BahdanauAttention

__all__ = ["AttentionDecoder", "BahdanauAttention"]
