"""A Python process that has imported keras_dl and nothing else of ours, with any Keras backend."""

import json
import os
import pathlib
import subprocess
import sys

import numpy as np

ROOT = pathlib.Path(__file__).parent.parent


class FreshProcess:
    """Loads `.keras` files where no test has defined or imported anything.

    One process serves all layers, as starting one costs seconds. Use it as a context manager.
    """

    def __init__(self, backend):
        self.backend = backend
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": str(ROOT)},
        )

    def predict(self, model_path, arrays):
        """Returns the flat outputs of a saved model for a list of arrays, as a list of arrays."""
        inputs, outputs = f"{model_path}.inputs.npz", f"{model_path}.{self.backend}.npz"
        np.savez(inputs, *arrays)
        self._ask(model_path, inputs, outputs)
        with np.load(outputs) as arrays:
            return list(arrays.values())

    def config(self, model_path):
        """Returns how a saved model is compiled there: that of its `get_compile_config`."""
        outputs = f"{model_path}.{self.backend}.json"
        self._ask(model_path, None, outputs)
        return json.loads(pathlib.Path(outputs).read_text())

    def _ask(self, model_path, inputs, outputs):
        print(json.dumps([str(model_path), inputs, outputs]), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        assert answer == "done\n", f"{self.backend}: {answer or 'the process ended'}"

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._process.communicate()


def _serve():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints is no answer
    import keras

    import keras_dl  # noqa: F401  registers what is to be loaded

    for line in sys.stdin:
        model_path, inputs, outputs = json.loads(line)
        try:
            model = keras.saving.load_model(model_path)
            if inputs is None:
                pathlib.Path(outputs).write_text(json.dumps(model.get_compile_config()))
            else:
                with np.load(inputs) as arrays:
                    result = model.predict_on_batch(list(arrays.values()))
                np.savez(outputs, *keras.tree.flatten(result))
            print("done", file=answers, flush=True)
        except Exception as error:
            print(repr(error), file=answers, flush=True)


if __name__ == "__main__":
    _serve()
