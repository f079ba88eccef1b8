"""Search, sampling and scoring with any step function, and whose fault a wrong output is."""

import keras  # noqa: F401  before the rest: see keras_dl/__init__.py

from keras_dl.decoding.beam import beam_search
from keras_dl.decoding.blame import Blame, blame
from keras_dl.decoding.ctc_alignment import ctc_alignment
from keras_dl.decoding.exhaustive import exhaustive_search
from keras_dl.decoding.greedy import greedy_search
from keras_dl.decoding.sample import sample
from keras_dl.decoding.score import score

__all__ = [
    "Blame",
    "beam_search",
    "blame",
    "ctc_alignment",
    "exhaustive_search",
    "greedy_search",
    "sample",
    "score",
]
