"""Box formats, IoU, anchors, detector targets and non-maximum suppression."""

import keras  # noqa: F401  before the rest: see keras_dl/__init__.py

from keras_dl.boxes.anchors import kmeans_anchors, shape_iou
from keras_dl.boxes.box_formats import BOX_FORMATS, convert
from keras_dl.boxes.decoding import decode, decode_targets
from keras_dl.boxes.iou import iou
from keras_dl.boxes.non_max_suppression import non_max_suppression
from keras_dl.boxes.targets import encode_targets

__all__ = [
    "BOX_FORMATS",
    "convert",
    "decode",
    "decode_targets",
    "encode_targets",
    "iou",
    "kmeans_anchors",
    "non_max_suppression",
    "shape_iou",
]
