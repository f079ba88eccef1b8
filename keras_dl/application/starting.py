"""Import of TensorFlow without its startup messages, and its start without optimizing graphs."""

import contextlib
import gc
import os
import sys
from collections.abc import Iterator

# Keras imports them where they are installed, for parts that no command uses. This takes a second.
_UNUSED = ("matplotlib", "pandas", "sklearn")


def start_tensorflow() -> None:
    """Imports TensorFlow and hides its startup messages at every log level."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # Faster kernels, which TensorFlow enables by default only on the newest CPUs.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    hidden = [name for name in _UNUSED if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # an import raises ImportError
    gc.disable()  # imports leave no garbage, and to look for it takes half a second
    kept = os.dup(2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        import tensorflow as tf

        if "TF_CONFIG" not in os.environ:  # several workers connect before any device is used
            tf.config.list_logical_devices()
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        for name in hidden:
            del sys.modules[name]
        gc.freeze()  # what was imported stays until the end, which is half a second sooner, too
        gc.enable()


@contextlib.contextmanager
def without_graph_optimization() -> Iterator[None]:
    """Runs new functions of TensorFlow as they are.

    Optimizing the graph of a SavedModel takes .2 to 1 s at its first call, and saves a few
    milliseconds at each later one.
    """
    import tensorflow as tf

    name, optimizer = "disable_meta_optimizer", tf.config.optimizer
    was_off = optimizer.get_experimental_options().get(name, False)
    optimizer.set_experimental_options({name: True})
    try:
        yield
    finally:
        optimizer.set_experimental_options({name: was_off})
