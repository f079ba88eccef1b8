"""Archives of models as `tar` of the system and of Python write them, and bad ones."""

import errno
import gzip
import io
import os
import pathlib
import subprocess
import tarfile

import pytest

from keras_dl.application import UserError
from keras_dl.application.command_line import main
from keras_dl.application.model_archive import model_directory


@pytest.fixture
def archive(tmp_path):
    """Writes `models.tar.gz` with the given members, between a model and another model."""

    def write(*members):
        path = tmp_path / "models.tar.gz"
        first, last = (_file(f"release/{name}/saved_model.pb", os.urandom(5_000)) for name in "ab")
        with tarfile.open(path, "w:gz") as tar:
            for member, content in [first, *members, last]:
                tar.addfile(member, io.BytesIO(content))
        return path

    return write


def _file(name, content=b"", **attributes):
    member = tarfile.TarInfo(name)
    member.size = len(content)
    for attribute, value in attributes.items():
        setattr(member, attribute, value)
    return member, content


def test_an_archive_is_unpacked_once_next_to_it(tmp_path):
    source = tmp_path / "source" / "release"
    (source / "spam" / "variables").mkdir(parents=True)
    (source / "spam" / "saved_model.pb").write_text("graph")
    (source / "spam" / "variables" / "data").write_bytes(bytes(99))
    path = tmp_path / "of-release.tar.gz"
    subprocess.run(["tar", "-C", source.parent, "-czf", path, "release"], check=True)
    found = model_directory(str(path))
    assert found == tmp_path / "of-release"
    assert (found / "spam" / "saved_model.pb").read_text() == "graph"
    assert (found / "spam" / "variables" / "data").read_bytes() == bytes(99)
    (found / "spam" / "saved_model.pb").write_text("mine")
    assert model_directory(str(path)) == model_directory(str(found)) == found
    assert (found / "spam" / "saved_model.pb").read_text() == "mine"
    assert sorted(os.listdir(tmp_path)) == ["of-release", "of-release.tar.gz", "source"]


@pytest.mark.parametrize(
    "member",
    [
        _file("release/../../escaped", b"x"),
        _file("../escaped", b"x"),
        _file("/tmp/escaped", b"x"),
        _file("release/a/link", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        _file("release/a/link", type=tarfile.SYMTYPE, linkname="saved_model.pb"),
        _file("release/a/link", type=tarfile.LNKTYPE, linkname="release/a/saved_model.pb"),
        _file("release/a/pipe", type=tarfile.FIFOTYPE),
        _file("release/a/device", type=tarfile.CHRTYPE),
    ],
    ids=lambda member: f"{member[0].name}-{member[0].linkname}",
)
def test_members_that_are_no_files_of_the_archive_are_refused(archive, tmp_path, member):
    with pytest.raises(UserError, match=r"is not a file below its directory\. Download it"):
        model_directory(str(archive(member)))
    assert os.listdir(tmp_path) == ["models.tar.gz"]
    assert not (tmp_path.parent / "escaped").exists() and not pathlib.Path("/tmp/escaped").exists()


def test_an_archive_that_another_process_unpacks_meanwhile_is_used(archive, tmp_path, monkeypatch):
    def rename(source, target):
        model = target / "theirs" / "saved_model.pb"
        model.parent.mkdir(parents=True)
        model.touch()
        raise OSError(errno.ENOTEMPTY, "Directory not empty")

    monkeypatch.setattr(os, "rename", rename)
    assert os.listdir(model_directory(str(archive()))) == ["theirs"]
    assert sorted(os.listdir(tmp_path)) == ["models", "models.tar.gz"]


def test_models_in_two_directories_of_an_archive_are_refused(archive, tmp_path):
    with pytest.raises(UserError, match="must contain one DIRECTORY with NAME"):
        model_directory(str(archive(_file("other/c/saved_model.pb"))))
    assert os.listdir(tmp_path) == ["models.tar.gz"]


def test_an_invalid_number_in_a_header_is_damage(archive):
    with pytest.raises(UserError, match=r"cannot be unpacked: .*Download it again"):
        model_directory(str(archive(_file("release/x", pax_headers={"mtime": "nan"}))))


def test_damaged_archives_leave_nothing(archive, tmp_path):
    path = archive()
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    contents = [whole[:length] for length in (0, 5, 100, 6_000, len(whole) - 4)]
    contents += [bytes(flipped), b"junk" * 99, gzip.compress(b"junk" * 999)]
    for content in contents:
        path.write_bytes(content)
        with pytest.raises(UserError, match=r"models.tar.gz cannot be unpacked: .*Download it"):
            model_directory(str(path))
        assert os.listdir(tmp_path) == ["models.tar.gz"]


def test_a_file_that_unpacks_to_too_much_is_refused_from_its_header(tmp_path):
    path = tmp_path / "models.tar.gz"
    member, _ = _file("release/a/saved_model.pb")
    member.size = 2**40
    path.write_bytes(gzip.compress(member.tobuf()))
    with pytest.raises(UserError, match="have more than 1,073,741,824 bytes"):
        model_directory(str(path))
    assert os.listdir(tmp_path) == ["models.tar.gz"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--models"], "--models must be followed by a directory or an archive"),
        (["--models="], "--models must be followed by a directory or an archive"),
        (["--models", "{tmp}/none", "spam"], "must be a directory or an archive .tar.gz. Received"),
        (["--models", "{tmp}/.tar.gz", "spam"], "must be a directory or an archive .tar.gz."),
        (["--models", "{tmp}/notes.zip", "spam"], "must be a directory or an archive .tar.gz."),
        (["--models={tmp}", "spam", "predict", "x"], "must contain models as NAME/saved_model.pb"),
        (["--models", "{tmp}/file.tar.gz", "spam"], "is a file of this name. Rename one of them"),
        (["--models", "{tmp}", "spam"], "program: --models must contain models as NAME"),
        (["spam", "predict", "x", "--models", "{tmp}"], "--models PATH must come before the name"),
        (["spam", "--models={tmp}"], "--models PATH must come before the name"),
        (["page", "--models={tmp}"], "--models PATH must come before the name"),
        (["--models", "{tmp}/junk.tar.gz", "spam"], "junk.tar.gz cannot be unpacked: "),
        (["--models", "{tmp}/good", "spam", "predict", "x"], "good/spam contains no SavedModel. G"),
    ],
)
def test_wrong_models_are_told_in_one_line(spam, tmp_path, capsys, words, message):
    names = (".tar.gz", "notes.zip", "junk.tar.gz", "file.tar.gz", "file")
    for name in (*names, "good/ham/saved_model.pb"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("junk")
    words = [word.format(tmp=tmp_path) for word in words]
    assert main([spam.Spam()], words, "program") == 2
    output = capsys.readouterr()
    assert output.out == "" and output.err.count("\n") == 1 and message in output.err


def test_models_of_a_directory_are_the_shipped_ones(spam, trained, tmp_path, capsys):
    os.symlink(trained / "run" / "saved_model", tmp_path / "spam")
    for words in (["--models", str(tmp_path)], [f"--models={tmp_path}"]):
        assert main([spam.Spam()], [*words, "spam", "predict", "Win money!"], "program") == 0
        assert capsys.readouterr().out.startswith("Win money!\t")
