"""Functional builders, a file to a family: inputs and sizes in, keras.Model out."""

import keras  # noqa: F401  before the rest: see keras_dl/__init__.py

from keras_dl.models.adversarial_nets import generative_adversarial
from keras_dl.models.alexnet import alexnet
from keras_dl.models.attention_seq2seq import (
    attention_seq2seq,
    attention_weights,
    decode_step,
    start_decoding,
)
from keras_dl.models.autoencoder import autoencoder, autoencoder_from_rbms, autoencoder_parts
from keras_dl.models.average_classifier import average_classifier
from keras_dl.models.feed_forward import feed_forward
from keras_dl.models.fully_convolutional import fully_convolutional
from keras_dl.models.generative_adversarial import GenerativeAdversarial
from keras_dl.models.googlenet import googlenet
from keras_dl.models.inception_v3 import inception_v3
from keras_dl.models.inverse_cdf_network import inverse_cdf_network
from keras_dl.models.language_model import language_model
from keras_dl.models.lenet5 import lenet5
from keras_dl.models.q_network import q_mlp, q_network
from keras_dl.models.recurrent_classifier import recurrent_classifier
from keras_dl.models.recurrent_tagger import recurrent_tagger
from keras_dl.models.resnet import resnet
from keras_dl.models.slerp import slerp
from keras_dl.models.variational_autoencoder import VariationalAutoencoder
from keras_dl.models.variational_nets import variational_autoencoder
from keras_dl.models.vgg16 import vgg16
from keras_dl.models.windows import Windows
from keras_dl.models.yolo_detector import yolo_detector

__all__ = [
    "GenerativeAdversarial",
    "VariationalAutoencoder",
    "Windows",
    "alexnet",
    "attention_seq2seq",
    "attention_weights",
    "autoencoder",
    "autoencoder_from_rbms",
    "autoencoder_parts",
    "average_classifier",
    "decode_step",
    "feed_forward",
    "fully_convolutional",
    "generative_adversarial",
    "googlenet",
    "inception_v3",
    "inverse_cdf_network",
    "language_model",
    "lenet5",
    "q_mlp",
    "q_network",
    "recurrent_classifier",
    "recurrent_tagger",
    "resnet",
    "slerp",
    "start_decoding",
    "variational_autoencoder",
    "vgg16",
    "yolo_detector",
]
