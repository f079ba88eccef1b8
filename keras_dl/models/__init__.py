"""Functional builders, a file to a family: inputs and sizes in, keras.Model out."""

from keras_dl.models.attention_seq2seq import (
    attention_seq2seq,
    attention_weights,
    decode_step,
    start_decoding,
)
from keras_dl.models.average_classifier import average_classifier
from keras_dl.models.language_model import language_model
from keras_dl.models.recurrent_classifier import recurrent_classifier
from keras_dl.models.recurrent_tagger import recurrent_tagger
from keras_dl.models.yolo_detector import yolo_detector

__all__ = [
    "attention_seq2seq",
    "attention_weights",
    "average_classifier",
    "decode_step",
    "language_model",
    "recurrent_classifier",
    "recurrent_tagger",
    "start_decoding",
    "yolo_detector",
]
