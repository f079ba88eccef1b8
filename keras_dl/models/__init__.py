"""Functional builders, a file to a family: inputs and sizes in, keras.Model out."""

from keras_dl.models.attention_seq2seq import (
    attention_seq2seq,
    attention_weights,
    decode_step,
    start_decoding,
)

__all__ = ["attention_seq2seq", "attention_weights", "decode_step", "start_decoding"]
