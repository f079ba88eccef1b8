"""The loop that trains by steps, with something small that counts."""

import json
import signal

import numpy as np
import pytest

from keras_dl import training
from keras_dl.training import run as run_module
from keras_dl.training.resumable import check_same_training


class Counting:
    """Adds up random numbers; each third step ends a row."""

    def __init__(self, total=10, at=None, do=None):
        self.total, self.at, self.do = total, at, do
        self.random = np.random.default_rng(0)
        self.sums = np.zeros(2)
        self.done = 0

    @property
    def finished(self):
        return self.done == self.total

    def step(self):
        if self.done == self.at:
            self.do()
        self.sums += self.random.random(2)
        self.done += 1
        return {"done": self.done, "sum": float(self.sums[0])} if self.done % 3 == 0 else None

    def state(self):
        random = self.random.bit_generator.state
        return {"sums": self.sums.copy()}, {"done": self.done, "random": random}

    def restore(self, arrays, metadata):
        self.sums, self.done = arrays["sums"], metadata["done"]
        self.random.bit_generator.state = metadata["random"]

    def bytes_needed(self):
        return 16


def train(directory, counting, *, resume=False, **options):
    with training.Run(directory, resume=resume) as run:
        return training.train_by_steps(counting, run=run, **options)


@pytest.fixture
def whole(tmp_path):
    counting = Counting()
    return counting, train(tmp_path / "whole", counting)


def broken():
    raise ZeroDivisionError


@pytest.mark.parametrize(("seconds", "done"), [(0.0, 7), (1000.0, 0)])
def test_a_broken_training_resumes_from_its_last_checkpoint(
    tmp_path, monkeypatch, whole, seconds, done
):
    monkeypatch.setattr(run_module, "SECONDS_BETWEEN_CHECKPOINTS", seconds)
    with pytest.raises(ZeroDivisionError):
        train(tmp_path, Counting(at=7, do=broken))
    steps = []
    resumed = Counting(at=done, do=lambda: steps.append(resumed.done))
    history = train(tmp_path, resumed, resume=True)
    assert steps == [done]  # it went on from there
    assert history == whole[1] == json.loads((tmp_path / "history.json").read_text())
    assert history["done"] == [3, 6, 9]
    assert (resumed.sums == whole[0].sums).all()


def test_an_interrupt_ends_the_step_and_leaves_a_checkpoint(tmp_path, whole):
    interrupt = Counting(at=4, do=lambda: signal.raise_signal(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, interrupt)
    assert interrupt.done == 5
    resumed = Counting()
    assert train(tmp_path, resumed, resume=True) == whole[1]
    assert (resumed.sums == whole[0].sums).all()


def test_stop_ends_the_training_and_a_resumed_one_goes_on(tmp_path, capsys, whole):
    stopped = Counting()
    history = train(tmp_path, stopped, stop=lambda row: row["done"] == 6)
    assert stopped.done == 6 and history["done"] == [3, 6]
    assert train(tmp_path, Counting(), resume=True) == whole[1]
    written = (tmp_path / "checkpoint.npz").read_bytes()
    assert train(tmp_path, Counting(at=10, do=broken), resume=True) == whole[1]
    assert (tmp_path / "checkpoint.npz").read_bytes() == written


def test_the_last_row_is_printed(tmp_path, capsys):
    train(tmp_path, Counting(total=6))
    assert capsys.readouterr().out.startswith("done 6 - sum ")


@pytest.mark.parametrize("metadata", [{}, {"history": {}, "state": {"done": 1}}, {"history": 1}])
def test_what_is_no_checkpoint_of_it_is_told(tmp_path, metadata):
    with training.Run(tmp_path) as run:
        run.save_checkpoint({"sums": np.zeros(2)}, metadata)
    with pytest.raises(ValueError, match=r"checkpoint.npz': no .*Delete it"):
        train(tmp_path, Counting(), resume=True)


def test_settings_are_compared_as_json():
    check_same_training({"units": [1, 2]}, {"units": (1, 2)})
    with pytest.raises(
        ValueError, match=r"settings {'rate': 1.0} instead of {'rate': 2.0}. Resume"
    ):
        check_same_training({"rate": 1.0, "seed": 0}, {"rate": 2.0, "seed": 0})
