"""Tested Keras 3 implementations of the techniques of a deep learning course.

`import keras_dl` imports neither Keras nor TensorFlow. As soon as Keras is there, all classes that
can stand in a `.keras` file are registered, so that `keras.saving.load_model` finds them. A room
is imported when it is first used: `keras_dl.training.fit(...)` needs no import of its own.
"""

import importlib

import wrapt

__version__ = "0.1.0"
__all__ = [
    "application",
    "boxes",
    "callbacks",
    "decoding",
    "embeddings",
    "export",
    "interpretation",
    "layers",
    "losses",
    "metrics",
    "models",
    "optimizers",
    "pipelines",
    "plots",
    "rl",
    "training",
]


def __getattr__(name):
    if name in __all__:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *__all__})


@wrapt.when_imported("keras")
def _register(keras):
    """Imports the rooms whose classes can stand in a `.keras` file.

    This may run in the middle of the import of a room: at its first line, `import keras`. None of
    its files is there by then, and each can be imported by its own name, but no name of the room.
    """
    rooms = ["layers", "losses", "metrics", "optimizers", "models"]
    if keras.backend.backend() == "tensorflow":
        rooms.append("embeddings")  # elsewhere its models cannot be trained: no seconds for them
    for room in rooms:
        importlib.import_module(f"{__name__}.{room}")
