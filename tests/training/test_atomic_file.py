import pytest

from keras_dl.training import write_atomically


def test_replaces_the_file_with_all_that_was_written(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")
    with write_atomically(path, "w") as file:
        file.write("né")
        file.flush()
        assert path.read_text() == "old"
    assert path.read_bytes() == "né".encode()
    assert list(tmp_path.iterdir()) == [path]


def test_failure_leaves_the_old_file(tmp_path):
    path = tmp_path / "file.bin"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), write_atomically(path) as file:  # noqa: PT012
        file.write(b"half of the n")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_two_writers_of_one_path_leave_the_whole_file_of_one(tmp_path):
    path = tmp_path / "file.bin"
    with write_atomically(str(path)) as file:
        file.write(b"A" * 10)
        file.flush()
        with write_atomically(path) as other:
            other.write(b"B" * 100_000)
        assert path.read_bytes() == b"B" * 100_000
        file.write(b"A" * 10)
    assert path.read_bytes() == b"A" * 20
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_is_on_the_disk_before_it_takes_the_place(tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr("os.fsync", lambda descriptor: calls.append("fsync"))
    monkeypatch.setattr("os.replace", lambda source, target: calls.append("replace"))
    with write_atomically(tmp_path / "file.bin") as file:
        file.write(b"new")
    assert calls == ["fsync", "replace", "fsync"]


def test_missing_folder(tmp_path):
    path = tmp_path / "missing" / "file.bin"
    with pytest.raises(FileNotFoundError, match="missing"), write_atomically(path):
        pass
