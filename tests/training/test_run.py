import json
import pathlib
import resource
import signal
import subprocess
import sys

import pytest

from keras_dl import training
from keras_dl.training import run as run_module

MEGABYTE = 2**20


def test_makes_the_directory_and_leaves_nothing_of_a_training_that_never_began(tmp_path):
    directory = tmp_path / "runs" / "1"
    with training.Run(directory) as run:
        run.prove_room(3 * MEGABYTE + 1)
        assert [path.name for path in directory.iterdir()] == [".lock"]
    assert not directory.exists()
    tmp_path.joinpath("kept").mkdir()
    with training.Run(tmp_path / "kept"):
        pass
    assert (tmp_path / "kept").exists()


def test_a_second_writer_is_refused_and_a_reader_is_not(tmp_path):
    with training.Run(tmp_path):
        with pytest.raises(BlockingIOError) as error, training.Run(tmp_path, resume=True):
            pass
        assert f"not be in use. Received {str(tmp_path)!r}, which another" in str(error.value)
        with training.Run(tmp_path, writes=False) as reader:
            reader.write_json("run.json", {})
            reader.save_checkpoint({}, {})
        assert [path.name for path in tmp_path.iterdir()] == [".lock"]
    with training.Run(tmp_path) as run:
        assert run.is_open
    assert not run.is_open


# What a `Run` does to its directory, without an import of TensorFlow.
HOLD = """
import fcntl, sys, time
lock = open(sys.argv[1], "w")
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(600)
"""


def test_the_lock_of_a_killed_process_is_free(tmp_path):
    command = [sys.executable, "-c", HOLD, str(tmp_path / ".lock")]
    killed = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert killed.stdout.readline() == "held\n"
    (tmp_path / ".history.json.1.partial").write_text("half")
    with pytest.raises(BlockingIOError), training.Run(tmp_path):
        pass
    assert (tmp_path / ".history.json.1.partial").exists()  # it may be the other's
    killed.kill()
    killed.communicate()
    with training.Run(tmp_path):
        assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_the_first_write_replaces_another_run(tmp_path):
    def names():
        return sorted(path.name for path in tmp_path.iterdir() if path.name != ".lock")

    with training.Run(tmp_path) as run:
        run.write_json("history.json", {"loss": [1.0]})
        run.save_checkpoint({}, {"epoch": 1})
        run.write_json("history.json", {"loss": [0.5]})
        assert run.resumes  # what lies there is of this run
    with training.Run(tmp_path) as run:
        assert names() == ["checkpoint.npz", "history.json"] and not run.resumes
    with training.Run(tmp_path, resume=True) as run:
        assert run.resumes
        run.write_json("assets.json", {"words": ["é"]})
    assert names() == ["assets.json", "checkpoint.npz", "history.json"]
    assert json.loads((tmp_path / "history.json").read_text()) == {"loss": [0.5]}
    with training.Run(tmp_path) as run:
        run.write_json("assets.json", {"words": ["ü"]})
    assert names() == ["assets.json"]
    assert json.loads((tmp_path / "assets.json").read_text()) == {"words": ["ü"]}


def test_a_checkpoint_that_takes_long_is_written_less_often(tmp_path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(run_module.time, "monotonic", lambda: now[0])

    def save_slowly(*arguments):
        now[0] += 2.0

    monkeypatch.setattr(run_module, "save_arrays", save_slowly)
    with training.Run(tmp_path) as run:
        now[0] = 14.9
        assert not run.checkpoint_is_due
        now[0] = 15.0
        assert run.checkpoint_is_due
        run.save_checkpoint({}, {})
        now[0] = 17.0 + 29.9
        assert not run.checkpoint_is_due
        now[0] = 17.0 + 30.0
        assert run.checkpoint_is_due


def test_an_interrupt_is_held_until_a_checkpoint_unless_it_is_ignored(tmp_path, monkeypatch):
    with training.Run(tmp_path) as run, run.interrupts_held():
        signal.raise_signal(signal.SIGINT)
        assert run.checkpoint_is_due
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            run.save_checkpoint({}, {})
        assert run.resumes
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # as nohup and background jobs have it
    with training.Run(tmp_path) as run, run.interrupts_held():
        signal.raise_signal(signal.SIGINT)
        assert not run.checkpoint_is_due
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_writes_as_much_as_is_needed(tmp_path, monkeypatch):
    sizes = []
    with training.Run(tmp_path) as run:
        os = run_module.os
        monkeypatch.setattr("os.fsync", lambda file: sizes.append(os.fstat(file).st_size))
        run.prove_room(3 * MEGABYTE + 1)
    assert sizes == [3 * MEGABYTE + 1]


@pytest.mark.parametrize("place", ["file", "file/run"])
def test_directory_that_cannot_be_made(tmp_path, place):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=f"must be writable.*Received directory '.*{place}': "):
        training.Run(tmp_path / place).__enter__()


def test_too_little_room(tmp_path):
    """A limit on the size of files, which the kernel enforces on any file system."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with training.Run(tmp_path) as run:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2 * MEGABYTE, hard))
        try:
            run.prove_room(2 * MEGABYTE)
            with pytest.raises(OSError, match=r"have 3 MB free before.*File too large"):
                run.prove_room(3 * MEGABYTE)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_full_disk(tmp_path):
    """`/dev/full` answers each write as a full disk does."""
    with training.Run(tmp_path) as run:
        (tmp_path / ".room.partial").symlink_to("/dev/full")
        with pytest.raises(OSError, match=r"have 3 MB free before.*No space left on device"):
            run.prove_room(3 * MEGABYTE)


def test_nothing_is_trained_without_room(program, tmp_path, monkeypatch):
    def no_room(run, num_bytes):
        raise OSError(f"no room for {num_bytes} bytes")

    monkeypatch.setattr(training.Run, "prove_room", no_room)
    model = program.make_model()
    before = model.get_weights()
    with pytest.raises(OSError, match=r"no room for 1[0-9]{6} bytes"):
        program.fit(model, tmp_path / "run")
    assert not pathlib.Path(tmp_path / "run").exists()
    assert int(model.optimizer.iterations) == 0
    for weight, value in zip(model.get_weights(), before, strict=True):
        assert (weight == value).all()
