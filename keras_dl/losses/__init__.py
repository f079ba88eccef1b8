"""Custom losses, one per file."""

import keras  # noqa: F401  before the rest: see keras_dl/__init__.py

from keras_dl.losses.crf_loss import CRFLoss
from keras_dl.losses.nt_xent_loss import NTXentLoss
from keras_dl.losses.prototypical_loss import PrototypicalLoss
from keras_dl.losses.smoothed_crossentropy import SmoothedCrossentropy
from keras_dl.losses.style_transfer import content_loss, gram_matrix, style_loss
from keras_dl.losses.triplet_loss import TripletLoss
from keras_dl.losses.yolo_loss import YOLOLoss

__all__ = [
    "CRFLoss",
    "NTXentLoss",
    "PrototypicalLoss",
    "SmoothedCrossentropy",
    "TripletLoss",
    "YOLOLoss",
    "content_loss",
    "gram_matrix",
    "style_loss",
]
