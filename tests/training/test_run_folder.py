import resource

import pytest

from keras_dl.training import run_folder
from keras_dl.training.run_folder import prepare_run_folder

MEGABYTE = 2**20


def test_makes_the_folder_and_leaves_it_empty(tmp_path):
    folder = tmp_path / "runs" / "1"
    prepare_run_folder(folder, 3 * MEGABYTE + 1)
    assert list(folder.iterdir()) == []


def test_writes_as_much_as_is_needed(tmp_path, monkeypatch):
    sizes = []
    monkeypatch.setattr("os.fsync", lambda file: sizes.append(run_folder.os.fstat(file).st_size))
    prepare_run_folder(tmp_path, 3 * MEGABYTE + 1)
    assert sizes == [3 * MEGABYTE + 1]


def test_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="have 4 MB free.*Received folder '.*file/run': Not a dir"):
        prepare_run_folder(tmp_path / "file" / "run", 3 * MEGABYTE + 1)


def test_too_little_room(tmp_path):
    """A limit on the size of files, which the kernel enforces on any file system."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 * MEGABYTE, hard))
    try:
        prepare_run_folder(tmp_path, 2 * MEGABYTE)
        with pytest.raises(OSError, match="have 3 MB free before.*File too large"):
            prepare_run_folder(tmp_path, 3 * MEGABYTE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


def test_full_disk(tmp_path):
    """`/dev/full` answers each write as a full disk does."""
    (tmp_path / ".room.partial").symlink_to("/dev/full")
    with pytest.raises(OSError, match="have 3 MB free before.*No space left on device"):
        prepare_run_folder(tmp_path, 3 * MEGABYTE)


def test_nothing_is_trained_without_a_folder(program, tmp_path):
    (tmp_path / "file").write_text("")
    model = program.make_model()
    before = model.get_weights()
    with pytest.raises(OSError, match="Received folder"):
        program.fit(model, tmp_path / "file" / "run")
    assert int(model.optimizer.iterations) == 0
    for weight, value in zip(model.get_weights(), before, strict=True):
        assert (weight == value).all()
