"""Two processes that train one model by `train --workers`."""

import json
import random
import shutil
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import pytest

from keras_dl.application.command_line import main

PROGRAM = "import sys; from keras_dl.application.command_line import main; from spam import Spam; "
PROGRAM += "sys.exit(main([Spam()], ['spam', 'train', *sys.argv[1:]], 'program'))"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--workers", "a"], "brackets, as in [::1]:2222. Received 'a'"),
        (["--workers", "a:1,b"], "--workers must be host:port,host:port with ports"),
        (["--workers", "a:1,b:65536"], "[::1]:2222. Received 'a:1,b:65536'"),
        (["--workers", "a:0,b:1"], "[::1]:2222. Received 'a:0,b:1'"),
        (["--workers", "::1:1,::1:2"], "[::1]:2222. Received '::1:1,::1:2'"),
        (["--workers", "[::1]:1,[::g]:1"], "[::1]:2222. Received '[::1]:1,[::g]:1'"),
        (["--workers", "[1]:1,[2]:1"], "[::1]:2222. Received '[1]:1,[2]:1'"),
        (["--workers", "[::1]:1,[fe80::1.2.3.4]:1"], "--workers requires --run-dir"),
        (["--workers", "a:1,a:1"], "--workers must be two or more different addresses"),
        (["--workers", "a:1"], "--workers must be two or more different addresses"),
        (["--workers", "a:1,b:1", "--worker", "2"], "--worker must be from 0 to 1. Received 2"),
        (["--workers", "a:1,b:1", "--devices", "2"], "--devices, which must be 1"),
        (["--worker", "1"], "--worker requires --workers"),
        (["--workers", "a:1,b:1"], "--workers requires --run-dir"),
    ],
)
def test_wrong_workers_are_told_in_one_line(spam, capsys, words, message):
    assert main([spam.Spam()], ["spam", "train", *words], "program") == 2
    output = capsys.readouterr()
    assert output.out == "" and output.err.count("\n") == 1 and message in output.err


@pytest.fixture
def start(spam, tmp_path):
    """Starts `spam train` in a process with the given flags."""
    shutil.copy(spam.__file__, tmp_path)
    processes = []

    def run(*flags):
        command = [sys.executable, "-c", PROGRAM, "--batch-size", "2", *map(str, flags)]
        pipe = subprocess.PIPE
        processes.append(
            subprocess.Popen(command, cwd=tmp_path, stdout=pipe, stderr=pipe, text=True)
        )
        return processes[-1]

    yield run
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def addresses():
    """Returns two addresses with free ports, new ones at each call."""

    def find():
        sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
        found = ",".join(f"127.0.0.1:{each.getsockname()[1]}" for each in sockets)
        for each in sockets:
            each.close()
        return found

    return find


def _history(directory):
    return json.loads((directory / "history.json").read_text("utf-8"))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_workers_train_like_one_process_and_resume_after_a_kill(start, addresses, tmp_path):
    epochs = ["--epochs", "200"]
    alone = start(*epochs, "--run-dir", "alone")
    assert alone.wait(400) == 0
    workers = addresses()
    flags = [*epochs, "--run-dir", "together", "--workers", workers, "--worker"]
    both = [start(*flags, each) for each in range(2)]
    while not (tmp_path / "together" / "history.json").exists():
        time.sleep(0.2)
        assert [each.poll() for each in both] == [None, None]
    killed = random.randrange(2)
    both[killed].send_signal(signal.SIGKILL)
    _, error = both[1 - killed].communicate(timeout=200)
    assert both[1 - killed].returncode == 2, error
    assert error == (
        "spam: another worker has ended or cannot be reached. Start all of them again with "
        "--resume.\n"
    )
    assert len(_history(tmp_path / "together")["loss"]) < 200
    flags[-2] = addresses()
    both = [start(*flags, each, "--resume") for each in range(2)]
    assert [each.wait(400) for each in both] == [0, 0]
    losses, expected = (_history(tmp_path / each)["loss"] for each in ("together", "alone"))
    np.testing.assert_allclose(losses, expected, rtol=1e-5)
    assert (tmp_path / "together" / "model.keras").exists()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_workers_on_jax(start, addresses, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    flags = ["--epochs", "5", "--run-dir"]
    workers = addresses()
    both = [start(*flags, "together", "--workers", workers, "--worker", n) for n in range(2)]
    alone = start(*flags, "alone")
    assert [each.wait(400) for each in (*both, alone)] == [0, 0, 0]
    losses, expected = (_history(tmp_path / each)["loss"] for each in ("together", "alone"))
    np.testing.assert_allclose(losses, expected, rtol=1e-5)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_workers_with_different_flags_do_not_train(
    start, addresses, tmp_path, monkeypatch, backend
):
    monkeypatch.setenv("KERAS_BACKEND", backend)
    flags = ["--run-dir", "together", "--workers", addresses(), "--worker"]
    both = [start(*flags, 0), start(*flags, 1, "--seed", 1)]
    for process in both:
        _, error = process.communicate(timeout=200)
        assert "all workers must have the same flags but --worker" in error
        assert process.returncode == 2
    assert not (tmp_path / "together" / "run.json").exists()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_ctrl_c_ends_a_worker_that_waits(start, addresses):
    process = start("--run-dir", "together", "--workers", addresses(), "--worker", 0)
    assert "waits for the others" in process.stdout.readline()
    time.sleep(2)  # now it waits outside of Python
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == -signal.SIGINT
