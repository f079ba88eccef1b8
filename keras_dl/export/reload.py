"""Runs the endpoints of a SavedModel in a process with TensorFlow and without keras_dl.

`keras_dl.export.export` runs `python -I reload.py SAVED_MODEL INPUTS OUTPUTS`. The npz files
contain one serialized tensor for each key `endpoint/name`, so that strings need no pickle.
"""

import sys

import numpy as np
import tensorflow as tf


def run(saved_model: str, inputs: str, outputs: str) -> None:
    """Runs the endpoints on the tensors in `inputs` and saves the results in `outputs`."""
    loaded = tf.saved_model.load(saved_model)
    examples: dict[str, dict[str, tf.Tensor]] = {}
    with np.load(inputs) as stored:
        for key, serialized in stored.items():
            endpoint, name = key.split("/")
            _, specs = loaded.signatures[endpoint].structured_input_signature
            tensor = tf.io.parse_tensor(serialized.tobytes(), specs[name].dtype)
            examples.setdefault(endpoint, {})[name] = tensor
    results = {}
    for endpoint, tensors in examples.items():
        for name, tensor in loaded.signatures[endpoint](**tensors).items():
            serialized = tf.io.serialize_tensor(tensor).numpy()
            results[f"{endpoint}/{name}"] = np.frombuffer(serialized, "uint8")
    np.savez(outputs, **results)  # type: ignore[arg-type]  # NumPy: one may be allow_pickle
    if "keras_dl" in sys.modules:
        sys.exit("the SavedModel cannot be loaded without keras_dl")


if __name__ == "__main__":
    run(*sys.argv[1:])
