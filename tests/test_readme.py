"""Runs the examples of the README and of the documentation, each page from top to bottom."""

import ast
import contextlib
import itertools
import pathlib
import re
import runpy
import shlex
import sys
import types

import pytest

import keras_dl
from apps import APPLICATIONS
from keras_dl.application import command_line

ROOT = pathlib.Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
PAGES = {
    str(path.relative_to(ROOT)): path.read_text("utf-8")
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_python_examples_run(tmp_path, monkeypatch, capsys, exports_in_one_process):
    monkeypatch.chdir(ROOT)
    count = 0
    for page, text in PAGES.items():
        (tmp_path / page).mkdir(parents=True)
        names = {"directory": tmp_path / page}
        for example in re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S):
            with exports_in_one_process():
                exec(compile(example, page, "exec"), names)
            printed = capsys.readouterr().out
            for promised in re.findall(r"^ *(?:print\(.*)?\)  # (.+)$", example, re.M):
                assert promised in printed, f"{page}: {promised}"
            count += 1
    assert count > 20


def test_every_room_has_an_example():
    imported = set()
    for example in re.findall(
        r"^```py(?:thon)?\n(.*?)^```$", "\n".join(PAGES.values()), re.M | re.S
    ):
        for node in ast.walk(ast.parse(example)):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("keras_dl"):
                imported |= {*node.module.split("."), *(alias.name for alias in node.names)}
    assert set(keras_dl.__all__) <= imported


class Parsed(Exception):
    """A command line is valid; its work does not start."""


def _commands():
    """Returns the page and the arguments of each command of `python -m apps` in the pages."""
    pages = [*PAGES, *(f"apps/{app.name}/README.md" for app in APPLICATIONS)]
    for page in pages:
        text = (ROOT / page).read_text("utf-8").replace("\\\n", " ")
        for block in re.findall(r"^```sh\n(.*?)^```$", text, re.M | re.S):
            for line in re.findall(r"python -m apps (.*)", block):
                line = re.sub(r"\$\w+", "", line.replace("...", "any"))
                yield page, shlex.split(line, comments=True)


def test_commands_have_valid_flags(monkeypatch, capsys):
    def stop():
        raise Parsed

    monkeypatch.setenv("TF_CONFIG", "")  # --workers sets it, and no test after this one has it
    monkeypatch.setattr(command_line, "start_tensorflow", stop)
    monkeypatch.setattr(command_line, "find_run_dir", lambda name, run_dir: ROOT)
    monkeypatch.setattr(command_line, "recorded_config", lambda app, path: app.configs.train())
    monkeypatch.setattr(command_line, "new_run_dir", lambda name, run_dir: ROOT)
    found = list(_commands())
    assert len(found) > 100
    for page, arguments in found:
        if arguments[0] == command_line.PAGE:
            continue  # needs its extra even to parse flags
        arguments = list(itertools.takewhile(lambda each: each not in "<>|&&", arguments))
        with contextlib.suppress(Parsed):
            command_line.main(APPLICATIONS, arguments, "python -m apps")
            pytest.fail(f"{page}: {arguments}: {capsys.readouterr().err}")


def test_every_application_is_in_the_table():
    for app in APPLICATIONS:
        assert f"[`{app.name}`](apps/{app.name}/README.md)" in README
        assert (ROOT / "apps" / app.name / "README.md").exists()


def test_linked_files_exist():
    for page in [*map(ROOT.joinpath, PAGES), *ROOT.glob("apps/*/README.md")]:
        prose = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.M | re.S)
        for link in re.findall(r"\]\(([^)#]+)\)", prose):
            assert link.startswith("http") or (page.parent / link).exists(), f"{page}: {link}"


def test_the_site_has_the_cards_of_models_without_a_record(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "mkdocs.structure.files", types.SimpleNamespace(File=None))
    sources = runpy.run_path(str(ROOT / "docs" / "site_pages.py"))["_sources"]
    monkeypatch.setitem(sources.__globals__, "ROOT", tmp_path)
    cards = ["saved_models/atari/README.md", "saved_models/breakout/README.md"]
    for source in ("apps/atari/README.md", *cards):
        (tmp_path / source).parent.mkdir(parents=True)
        (tmp_path / source).touch()
    assert sources()["applications/atari.md"] == ["apps/atari/README.md", *cards]


def test_every_shipped_model_is_small_and_has_a_card():
    for model in [path for app in APPLICATIONS for path in app.models]:
        size = sum(path.stat().st_size for path in model.rglob("*") if path.is_file())
        assert size < 12.5e6, model.name
        card = (model / "README.md").read_text("utf-8")
        assert all(word in card for word in ("Data", "Command", "Seed", "License")), model.name
        scores = card.split("## Scores")[1].split("##")[0]
        assert len(re.findall(r"^\|.*\d.*\|$", scores, re.M)) >= 5, f"{model.name}: no scores"
