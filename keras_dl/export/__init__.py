"""SavedModels that take raw input, reloaded and compared before they are left."""

import keras  # noqa: F401  before the rest: see keras_dl/__init__.py

from keras_dl.export.calling import call_in_batches, read_vocabulary
from keras_dl.export.saved_model import export, load

__all__ = ["call_in_batches", "export", "load", "read_vocabulary"]
