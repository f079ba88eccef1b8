"""Runs the examples of the README, from top to bottom."""

import pathlib
import re

ROOT = pathlib.Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def test_python_examples_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    names = {"folder": tmp_path}
    examples = re.findall(r"^```python\n(.*?)^```$", README, re.M | re.S)
    assert len(examples) >= 8
    for example in examples:
        exec(compile(example, "README.md", "exec"), names)
    printed = capsys.readouterr().out
    for promised in re.findall(r"^print\(.*\)  # (.+)$", README, re.M):
        assert promised in printed or promised == "twice the same"


def test_every_room_has_an_example():
    for path in ROOT.glob("keras_dl/*/__init__.py"):
        assert re.search(rf"\b{path.parent.name}\b", README), path.parent.name


def test_every_application_is_in_the_table():
    for path in ROOT.glob("apps/*/app.py"):
        name = path.parent.name
        assert f"[`{name}`](apps/{name}/README.md)" in README
        assert (path.parent / "README.md").exists()


def test_linked_files_exist():
    for page in [ROOT / "README.md", *ROOT.glob("apps/*/README.md")]:
        prose = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.M | re.S)
        for link in re.findall(r"\]\(([^)#]+)\)", prose):
            assert link.startswith("http") or (page.parent / link).exists(), f"{page}: {link}"


def test_every_shipped_model_is_small_and_has_a_card():
    for folder in (ROOT / "saved_models").glob("*/"):
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        assert size < 8e6, folder
        card = (folder / "README.md").read_text("utf-8")
        assert all(word in card for word in ("Data", "Command", "Seed", "Licence")), folder
        scores = card.split("## Scores")[1].split("##")[0]
        assert len(re.findall(r"^\|.*\d.*\|$", scores, re.M)) >= 5, f"{folder}: no table of scores"
