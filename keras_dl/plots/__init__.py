"""Matplotlib plots. Each function returns a `matplotlib.figure.Figure` to show or to save.

`write_gif` writes an animation to a file instead.
"""

from keras_dl.plots.animation import write_gif
from keras_dl.plots.attention import attention_map
from keras_dl.plots.bars import sorted_bars
from keras_dl.plots.boxes import boxes_on_image
from keras_dl.plots.calibration import calibration
from keras_dl.plots.confusion import confusion_matrix
from keras_dl.plots.curves_with_spread import bias_and_variance, curves_with_spread
from keras_dl.plots.highlighted_text import highlighted_text
from keras_dl.plots.histograms import histograms
from keras_dl.plots.image_attention import image_attention
from keras_dl.plots.image_grid import image_grid, image_rows, show_image
from keras_dl.plots.latent_map import latent_map
from keras_dl.plots.learning_curves import learning_curves
from keras_dl.plots.precision_recall import precision_recall
from keras_dl.plots.speech_attention import speech_attention
from keras_dl.plots.value_maps import value_maps
from keras_dl.plots.word_axis import word_axis
from keras_dl.plots.word_map import word_map

__all__ = [
    "attention_map",
    "bias_and_variance",
    "boxes_on_image",
    "calibration",
    "confusion_matrix",
    "curves_with_spread",
    "highlighted_text",
    "histograms",
    "image_attention",
    "image_grid",
    "image_rows",
    "latent_map",
    "learning_curves",
    "precision_recall",
    "show_image",
    "sorted_bars",
    "speech_attention",
    "value_maps",
    "word_axis",
    "word_map",
    "write_gif",
]
