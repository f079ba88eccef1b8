"""Custom losses, one to a file."""

from keras_dl.losses.crf_loss import CRFLoss
from keras_dl.losses.yolo_loss import YOLOLoss

__all__ = ["CRFLoss", "YOLOLoss"]
