"""The whole way of models of all kinds, what is said while they train, and of bad input."""

import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
from generate_case import KINDS, digits_bytes, small

from apps.__main__ import main
from apps.generate import data, judging, model
from apps.generate.app import Config
from keras_dl import training

_ROOT = str(pathlib.Path(__file__).parents[2])


def test_a_folder_of_pictures_is_learnt_and_one_that_is_no_good_is_named(tmp_path, capsys):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number, picture in enumerate(digits_bytes()[:40]):
        (folder / f"{number}.png").write_bytes(judging.to_png(picture[None])[0])
    given = ["generate", "train", "--data", str(folder), "--epochs", "1", "--batch-size", "8"]
    assert main([*given, "--units", "8", "--run", str(tmp_path / "run")]) == 0
    assert (tmp_path / "run" / "model.keras").exists()
    wide = np.zeros((6, 9, 1), "uint8")
    (folder / "wide.png").write_bytes(judging.to_png(wide[None])[0])
    assert main([*given, "--run", str(tmp_path / "other")]) == 2
    said = capsys.readouterr().err
    assert "wide.png of 6 x 9" in said and "one size" in said
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "nothing"], "Received 'nothing', which is not there"),
        (["--data", "tfds:no_such_set"], "Received tfds:no_such_set"),
        (["--data", "one.npy"], "two pictures or more"),
        (["--data", "nan.npy"], "nan.npy"),
        (["--data", "few.npy"], "31 pictures or more, for three parts. Received 30"),
        (["--data", "bits.npy"], "Received no more than 1 in bits.npy"),
        (["--made", "3"], "--made must be at least 4"),
        (["--kind", "rbm", "--units", "3"], "--units must be left out of --kind rbm"),
        (["--batch-size", "5000"], "at most the number of pictures, 1257"),
        (["--kind", "rbm", "--filters", "3"], "--filters must be empty but for --kind vae or gan"),
        (["--kind", "gan", "--noise", "0.5"], "--noise must be 0 but for --kind autoencoder"),
        (["--kind", "vae", "--filters", "3", "3", "3", "3"], "multiples of 16"),
        (["--code", "-1"], "--code must be at least 0"),
        (["--learning-rate", "-1"], "--learning-rate must be positive and finite. Received -1"),
    ],
)
def test_bad_input_is_named(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    good = np.random.default_rng(0).uniform(size=(31, 8, 8))
    np.save("one.npy", good[:1])
    np.save("few.npy", good[:30])
    np.save("bits.npy", (good > 0.5).astype("uint8"))
    good[7, 2, 2] = np.nan
    np.save("nan.npy", good)
    assert main(["generate", "train", *arguments, "--run", str(tmp_path / "run")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def _said(config, folder, capsys, blind=None):
    """Trains, with a layer whose weights are 0 if one is named, and returns what was printed."""
    found = data.pipeline(config)
    net = model.build(config, found)
    if blind:
        part, name = blind
        layer = getattr(net, part).get_layer(name)
        layer.set_weights([np.zeros_like(weight) for weight in layer.get_weights()])
    options = {"epochs": config.epochs, "callbacks": found.callbacks}
    with training.Run(folder) as run:
        training.fit(net, found.train, steps_per_epoch=found.steps_per_epoch, run=run, **options)
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("kind", "blind", "says"),
    [
        ("gan", ("generator", "made"), "the same few pictures"),
        ("vae", ("encoder", "mean"), "less than 2 of the latent"),
    ],
)
def test_what_goes_wrong_is_said_while_it_trains(kind, blind, says, tmp_path, capsys):
    config = small(kind, learning_rate=1e-12)
    assert says in _said(config, tmp_path, capsys, blind)


@pytest.mark.parametrize(("kind", "epochs"), [("gan", 60), ("vae", 4)])
def test_nothing_is_said_of_what_goes_well(kind, epochs, tmp_path, capsys):
    said = _said(Config(kind=kind, epochs=epochs), tmp_path, capsys)
    assert f"epoch {epochs}/{epochs}" in said
    assert "the same few pictures" not in said and "latent variables say" not in said


def test_one_latent_variable_that_says_something_is_enough(tmp_path, capsys):
    config = Config(code=1, epochs=3, units=(32,), learning_rate=2e-3)
    assert "latent variables say" not in _said(config, tmp_path, capsys)


@pytest.mark.parametrize(
    ("kind", "precision"),
    [(kind, "float32") for kind in KINDS]
    + [("autoencoder", "mixed_float16"), ("rbm", "mixed_bfloat16")],
)
def test_every_kind_goes_the_whole_way(kind, precision, tmp_path, capsys):
    run, given = str(tmp_path / "run"), ["--code", "3", "--precision", precision]
    given += [] if kind == "rbm" else ["--units", "8"]
    given += ["--epochs", "1", "--made", "50"]
    assert main(["generate", "--kind", kind, *given, "--draws", "2", "--run", run]) == 0
    assert "answers compared" in capsys.readouterr().out
    assert (tmp_path / "run" / "made" / "seed_1.png").exists()
    assert main(["generate", "train", "--resume", "--run", run]) == 0


_ON_TWO_DEVICES = """
import sys
import tensorflow as tf
devices = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], devices)
from apps.__main__ import main
sys.exit(main(["generate", "train", *sys.argv[1:]]))
"""


def test_two_devices(tmp_path):
    # 20 steps an epoch: one device makes ten at a time.
    given = ["--devices", "2", "--epochs", "1", "--batch-size", "60", "--run", str(tmp_path)]
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": _ROOT}
    command = [sys.executable, "-c", _ON_TWO_DEVICES, *given]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "20 steps an epoch" in done.stdout and (tmp_path / "model.keras").exists()
