import os
import threading

import pytest

from keras_dl.export import directory
from keras_dl.export.directory import replace_directory


def make(path, content):
    path.mkdir()
    (path / "file").write_text(content)
    return path


def test_new_folder_comes_to_a_free_place(tmp_path):
    replace_directory(make(tmp_path / "new", "new"), tmp_path / "path")
    assert os.listdir(tmp_path) == ["path"]
    assert (tmp_path / "path" / "file").read_text() == "new"


def test_a_reader_never_finds_the_place_empty(tmp_path):
    path, new = make(tmp_path / "path", "0"), make(tmp_path / "new", "1")

    def swap():
        for _ in range(2000):
            replace_directory(new, path)

    writer = threading.Thread(target=swap)
    writer.start()
    found = set()
    while writer.is_alive():
        found.add((path / "file").read_text())
    writer.join()
    assert found == {"0", "1"}


def test_without_exchange_the_older_folder_makes_room(tmp_path, monkeypatch):
    monkeypatch.setattr(directory, "_exchange", lambda *_: False)
    path, new = make(tmp_path / "path", "old"), make(tmp_path / "new", "new")
    replace_directory(new, path)
    assert (path / "file").read_text() == "new"
    assert not new.exists()


def test_without_exchange_the_older_folder_returns_if_the_new_one_cannot_come(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(directory, "_exchange", lambda *_: False)
    path = make(tmp_path / "path", "old")
    with pytest.raises(FileNotFoundError, match="missing"):
        replace_directory(tmp_path / "missing", path)
    assert (path / "file").read_text() == "old"
