"""SavedModels that take raw input, reloaded and compared before they are left."""

from keras_dl.export.saved_model import export, load

__all__ = ["export", "load"]
