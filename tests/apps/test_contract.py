"""Holds every folder of `apps/` to what the command line and the README promise of it."""

import dataclasses
import importlib
import json
import pathlib

import pytest

from apps import commands
from apps.configuration import RunConfiguration

ROOT = pathlib.Path(__file__).parent.parent.parent
NAMES = sorted(path.parent.name for path in ROOT.glob("apps/*/app.py"))
SMALL = {
    "atari": dict(steps=200, games=2),
    "dates": dict(examples=600, epochs=2, batch_size=32, test_examples=300, encoder_units=8),
    "debias": dict(epochs=2),
    "detection": dict(examples=24, epochs=2, batch_size=8, height=64, width=80),
    "digits": dict(examples=600, epochs=2, batch_size=32, canvases=4),
    "embeddings": dict(examples=3000, epochs=2, batch_size=8, units=8),
    "generate": dict(epochs=2, units=(16,), code=3, made=40, draws=4),
    "gridworld": dict(agents=1000, steps=100, games=20, seeds=1),
    "ner": dict(examples=300, epochs=2, batch_size=16, units=8, embedding_units=8),
    "sentiment": dict(examples=600, epochs=2, batch_size=32, units=8, embedding_units=8),
}


@pytest.mark.parametrize("name", NAMES)
def test_the_folder_has_the_same_few_files(name):
    app = importlib.import_module(f"apps.{name}.app")
    assert app.__doc__.splitlines()[0].endswith(".")
    assert issubclass(app.Config, RunConfiguration) and dataclasses.fields(app.Config())
    functions = {"model": ["endpoints"], "report": ["figures", "pictures"], "answers": ["lines"]}
    if _learns_by_fit(name):
        functions |= {"data": ["pipeline"], "model": ["build", "endpoints"]}
    else:
        functions["learner"] = ["Learner"]
    for file, names in functions.items():
        part = importlib.import_module(f"apps.{name}.{file}")
        for function in names:
            assert callable(getattr(part, function)), (file, function)
    readme = (ROOT / "apps" / name / "README.md").read_text("utf-8")
    for heading in ("## Run", "## Results", "## Differences from the paper"):
        assert heading in readme


@pytest.mark.parametrize("name", NAMES)
def test_the_whole_way_leaves_all_of_it(name, tmp_path, capsys):
    app = importlib.import_module(f"apps.{name}.app")
    config = app.Config(**SMALL[name], run=str(tmp_path / "run"))
    commands.whole_way(app, name, config)
    run = tmp_path / "run"
    recorded = json.loads((run / "run.json").read_text("utf-8"))
    assert recorded["configuration"] == json.loads(json.dumps(dataclasses.asdict(config)))
    assert {"keras", "tensorflow", "numpy", "python"} <= set(recorded["versions"])
    history = json.loads((run / "history.json").read_text("utf-8"))
    assert len({len(values) for values in history.values()}) == 1
    if _learns_by_fit(name):
        assert len(history["loss"]) == len(history["val_loss"]) == config.epochs
    for file in ("assets.json", "checkpoint.npz", "model.keras", "report.json"):
        assert (run / file).stat().st_size > 0
    assert (run / "saved_model" / "saved_model.pb").exists()
    pictures = sorted((run / "pictures").glob("*.png"))
    assert len(pictures) >= 3 and run / "pictures" / "learning_curves.png" in pictures
    assert not list(run.rglob("*partial*"))
    answers = capsys.readouterr().out.splitlines()[-len(app.SHOWN) :]
    assert all(shown in answer for shown, answer in zip(app.SHOWN, answers, strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_the_shipped_model_answers_as_its_card_says(name, capsys):
    app = importlib.import_module(f"apps.{name}.app")
    commands.predict(app, name, app.Config(), app.SHOWN)
    card = (ROOT / "saved_models" / name / "README.md").read_text("utf-8")
    for line in capsys.readouterr().out.splitlines():
        assert line in card


def _learns_by_fit(name):
    return not (ROOT / "apps" / name / "learner.py").exists()
