"""Matplotlib pictures. Each function returns a `matplotlib.figure.Figure` to show or to save."""

from keras_dl.figures.attention import attention_map
from keras_dl.figures.bars import sorted_bars
from keras_dl.figures.learning_curves import learning_curves

__all__ = ["attention_map", "learning_curves", "sorted_bars"]
