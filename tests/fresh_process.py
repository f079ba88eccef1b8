"""A Python process that has imported keras_dl and nothing else of ours, with any Keras backend."""

import contextlib
import io
import json
import os
import pathlib
import subprocess
import sys
import traceback
import warnings

import numpy as np

ROOT = pathlib.Path(__file__).parent.parent


class FreshProcess:
    """Loads `.keras` files and runs programs where no test has defined or imported anything.

    One process serves all tests, as starting one costs seconds. Use it as a context manager.
    """

    def __init__(self, backend):
        self.backend = backend
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={
                **os.environ,
                "KERAS_BACKEND": backend,
                "JAX_PLATFORMS": "cpu",
                "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",  # which take longer than what they save
                "PYTHONPATH": str(ROOT),
            },
        )

    def predict(self, model_path, arrays):
        """Returns the flat outputs of a saved model for a list of arrays, as a list of arrays."""
        inputs, outputs = f"{model_path}.inputs.npz", f"{model_path}.{self.backend}.npz"
        np.savez(inputs, *arrays)
        self.run(_PREDICT, model_path, inputs, outputs)
        with np.load(outputs) as arrays:
            return list(arrays.values())

    def config(self, model_path):
        """Returns how a saved model is compiled there: that of its `get_compile_config`."""
        return json.loads(self.run(_CONFIG, model_path))

    def run(self, program, *arguments):
        """Returns what a program prints; it finds its arguments in `sys.argv[1:]`."""
        request = json.dumps([program, *map(str, arguments)])
        print(request, file=self._process.stdin, flush=True)
        reply = self._process.stdout.readline()
        assert reply, f"{self.backend}: the process ended"
        printed, error = json.loads(reply)
        assert error is None, f"{self.backend}: {error}"
        return printed

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._process.communicate()


_PREDICT = """
import sys, keras, numpy as np
path, inputs, outputs = sys.argv[1:]
model = keras.saving.load_model(path)
with np.load(inputs) as arrays:
    inputs = list(arrays.values())
# JAX compiles faster what it runs step by step; TensorFlow does not.
result = (model if keras.backend.backend() == "tensorflow" else model.predict_on_batch)(inputs)
result = keras.tree.map_structure(keras.ops.convert_to_numpy, result)
np.savez(outputs, *keras.tree.flatten(result))
"""

_CONFIG = """
import json, sys, keras
print(json.dumps(keras.saving.load_model(sys.argv[1]).get_compile_config()))
"""


def _serve():
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints is no reply
    import keras_dl  # noqa: F401  registers what is to be loaded

    for line in sys.stdin:
        program, *sys.argv[1:] = json.loads(line)
        error, printed = None, io.StringIO()
        try:
            with contextlib.redirect_stdout(printed), warnings.catch_warnings():
                exec(program, {"__name__": "__main__"})
        except Exception:
            error = traceback.format_exc()
        print(json.dumps([printed.getvalue(), error]), file=replies, flush=True)


if __name__ == "__main__":
    _serve()
