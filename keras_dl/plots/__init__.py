"""Matplotlib pictures. Each function returns a `matplotlib.figure.Figure` to show or to save.

`write_gif` alone writes a file: pictures that move.
"""

from keras_dl.plots.animation import write_gif
from keras_dl.plots.attention import attention_map
from keras_dl.plots.bars import sorted_bars
from keras_dl.plots.boxes import boxes_on_picture, precision_recall
from keras_dl.plots.calibration import calibration
from keras_dl.plots.confusion import confusion_matrix
from keras_dl.plots.learning_curves import learning_curves
from keras_dl.plots.word_axis import word_axis
from keras_dl.plots.word_map import word_map

__all__ = [
    "attention_map",
    "boxes_on_picture",
    "calibration",
    "confusion_matrix",
    "learning_curves",
    "precision_recall",
    "sorted_bars",
    "word_axis",
    "word_map",
    "write_gif",
]
