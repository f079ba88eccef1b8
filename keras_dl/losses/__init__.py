"""Custom losses, one to a file."""

from keras_dl.losses.crf_loss import CRFLoss

__all__ = ["CRFLoss"]
