"""Models with losses of their own, on two devices: gradients must not be twice what they are."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = str(Path(__file__).parents[2])
PROGRAM = """
import keras, numpy as np, tensorflow as tf
devices = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], devices)
from keras_dl import embeddings, models, training

rows = np.random.default_rng(0).uniform(size=(64, 4)).astype("float32")

def vae():
    return models.variational_autoencoder((4,), 2, units=(3,)), (np.round(rows),)

def gan():
    return models.gan((4,), 2, units=(3,)), (rows,)

def skip_gram():
    words = np.random.default_rng(0).integers(0, 3, size=(64, 2))
    return embeddings.softmax_skip_gram([5, 3, 2], 4), (words[:, 0], words[:, 1])

def trained(build, strategy):
    keras.utils.set_random_seed(0)
    with strategy.scope():
        model, data = build()
        model(data[0])  # builds it
        optimizers = [keras.optimizers.SGD(1.0) for _ in range(2 if build is gan else 1)]
        model.compile(*optimizers, jit_compile=False)
    before = model.get_weights()
    report = model.fit(*data, batch_size=64, verbose=0).history
    moved = [after - start for after, start in zip(model.get_weights(), before)]
    return {name: values[0] for name, values in report.items()}, moved

mirrored = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
for build in (vae, gan, skip_gram):
    one, two = (trained(build, each) for each in (tf.distribute.get_strategy(), mirrored))
    norms = [sum(float((m**2).sum()) for m in moved) ** 0.5 for _, moved in (one, two)]
    print(build.__name__, norms[1] / norms[0], two[0]["loss"] / one[0]["loss"])
"""


@pytest.mark.slow
def test_steps_are_as_long_on_two_devices_as_on_one():
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": ROOT},
    )
    found = [line.split() for line in result.stdout.splitlines()]
    assert [name for name, *_ in found] == ["vae", "gan", "skip_gram"], result.stderr
    for _, step, loss in found:  # noise differs from device to device
        assert float(step) == pytest.approx(1, abs=0.25)
        assert float(loss) == pytest.approx(1, abs=0.2)
