"""A run of an application that is killed and resumed ends like one that is not."""

import pathlib
import signal
import subprocess
import sys
import time

import keras
import numpy as np

ROOT = pathlib.Path(__file__).parent.parent.parent
TRAIN = [sys.executable, "-m", "apps", "dates", "train"]
SMALL = ["--examples", "3000", "--epochs", "2", "--batch-size", "32", "--encoder-units", "8"]


def _weights(folder):
    model = keras.saving.load_model(folder / "model.keras", compile=False)
    return [np.array(weight) for weight in model.get_weights()]


def test_killed_and_resumed_is_equal_to_the_bit(tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    subprocess.run([*TRAIN, *SMALL, "--run", whole], cwd=ROOT, check=True, capture_output=True)
    training = subprocess.Popen([*TRAIN, *SMALL, "--run", broken], cwd=ROOT)
    deadline = time.monotonic() + 120
    while not (broken / "history.json").exists():  # written at the end of the first epoch
        assert training.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(0.3)
    training.send_signal(signal.SIGKILL)
    training.wait()
    assert not (broken / "model.keras").exists(), "it was over before it was killed"
    subprocess.run([*TRAIN, "--resume", "--run", broken], cwd=ROOT, check=True, capture_output=True)
    for one, other in zip(_weights(whole), _weights(broken), strict=True):
        np.testing.assert_array_equal(one, other)
    assert (whole / "history.json").read_text() == (broken / "history.json").read_text()
