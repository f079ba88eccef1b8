"""`import keras_dl` alone loads whatever `.keras` files hold, also where no TensorFlow is."""

import json
import os
import pathlib
import re
import subprocess
import sys
import zipfile

import keras
import pytest

from keras_dl import embeddings, layers, losses, metrics, models, optimizers

ROOT = pathlib.Path(__file__).parent.parent
COUNTS = [3, 2, 1]


def _dense(optimizer="adam", loss="mse", measured=(), **options):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, **options)])
    model.compile(optimizer, loss, metrics=list(measured))
    return model


def _compiled(model, *optimizers):
    model.compile(*optimizers)
    return model


def _saved_models():
    """Returns models that hold every registered class but the layers, by name."""
    schedule = optimizers.SquareRootDecay(0.1, 5)
    tagged = [kind(["O", "B-A", "I-A"]) for kind in _classes(metrics, "Entity")]
    boxes = [metrics.MeanAveragePrecision(2), metrics.YOLOMeanAveragePrecision(2, (8, 8))]
    plain = [
        metrics.ActiveUnits(),
        metrics.BLEU(),
        metrics.EmbeddingSpread(3),
        metrics.FrechetDistance(3),
        metrics.ModifiedPrecision(),
        metrics.NGramPrecision(),
        metrics.NGramRecall(),
        metrics.ChrF(),
        metrics.OrdinalMeanAbsoluteError(),
        metrics.QuadraticWeightedKappa(3),
        metrics.SequenceAccuracy(),
    ]
    adam = [keras.optimizers.Adam(), optimizers.FusedAdam()]
    return {
        "clipped": _dense(optimizers.ClippedAdam(schedule), losses.CRFLoss(), tagged),
        "triplets": _dense("adam", losses.TripletLoss(0.3, "hard", "sum")),
        "pairs": _dense("adam", losses.NTXentLoss(0.5)),
        "prototypes": _dense("adam", losses.PrototypicalLoss(2, 0.5)),
        "smoothed": _dense("adam", losses.SmoothedCrossentropy(0.2)),
        "detector": _dense(optimizers.FusedAdam(), losses.YOLOLoss(), boxes),
        "measured": _dense("adam", "mse", plain),
        "q_network": models.q_network((36, 36, 1), 2),
        "gan": _compiled(models.gan((3,), 2, units=(4,)), *adam),
        "vae": _compiled(models.variational_autoencoder((3,), 2, units=(4,)), "adam"),
        "skip_gram": _compiled(embeddings.skip_gram(COUNTS, 2), "sgd"),
        "glove": _compiled(embeddings.glove(3, 2), "adagrad"),
        "softmax": _compiled(embeddings.softmax_skip_gram(COUNTS, 2), "adam"),
    }


def _classes(room, prefix):
    return [getattr(room, name) for name in room.__all__ if name.startswith(prefix)]


def _names(path):
    """Returns the classes of keras_dl in a `.keras` file."""
    with zipfile.ZipFile(path) as file:
        config = file.read("config.json").decode()
    return set(re.findall(r'"keras_dl>(\w+)"', config))


def test_every_registered_class_is_loaded_in_a_process_that_imports_keras_dl_alone(
    tmp_path, processes
):
    saved = {name for name in layers.__all__ if name[0].isupper()}  # loaded by their contract
    for name, model in _saved_models().items():
        path = tmp_path / f"{name}.keras"
        model.save(path)
        config = processes[0].config(path)
        assert config == json.loads(json.dumps(model.get_compile_config())), name
        saved |= _names(path)
    assert {*saved, "_PriorBias"} == {  # which is made anew by its layer, and in no file
        name.removeprefix("keras_dl>")
        for name in keras.saving.get_custom_objects()
        if name.startswith("keras_dl>")
    }


WITHOUT_TENSORFLOW = """
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "tensorflow":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Hidden())
import keras_dl
import keras
import numpy as np
assert keras.backend.backend() == "jax"
registered = {name for name in keras.saving.get_custom_objects()}
assert {"keras_dl>CRF", "keras_dl>ClippedAdam", "keras_dl>FusedAdam"} <= registered
assert "keras_dl>SkipGram" not in registered
x, y = np.eye(4, dtype="float32"), np.ones((4, 1), "float32")
for kind in (keras_dl.optimizers.ClippedAdam, keras_dl.optimizers.FusedAdam):
    clipped = kind is keras_dl.optimizers.ClippedAdam
    watched = [keras_dl.callbacks.ClippedShare()] if clipped else []
    layers = [keras.Input((4,)), keras_dl.layers.MaskingNoise(0.1), keras.layers.Dense(1)]
    model = keras.Sequential(layers)
    model.compile(kind(0.1), "mse", metrics=[keras_dl.metrics.OrdinalMeanAbsoluteError()])
    before = model.get_weights()[0]
    model.fit(x, y, batch_size=4, verbose=0, callbacks=watched)
    assert (model.get_weights()[0] != before).any()  # noise may hide an input
gan = keras_dl.models.gan((4,), 2, units=(4,))
gan.compile("sgd", "sgd")
gan.fit(x, verbose=0)
assert keras_dl.losses.CRFLoss and keras_dl.boxes.iou and keras_dl.decoding.beam_search
"""


def test_without_tensorflow():
    environment = {**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    environment["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "1"
    process = subprocess.run(
        [sys.executable, "-c", WITHOUT_TENSORFLOW],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stderr


THREADS = """
import sys, threading, types

class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == "keras":
            looking.set()
            found.wait(20)

looking, found = threading.Event(), threading.Event()
import keras_dl
sys.meta_path.insert(1, Slow())
first = threading.Thread(target=sys.meta_path[0].find_spec, args=["keras"])
first.start()
looking.wait(20)
assert type(sys.meta_path[0]).__name__ == "_RegisterAfterKeras"  # another thread may import Keras
found.set()
first.join()
import importlib
importlib.reload(keras_dl)  # a second finder beside the first
loading = threading.Thread(target=importlib.import_module, args=["keras"])
loading.start()
while "keras" not in sys.modules and loading.is_alive():
    pass
del sys.modules["keras_dl"]
import keras_dl  # while Keras is being imported
loading.join()
import keras
assert "keras_dl>CRF" in keras.saving.get_custom_objects()
"""


@pytest.mark.slow
def test_keras_may_be_imported_by_another_thread():
    environment = {**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    process = subprocess.run(
        [sys.executable, "-c", THREADS], env=environment, cwd=ROOT, capture_output=True, text=True
    )
    assert process.returncode == 0, process.stderr
