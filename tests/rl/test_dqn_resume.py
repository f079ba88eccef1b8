"""Killing a training changes nothing: resumed, it ends as the one that was left alone."""

import contextlib
import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time

import keras
import numpy as np
import pytest
from dqn_case import assert_equal, cartpole, fit

from keras_dl import rl
from keras_dl.models import q_network
from keras_dl.training import run as run_module


class Stopped(Exception):
    """Stands for what ends a process."""


def stop_at(training, time, monkeypatch):
    receive = training.environments.receive

    def receive_or_stop():
        if training.environments.time == time:
            raise Stopped
        return receive()

    monkeypatch.setattr(training.environments, "receive", receive_or_stop)


@pytest.mark.parametrize(
    "changes", [{}, {"prioritized_replay": True, "double": False, "n_steps": 1}]
)
def test_a_run_that_is_resumed_twice_is_the_run(changes, tmp_path, monkeypatch):
    whole = cartpole(**changes)
    fit(whole, tmp_path / "whole")
    monkeypatch.setattr(run_module, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    done = 0
    for stop in (26, 140, None):  # after the first update, and long after the buffer was full
        part, made = cartpole(**changes), []
        learn = part.agent.learn

        def learn_and_note(batch, number, learn=learn, made=made):
            made.append(number)
            return learn(batch, number)

        monkeypatch.setattr(part.agent, "learn", learn_and_note)
        stopped = pytest.raises(Stopped) if stop else contextlib.nullcontext()
        if stop:
            stop_at(part, stop, monkeypatch)
        with stopped:
            fit(part, tmp_path / "run", resume=True)
        total = ((stop or 150) * 4 - 100) // 4
        # It went on, and did not begin anew; the update of the step that was broken off is lost.
        assert sum(made) == total - done + bool(stop)
        done = total
    assert_equal(whole, part)


@pytest.mark.slow
def test_a_resumed_run_of_pong_by_the_fast_preset_is_the_run(tmp_path, monkeypatch):
    def pong(precision="mixed_bfloat16"):
        keras.utils.set_random_seed(0)
        settings, optimizer = rl.PRESETS["fast"](240)
        # The write head goes round and the target is copied before the stop and after it.
        settings = dataclasses.replace(settings, capacity=120, target_interval=40)
        games = rl.atari("pong", settings.num_envs, seed=0)
        keras.config.set_dtype_policy(precision)
        network = q_network(num_actions=games.num_actions, dueling=True)
        keras.config.set_dtype_policy("float32")
        return rl.DQNTraining(rl.DQN(network, optimizer), games, settings, steps=240, seed=0)

    whole, first, second = pong(), pong(), pong()
    fit(whole, tmp_path / "whole")
    monkeypatch.setattr(run_module, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    stop_at(first, 22, monkeypatch)
    with pytest.raises(Stopped):
        fit(first, tmp_path / "run")
    with pytest.raises(
        ValueError, match=r"'precisions': .*mixed_bfloat16.* instead of .*'float32'"
    ):
        fit(pong("float32"), tmp_path / "run", resume=True)
    fit(second, tmp_path / "run", resume=True)
    assert_equal(whole, second)
    weights = whole.agent.model.trainable_variables
    assert int(whole.agent.optimizer.iterations) == 240 // 4 - 104 // 4
    assert {weight.dtype for weight in weights} == {"float32"}
    # Frames of four bytes would be trained on without a word.
    assert whole._buffer._frames.dtype == whole._stacks.states.dtype == np.uint8


def test_a_finished_run_is_not_played_again(tmp_path, monkeypatch):
    whole = cartpole(steps=300)
    history = fit(whole, tmp_path)
    written = (tmp_path / "checkpoint.npz").read_bytes()
    again = cartpole(steps=300, seed=0)
    monkeypatch.setattr(again.environments, "receive", None)
    monkeypatch.setattr(again.environments, "replay", None)
    assert fit(again, tmp_path, resume=True) == history
    assert again.steps == 300 and (tmp_path / "checkpoint.npz").read_bytes() == written
    for mine, theirs in zip(whole.agent.variables, again.agent.variables, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_a_run_begun_anew_is_not_the_one_before(tmp_path, monkeypatch):
    fit(cartpole(steps=300), tmp_path)
    new = cartpole(steps=300, seed=1)
    stop_at(new, 20, monkeypatch)
    with pytest.raises(Stopped):
        fit(new, tmp_path)
    with pytest.raises(ValueError, match=r"'seed': 1.*'seed': 0"):
        fit(cartpole(steps=300, seed=0), tmp_path, resume=True)
    whole, again = cartpole(steps=300, seed=1), cartpole(steps=300, seed=1)
    fit(whole, tmp_path / "whole")
    fit(again, tmp_path, resume=True)
    assert_equal(whole, again)


PROGRAM = """
import pathlib, sys, keras
sys.path[:0] = {path!r}
from keras_dl import models, rl, training
from keras_dl.training import run
run.SECONDS_BETWEEN_CHECKPOINTS = 0.0
keras.utils.set_random_seed(0)
settings = rl.DQNSettings(num_envs=4, capacity=400, learning_starts=60, batch_size=4)
games = rl.catch(4, seed=0)
agent = rl.DQN(models.q_network(num_actions=3), keras.optimizers.Adam(1e-4))
loop = rl.DQNTraining(agent, games, settings, steps=280, seed=0)
with training.Run(sys.argv[1], resume="resume" in sys.argv) as opened:
    training.train_by_steps(loop, run=opened)
agent.model.save_weights(pathlib.Path(sys.argv[1], "end.weights.h5"))
"""


@pytest.mark.slow
def test_kill_9_changes_nothing(tmp_path):
    program = textwrap.dedent(PROGRAM.format(path=sys.path))
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}

    def start(*arguments, **pipes):
        command = [sys.executable, "-c", program, *arguments]
        return subprocess.Popen(command, env=environment, **pipes)

    whole, killed = start(str(tmp_path / "whole")), start(str(tmp_path / "run"))
    while not (tmp_path / "run" / "history.json").exists() and killed.poll() is None:
        time.sleep(0.05)
    rows = 0
    while rows < 40 and killed.poll() is None:
        rows = len(json.loads((tmp_path / "run" / "history.json").read_text())["steps"])
    killed.send_signal(signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    resumed = start(str(tmp_path / "run"), "resume", stdout=subprocess.PIPE, text=True)
    said, _ = resumed.communicate()
    assert "steps again" in said, "it began anew"
    assert resumed.returncode == 0 and whole.wait() == 0
    one, other = q_network(num_actions=3), q_network(num_actions=3)
    one.load_weights(tmp_path / "whole" / "end.weights.h5")
    other.load_weights(tmp_path / "run" / "end.weights.h5")
    for mine, theirs in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_what_was_kept_is_not_changed_by_going_on():
    training = cartpole(steps=600, prioritized_replay=True)
    while training.steps < 200:
        training.step()
    arrays, index = training.state()
    copies = {name: np.array(array) for name, array in arrays.items()}
    text = json.dumps(index)
    other = cartpole(steps=600, prioritized_replay=True)
    other.restore(arrays, index)
    for run in (training, other):
        while run.steps < 400:
            run.step()
        run.log.row(run.steps)
    assert json.dumps(index) == text
    for name, array in copies.items():
        np.testing.assert_array_equal(arrays[name], array, err_msg=name)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_steps": 2}, "'n_steps': 3.*'n_steps': 2"),
        ({"seed": 1}, "'seed': 0.*'seed': 1"),
        ({"double": False}, "'double': True.*'double': False"),
        ({"game": "Acrobot-v1"}, "Acrobot-v1"),
        ({"units": (16, 8)}, "variables"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused(changes, message, finished):
    with pytest.raises(ValueError, match=message):
        fit(cartpole(steps=200, **changes), finished, resume=True)


def test_a_checkpoint_of_another_optimizer_is_refused(finished):
    other = cartpole(steps=200)
    other.agent.optimizer.learning_rate = 1.0
    with pytest.raises(ValueError, match=r"'learning_rate'.*'learning_rate'"):
        fit(other, finished, resume=True)


def test_a_checkpoint_of_another_version_is_refused():
    training = cartpole(steps=200)
    arrays, index = training.state()
    index["played"]["shares"] = index["played"].pop("batch_size")
    with pytest.raises(ValueError, match=r"settings \['shares'\] and without \['batch_size'\]"):
        training.restore(arrays, index)


def test_a_damaged_checkpoint_is_refused(finished):
    path = finished / "checkpoint.npz"
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(ValueError, match="must be a complete checkpoint"):
        fit(cartpole(steps=200), finished, resume=True)


@pytest.fixture(scope="module")
def finished_once(tmp_path_factory):
    folder = tmp_path_factory.mktemp("finished")
    fit(cartpole(steps=200), folder)
    return folder


@pytest.fixture
def finished(finished_once, tmp_path):
    return shutil.copytree(finished_once, tmp_path / "finished")
