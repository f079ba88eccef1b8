"""Greedy, beam and exhaustive search over any step function."""

from keras_dl.decoding.beam import beam_search
from keras_dl.decoding.exhaustive import exhaustive_search
from keras_dl.decoding.greedy import greedy_search

__all__ = ["beam_search", "exhaustive_search", "greedy_search"]
