"""Models, and functions that build a `keras.Model` from input shapes and sizes."""

import keras  # noqa: F401  before the rest: see keras_dl/__init__.py

from keras_dl.models.alexnet import alexnet
from keras_dl.models.autoencoder import autoencoder, autoencoder_from_rbms, split_autoencoder
from keras_dl.models.bag_of_words_classifier import bag_of_words_classifier
from keras_dl.models.captioner import captioner
from keras_dl.models.embedding_network import embedding_network, siamese_classifier
from keras_dl.models.encoder_decoder import (
    attention_seq2seq,
    attention_weights,
    encoder_decoder,
    seq2seq_initial_state,
    seq2seq_step_fn,
)
from keras_dl.models.feature_extractor import feature_extractor
from keras_dl.models.feed_forward import feed_forward
from keras_dl.models.fully_convolutional import fully_convolutional
from keras_dl.models.gan import GAN
from keras_dl.models.gan_networks import gan
from keras_dl.models.googlenet import googlenet
from keras_dl.models.inception_v3 import inception_v3
from keras_dl.models.inverse_cdf_network import inverse_cdf_network
from keras_dl.models.language_model import language_model, language_step
from keras_dl.models.lenet5 import lenet5
from keras_dl.models.q_network import q_mlp, q_network
from keras_dl.models.recurrent_classifier import recurrent_classifier
from keras_dl.models.recurrent_tagger import recurrent_tagger
from keras_dl.models.resnet import resnet
from keras_dl.models.slerp import slerp
from keras_dl.models.sliding_windows import SlidingWindows
from keras_dl.models.speech_seq2seq import speech_seq2seq
from keras_dl.models.squeezenet import squeezenet
from keras_dl.models.vae import VariationalAutoencoder
from keras_dl.models.vae_networks import variational_autoencoder
from keras_dl.models.vgg16 import vgg16
from keras_dl.models.yolo_detector import yolo_detector

__all__ = [
    "GAN",
    "SlidingWindows",
    "VariationalAutoencoder",
    "alexnet",
    "attention_seq2seq",
    "attention_weights",
    "autoencoder",
    "autoencoder_from_rbms",
    "bag_of_words_classifier",
    "captioner",
    "embedding_network",
    "encoder_decoder",
    "feature_extractor",
    "feed_forward",
    "fully_convolutional",
    "gan",
    "googlenet",
    "inception_v3",
    "inverse_cdf_network",
    "language_model",
    "language_step",
    "lenet5",
    "q_mlp",
    "q_network",
    "recurrent_classifier",
    "recurrent_tagger",
    "resnet",
    "seq2seq_initial_state",
    "seq2seq_step_fn",
    "siamese_classifier",
    "slerp",
    "speech_seq2seq",
    "split_autoencoder",
    "squeezenet",
    "variational_autoencoder",
    "vgg16",
    "yolo_detector",
]
