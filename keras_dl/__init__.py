"""Tested Keras 3 implementations of techniques from a deep learning course.

`import keras_dl` imports neither Keras nor TensorFlow. When Keras is imported, all classes that a
`.keras` file can contain are registered, so that `keras.saving.load_model` finds them. Subpackages
are imported on first use: `keras_dl.training.fit(...)` needs no import of `keras_dl.training`.
"""

import importlib
import sys

__version__ = "0.2.0"
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


def _register(keras):
    """Imports the subpackages with classes that a `.keras` file can contain.

    This may run while one of them is being imported, at its first line, `import keras`. At this
    point each of its modules can be imported by its full name, but the subpackage has no names yet.
    """
    subpackages = ["layers", "losses", "metrics", "optimizers", "models"]
    if keras.backend.backend() == "tensorflow":
        subpackages.append("embeddings")  # trains only on TensorFlow and takes seconds to import
    for subpackage in subpackages:
        importlib.import_module(f"{__name__}.{subpackage}")


class _RegisterAfterKeras:
    """Finder in `sys.meta_path` that calls `_register` when Keras has been imported."""

    def find_spec(self, name, path=None, target=None):
        if name != "keras":
            return None
        # Finders before this one have not found it. This finder stays for other threads.
        later = sys.meta_path[sys.meta_path.index(self) + 1 :]
        found = (finder.find_spec(name, path, target) for finder in later)
        spec = next((each for each in found if each is not None), None)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def exec_module(module):
                execute(module)
                _register(module)

            spec.loader.exec_module = exec_module
        return spec


if sys.modules.get("keras") is not None:
    _register(importlib.import_module("keras"))  # waits for a thread that is importing it
else:
    sys.meta_path.insert(0, _RegisterAfterKeras())
