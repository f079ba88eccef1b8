"""Greedy, beam and exhaustive search for any step function."""

import keras  # noqa: F401  before the rest: see keras_dl/__init__.py

from keras_dl.decoding.beam import beam_search
from keras_dl.decoding.exhaustive import exhaustive_search
from keras_dl.decoding.greedy import greedy_search

__all__ = ["beam_search", "exhaustive_search", "greedy_search"]
