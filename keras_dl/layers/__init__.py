"""Custom layers, one per file."""

import keras  # noqa: F401  before the rest: see keras_dl/__init__.py

from keras_dl.layers.attention_decoder import AttentionDecoder
from keras_dl.layers.bahdanau_attention import BahdanauAttention
from keras_dl.layers.caffe_preprocessing import CaffePreprocessing
from keras_dl.layers.character_cnn import CharacterCNN
from keras_dl.layers.contractive_dense import ContractiveDense
from keras_dl.layers.coupled_lstm_cell import CoupledLSTMCell
from keras_dl.layers.crf import CRF
from keras_dl.layers.euclidean_rbf import EuclideanRBF
from keras_dl.layers.frequency_masking import FrequencyMasking
from keras_dl.layers.gaussian_sampling import GaussianSampling
from keras_dl.layers.hierarchical_softmax import HierarchicalSoftmax
from keras_dl.layers.inverse_cdf import InverseCDF
from keras_dl.layers.kl_sparsity import KLSparsity
from keras_dl.layers.local_response_normalization import LocalResponseNormalization
from keras_dl.layers.log_mel import LogMel
from keras_dl.layers.masked_normalization import MaskedNormalization
from keras_dl.layers.masked_pooling import MaskedPooling1D
from keras_dl.layers.masking_noise import MaskingNoise
from keras_dl.layers.mel_cepstrum import MelCepstrum
from keras_dl.layers.partially_connected_conv import PartiallyConnectedConv2D
from keras_dl.layers.peephole_lstm_cell import PeepholeLSTMCell
from keras_dl.layers.restricted_boltzmann_machine import RestrictedBoltzmannMachine
from keras_dl.layers.reverse_update_gate import reverse_update_gate
from keras_dl.layers.simplified_gru_cell import SimplifiedGRUCell
from keras_dl.layers.tied_dense import TiedDense
from keras_dl.layers.time_masking import TimeMasking
from keras_dl.layers.trainable_subsampling import TrainableSubsampling2D
from keras_dl.layers.word_dropout import WordDropout
from keras_dl.layers.yolo_head import YOLOHead

__all__ = [
    "CRF",
    "AttentionDecoder",
    "BahdanauAttention",
    "CaffePreprocessing",
    "CharacterCNN",
    "ContractiveDense",
    "CoupledLSTMCell",
    "EuclideanRBF",
    "FrequencyMasking",
    "GaussianSampling",
    "HierarchicalSoftmax",
    "InverseCDF",
    "KLSparsity",
    "LocalResponseNormalization",
    "LogMel",
    "MaskedNormalization",
    "MaskedPooling1D",
    "MaskingNoise",
    "MelCepstrum",
    "PartiallyConnectedConv2D",
    "PeepholeLSTMCell",
    "RestrictedBoltzmannMachine",
    "SimplifiedGRUCell",
    "TiedDense",
    "TimeMasking",
    "TrainableSubsampling2D",
    "WordDropout",
    "YOLOHead",
    "reverse_update_gate",
]
