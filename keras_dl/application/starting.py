"""Import of TensorFlow without its startup messages."""

import os


def start_tensorflow() -> None:
    """Imports TensorFlow and hides its startup messages at every log level."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # Faster kernels, which TensorFlow enables by default only on the newest CPUs.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
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
