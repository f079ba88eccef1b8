"""Runs the examples of the README, from top to bottom."""

import ast
import pathlib
import re

import pytest

import keras_dl
from apps import APPLICATIONS

ROOT = pathlib.Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```py(?:thon)?\n(.*?)^```$", README, re.M | re.S)


@pytest.mark.slow
def test_python_examples_run(tmp_path, monkeypatch, capsys, exports_in_one_process):
    monkeypatch.chdir(ROOT)
    names = {"directory": tmp_path}
    examples = re.findall(r"^```python\n(.*?)^```$", README, re.M | re.S)
    assert len(examples) >= 8
    for example in examples:
        with exports_in_one_process():
            exec(compile(example, "README.md", "exec"), names)
        printed = capsys.readouterr().out
        for promised in re.findall(r"^ *(?:print\(.*)?\)  # (.+)$", example, re.M):
            assert promised in printed, promised


def test_every_room_has_an_example():
    imported = set()
    for example in EXAMPLES:
        for node in ast.walk(ast.parse(example)):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("keras_dl"):
                imported |= {*node.module.split("."), *(alias.name for alias in node.names)}
    assert set(keras_dl.__all__) <= imported


def test_every_application_is_in_the_table():
    for app in APPLICATIONS:
        assert f"[`{app.name}`](apps/{app.name}/README.md)" in README
        assert (ROOT / "apps" / app.name / "README.md").exists()


def test_linked_files_exist():
    for page in [ROOT / "README.md", *ROOT.glob("apps/*/README.md")]:
        prose = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.M | re.S)
        for link in re.findall(r"\]\(([^)#]+)\)", prose):
            assert link.startswith("http") or (page.parent / link).exists(), f"{page}: {link}"


def test_every_shipped_model_is_small_and_has_a_card():
    for app in [each for each in APPLICATIONS if each.shipped]:
        size = sum(path.stat().st_size for path in app.shipped.rglob("*") if path.is_file())
        assert size < 12.5e6, app.name
        card = (app.shipped / "README.md").read_text("utf-8")
        assert all(word in card for word in ("Data", "Command", "Seed", "License")), app.name
        scores = card.split("## Scores")[1].split("##")[0]
        assert len(re.findall(r"^\|.*\d.*\|$", scores, re.M)) >= 5, f"{app.name}: no scores"
