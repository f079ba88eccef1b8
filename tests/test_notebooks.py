"""Runs the notebooks, each from top to bottom."""

import json
import pathlib

import pytest

ROOT = pathlib.Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))


def _code(notebook):
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_notebooks_run(exports_in_one_process, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert len(NOTEBOOKS) == 4
    for notebook in NOTEBOOKS:
        names = {"__name__": notebook.stem}
        for number, source in enumerate(_code(notebook)):
            with exports_in_one_process():
                exec(compile(source, f"{notebook.name}:{number}", "exec"), names)


def test_notebooks_have_no_outputs():
    for notebook in NOTEBOOKS:
        for cell in json.loads(notebook.read_text("utf-8"))["cells"]:
            assert not cell.get("outputs"), notebook.name
