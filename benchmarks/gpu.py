"""Measures a training step of every application's network in float32, bfloat16 and float16.

    KERAS_BACKEND=jax python benchmarks/gpu.py [--steps 200] [--tiny] [--only dates,ner]

For a GPU under JAX. It needs keras_dl, Keras and JAX, but not TensorFlow, and takes less than 15
minutes. The networks and batches have the default sizes of the applications, and the data are
random. Each row is an application: median milliseconds per step, and the speed of half precision
relative to float32 in the same run. A loss that is not finite is printed, and the exit code is 1.
Word vectors, tables and games are left out, because their steps use TensorFlow or NumPy.
"""

import argparse
import os
import pathlib
import statistics
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

import keras
import numpy as np

from keras_dl import layers, losses, models, optimizers

POLICIES = ("float32", "mixed_bfloat16", "mixed_float16")
_ROUNDS = 5
_random = np.random.default_rng(0)


def _integers(high, *shape):
    return _random.integers(1, high, shape).astype("int32")


def _compiled(model, loss):
    model.compile(optimizers.ClippedAdam(1e-3, global_clipnorm=1.0), loss)
    return model


def _logits_loss():
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def dates(tiny):
    """Model of `dates`: attention over characters."""
    batch, units = (4, 8) if tiny else (256, 64)
    model = models.attention_seq2seq(
        434, 12, encoder_units=units, decoder_units=units, attention_units=units // 2
    )
    inputs = {"source": _integers(434, batch, 24), "previous": _integers(12, batch, 9)}
    return _compiled(model, _logits_loss()), inputs, _integers(12, batch, 9)


def ner(tiny):
    """Tagger of `ner`: LSTM over words and characters, conditional random field."""
    batch, units = (2, 8) if tiny else (32, 200)
    model = models.recurrent_tagger(1000, 9, units=units, crf=layers.CRF(9, name="crf"))
    words = _integers(1000, batch, 24)
    inputs = {"words": words, "characters": _integers(256, batch, 24, 20)}
    return _compiled(model, losses.CRFLoss()), inputs, _integers(9, batch, 24)


def sentiment(tiny):
    """Classifier of `sentiment`: LSTM over words."""
    batch, time_steps = (2, 16) if tiny else (64, 256)
    model = models.recurrent_classifier(16_000, 2, units=8 if tiny else 64)
    inputs = _integers(16_000, batch, time_steps)
    return _compiled(model, _logits_loss()), inputs, _integers(2, batch)


def detection(tiny):
    """Detector of `detection`: YOLO with anchor boxes."""
    batch, side = (2, 64) if tiny else (8, 304)
    anchors, grid = [[1.0, 1.0], [2.0, 2.0]], side // 16
    model = models.yolo_detector((side, side, 3), 3, anchors=anchors, network="slim")
    targets = np.zeros((batch, grid, grid, 2, 8), "float32")
    targets[:, 1, 1, 0, 0] = 1.0
    targets[:, 1, 1, 0, 1:6] = [0.5, 0.5, 0.2, 0.2, 1.0]
    inputs = _random.integers(0, 256, (batch, side, side, 3)).astype("uint8")
    return _compiled(model, losses.YOLOLoss("ciou", "crossentropy")), inputs, targets


def digits(tiny):
    """Classifier of `digits`: LeNet-5."""
    inputs = _random.integers(0, 256, (8 if tiny else 144, 32, 32, 1)).astype("float32")
    return _compiled(models.lenet5(), _logits_loss()), inputs, _integers(10, len(inputs))


def generate_vae(tiny):
    """Variational autoencoder of `generate`."""
    model = models.variational_autoencoder((28, 28, 1), 10, units=(8,) if tiny else (200, 200))
    model.compile(optimizers.ClippedAdam(1e-3, global_clipnorm=1.0))
    return model, (_random.random((8 if tiny else 64, 28, 28, 1)) < 0.5).astype("float32"), None


def generate_gan(tiny):
    """GAN of `generate`."""
    filters = (8, 4) if tiny else (64, 32)
    model = models.gan((28, 28, 1), 10, filters=filters, units=())
    model.compile(
        generator_optimizer=keras.optimizers.Adam(2e-4),
        discriminator_optimizer=keras.optimizers.Adam(2e-4),
    )
    return model, _random.random((8 if tiny else 64, 28, 28, 1)).astype("float32"), None


def generate_rbm(tiny):
    """Restricted Boltzmann machine of `generate`."""
    machine = layers.RestrictedBoltzmannMachine(8 if tiny else 200, chains=8 if tiny else 64)
    model = keras.Sequential([keras.Input((784,)), machine])
    model.compile("adam")
    return model, (_random.random((8 if tiny else 64, 784)) < 0.5).astype("float32"), None


def atari(tiny):
    """Q-network of `atari` with a Huber loss."""
    batch = 2 if tiny else 32
    model = models.q_network(num_actions=6, dueling=True)
    inputs = _random.integers(0, 256, (batch, 84, 84, 4)).astype("uint8")
    return _compiled(model, keras.losses.Huber()), inputs, _random.random((batch, 6))


APPLICATIONS = {
    each.__name__: each
    for each in (
        dates,
        ner,
        sentiment,
        detection,
        digits,
        generate_vae,
        generate_gan,
        generate_rbm,
        atari,
    )
}


def step_time(build, policy, steps, tiny):
    """Returns the median milliseconds of a training step, and the last loss."""
    keras.config.set_dtype_policy(policy)
    try:
        model, inputs, targets = build(tiny)
    finally:
        keras.config.set_dtype_policy("float32")
    size = len(keras.tree.flatten(inputs)[0])
    count = max(steps // _ROUNDS, 1)
    repeated = keras.tree.map_structure(
        lambda x: None if x is None else np.concatenate([x] * count), (inputs, targets)
    )
    options = {"batch_size": size, "shuffle": False, "verbose": 0}
    model.fit(inputs, targets, **options)  # compiles
    times = []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        history = model.fit(*repeated, **options).history
        times.append((time.perf_counter() - start) / count)
    return 1000 * statistics.median(times), history["loss"][-1]


def main(arguments=None):
    """Prints the table; returns 1 if a loss was not finite."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--tiny", action="store_true", help="small networks, for a test on a CPU")
    parser.add_argument("--only", default="", help="names of applications, separated by commas")
    flags = parser.parse_args(arguments)
    names = flags.only.split(",") if flags.only else list(APPLICATIONS)
    print(f"Keras {keras.__version__}, {keras.backend.backend()}, {flags.steps} steps")
    print(f"{'':14}" + "".join(f"{policy:>24}" for policy in POLICIES))
    failed = 0
    for name in names:
        cells, first = [], None
        for policy in POLICIES:
            milliseconds, loss = step_time(APPLICATIONS[name], policy, flags.steps, flags.tiny)
            first = first or milliseconds
            finite = np.isfinite(loss)
            failed |= not finite
            told = f"{milliseconds:.2f} ms ({first / milliseconds:.2f}x)"
            cells.append(told if finite else f"loss {loss}")
        print(f"{name:14}" + "".join(f"{cell:>24}" for cell in cells), flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
