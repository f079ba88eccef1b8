"""Holds the rules of who may know whom, by reading the imports."""

import ast
import itertools
import pathlib
import subprocess
import sys

import pytest

import keras_dl

ROOT = pathlib.Path(__file__).parent.parent
# A room knows those of the lines above its own.
LEVELS = [
    line.split()
    for line in (
        "layers boxes decoding optimizers",
        "losses metrics callbacks",
        "models",
        "pipelines",
        "training interpretation",
        "embeddings",
        "rl",
        "export",
        "plots",
        "application",
    )
]
BACKEND_FREE = list(itertools.chain(*LEVELS[:3]))
WITHOUT_KERAS = ("plots", "application")
# Files of `application` that know backends; the others import them where they run.
HEAVY = ("commands", "fitting")
FILES = sorted([*ROOT.glob("keras_dl/**/*.py"), *ROOT.glob("apps/**/*.py")])


def _imported(path, nodes=None):
    """Returns the modules that a file imports, with `from a import b` as `a.b`."""
    found = set()
    for node in nodes or ast.walk(ast.parse(path.read_text("utf-8"))):
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
    if place == ("apps", "__init__"):
        return wrong  # the list of applications
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
    level = next(number for number, rooms in enumerate(LEVELS) if room in rooms)
    known = {room, "typing", *itertools.chain(*LEVELS[:level])}
    for module in imported:
        parts = module.split(".")
        if parts[0] == "keras_dl" and (len(parts) < 2 or parts[1] not in known):
            wrong.add(module)
    return wrong


def test_every_file_knows_only_whom_it_may():
    found = {}
    for path in FILES:
        imported = _imported(path)
        if "keras_dl/optimizers/" in str(path):  # they may import TensorFlow where they run
            imported -= {"tensorflow"} - _imported(path, ast.parse(path.read_text("utf-8")).body)
        if wrong := forbidden(path, imported):
            found[str(path.relative_to(ROOT))] = wrong
    assert found == {}


@pytest.mark.parametrize(
    ("place", "module"),
    [
        ("keras_dl/layers/a.py", "tensorflow.data"),
        ("keras_dl/layers/a.py", "keras_dl.models.b"),
        ("keras_dl/boxes/a.py", "keras_dl.layers.b"),
        ("keras_dl/metrics/a.py", "keras_dl.losses.b"),
        ("keras_dl/optimizers/a.py", "tensorflow"),
        ("keras_dl/callbacks/a.py", "keras_dl.models.b"),
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
    assert rooms <= set(itertools.chain(*LEVELS))
    assert rooms == set(keras_dl.__all__) <= set(dir(keras_dl))


def half_imported(path, text):
    """Returns the lines of a file by which `import keras_dl.ROOM` could meet a room half imported.

    When Keras is first imported, keras_dl imports the rooms that register classes. So a room that
    knows Keras imports it before any file of its own, and no file imports a name from a room.
    """
    room, name = path.relative_to(ROOT).parts[1:]
    wrong = []
    statements = ast.parse(text).body
    imports = [node for node in statements if isinstance(node, ast.Import | ast.ImportFrom)]
    if name == "__init__.py":
        wrong += [] if ast.unparse(imports[0]) == "import keras" else [ast.unparse(imports[0])]
    for node in imports if name != "__init__.py" else ():
        module = getattr(node, "module", "").split(".")
        files = {path.stem for path in ROOT.glob(f"keras_dl/{module[-1]}/*.py")}
        if module[0] == "keras_dl" and len(module) == 2 and module[1] != "typing":
            wrong += [alias.name for alias in node.names if alias.name not in files]
    return wrong if room not in WITHOUT_KERAS else []


@pytest.mark.parametrize("room", sorted(set(itertools.chain(*LEVELS))))
def test_no_room_is_met_half_imported(room):
    for path in ROOT.glob(f"keras_dl/{room}/*.py"):
        assert half_imported(path, path.read_text("utf-8")) == [], path
        if room in WITHOUT_KERAS and path.stem not in HEAVY:
            above = {f"keras_dl.{each}" for each in WITHOUT_KERAS}
            top = _imported(path, ast.parse(path.read_text("utf-8")).body)
            heavy = {m for m in top if m.split(".")[0] in ("keras", "tensorflow", "keras_dl")}
            assert all(".".join(m.split(".")[:2]) in above for m in heavy), path
            assert not {m.split(".")[2] for m in heavy if m.count(".") > 1} & set(HEAVY), path


def test_the_rule_of_half_imported_rooms_catches():
    room = ROOT / "keras_dl/layers/__init__.py"
    assert half_imported(room, "from keras_dl.layers.crf import CRF\nimport keras") != []
    assert half_imported(room.with_name("crf.py"), "from keras_dl.losses import CRFLoss") != []


def test_a_name_that_is_no_room():
    with pytest.raises(AttributeError, match="has no attribute 'rooms'"):
        keras_dl.rooms  # noqa: B018


def test_rooms_are_there_without_an_import_and_the_package_is_light():
    script = """
import sys, keras_dl
assert not {"keras", "tensorflow", "numpy"} & set(sys.modules), "heavy"
import keras_dl.layers
import keras
assert "keras_dl>SkipGram" in keras.saving.get_custom_objects()
assert keras_dl.training.fit and keras_dl.plots
"""
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT)
