"""The files of a release, as someone who has only them uses them."""

import os
import pathlib
import re
import subprocess
import sys
import zipfile

import pytest

import keras_dl

ROOT = pathlib.Path(__file__).parent.parent
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A directory with the wheel, the archive of the models, and their checksums."""
    directory = tmp_path_factory.mktemp("release")
    _run(ROOT / ".github" / "release", directory, PYTHON=sys.executable)
    return directory


@pytest.fixture(scope="module")
def python(files, tmp_path_factory):
    """Python of a new environment, in which only the wheel was installed."""
    directory = tmp_path_factory.mktemp("environment")
    _run(sys.executable, "-m", "venv", directory)
    (wheel,) = files.glob("*.whl")
    _run(directory / "bin" / "pip", "install", "--quiet", wheel)
    return directory / "bin" / "python"


def _run(*command, cwd="/", **variables):
    """Runs a command without the modules of this checkout; returns what it prints."""
    variables = {**os.environ, "PYTHONPATH": "", "TF_CPP_MIN_LOG_LEVEL": "3", **variables}
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=variables, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_checksums_are_those_of_the_files(files):
    names = {path.name for path in files.iterdir()}
    checked = _run("sha256sum", "--check", "SHA256SUMS", cwd=files)
    assert set(re.findall(r"^(\S+): OK$", checked, re.M)) == names - {"SHA256SUMS"}
    assert len(names) == 3


def test_the_same_models_give_the_same_archive(files, tmp_path):
    _run(ROOT / ".github" / "release", tmp_path, PYTHON=sys.executable)
    (first,), (second,) = (path.glob("*.tar.gz") for path in (files, tmp_path))
    assert first.read_bytes() == second.read_bytes()


def test_the_wheel_has_what_it_needs_and_no_dead_links(files):
    (path,) = files.glob("*.whl")
    with zipfile.ZipFile(path) as wheel:
        names = wheel.namelist()
        (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        text = wheel.read(metadata).decode()
    assert {name.split("/")[0] for name in names} == {
        "keras_dl",
        "keras_dl_apps",  # a package `apps` could hide another one
        metadata.split("/")[0],
    }
    assert "keras_dl_apps/apps/digits/four.png" in names and "keras_dl/py.typed" in names
    required = [
        line for line in re.findall(r"^Requires-Dist: (.*)$", text, re.M) if ";" not in line
    ]
    assert len(required) <= 2 + 6  # TensorFlow, Keras and six others
    description = text.split("\n\n", 1)[1]
    prose = re.sub(r"^```.*?^```$", "", description, flags=re.M | re.S)
    links = re.findall(r"\]\(([^)]*)\)", prose)
    assert [link for link in links if not link.startswith("https://")] == []
    assert "## The library" in description and "<img" not in description


def test_every_subpackage_imports_with_only_what_the_wheel_requires(python):
    script = (
        "import importlib, pkgutil, keras_dl\n"
        "for name in keras_dl.__all__:\n"
        "    room = importlib.import_module(f'keras_dl.{name}')\n"
        "    assert all(hasattr(room, each) for each in room.__all__), name\n"
        "    print(name)\n"
    )
    assert _run(python, "-c", script).split() == keras_dl.__all__


def test_the_command_predicts_with_the_models_of_the_release(python, files):
    command = python.with_name("keras-dl")
    assert "\n  dates  " in _run(command)
    (archive,) = files.glob("*.tar.gz")
    words = ["--models", archive, "dates", "predict", "3 mai 1979"]
    assert _run(command, *words).startswith("3 mai 1979\t1979-05-03\t")
    models = archive.with_name(archive.name.removesuffix(".tar.gz"))
    words = ["--models", models, "ner", "predict", "Ada Lovelace was born in London."]
    assert "Lovelace" in _run(command, *words)  # without the packages that training needs
    failed = subprocess.run([command, "page"], capture_output=True, text=True, cwd="/")
    assert failed.returncode == 2 and "pip install 'keras_dl[page]'" in failed.stderr
