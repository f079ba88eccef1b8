"""Exports SavedModels that take raw input, and verifies each one after reloading."""

import keras  # noqa: F401  before the rest: see keras_dl/__init__.py

from keras_dl.export.calling import call_in_batches, read_vocabulary
from keras_dl.export.network import NETWORK_FILES, export_network
from keras_dl.export.saved_model import export, load, read_weights

__all__ = [
    "NETWORK_FILES",
    "call_in_batches",
    "export",
    "export_network",
    "load",
    "read_vocabulary",
    "read_weights",
]
