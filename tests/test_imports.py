"""Holds the rules of who may know whom, by reading the imports."""

import ast
import pathlib

import pytest

ROOT = pathlib.Path(__file__).parent.parent
ROOMS = (
    "layers boxes losses metrics models decoding pipelines training embeddings rl export plots"
).split()
BACKEND_FREE = ("layers", "boxes", "losses", "metrics", "models")
FILES = sorted([*ROOT.glob("keras_dl/**/*.py"), *ROOT.glob("apps/**/*.py")])


def _imported(path):
    """Returns the modules that a file imports, with `from a import b` as `a.b`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def forbidden(path, imported):
    """Returns those of the imported modules that the file at a path may not know."""
    place = path.relative_to(ROOT).with_suffix("").parts
    wrong = {module for module in imported if module.startswith("keras.src")}
    if place[0] == "apps":
        own = ".".join(place[:2])
        others = {f"apps.{folder.parent.name}" for folder in ROOT.glob("apps/*/app.py")} - {own}
        return wrong | {m for m in imported if ".".join(m.split(".")[:2]) in others}
    wrong |= {module for module in imported if module.split(".")[0] == "apps"}
    if len(place) < 3:
        return wrong
    room = place[1]
    if room in BACKEND_FREE:
        backends = ("tensorflow", "jax", "torch")
        wrong |= {module for module in imported if module.split(".")[0] in backends}
    above = set(ROOMS[ROOMS.index(room) + 1 :])
    if room == "boxes":
        above.add("layers")
    if room == "metrics":
        above.add("losses")
    for module in imported:
        parts = module.split(".")
        if parts[0] == "keras_dl" and (len(parts) < 2 or parts[1] in above):
            wrong.add(module)
    return wrong


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_knows_only_whom_it_may(path):
    assert forbidden(path, _imported(path)) == set()


@pytest.mark.parametrize(
    "place, module",
    [
        ("keras_dl/layers/a.py", "tensorflow.data"),
        ("keras_dl/layers/a.py", "keras_dl.models.b"),
        ("keras_dl/boxes/a.py", "keras_dl.layers.b"),
        ("keras_dl/training/a.py", "keras_dl.export.b"),
        ("keras_dl/export/a.py", "apps.dates"),
        ("keras_dl/export/a.py", "keras.src.ops"),
        ("apps/configuration.py", "apps.dates.app"),
    ],
)
def test_the_rules_catch(place, module):
    assert forbidden(ROOT / place, {module}) == {module}


def test_every_room_is_in_the_list():
    rooms = {path.parent.name for path in ROOT.glob("keras_dl/*/__init__.py")}
    assert rooms <= set(ROOMS)
