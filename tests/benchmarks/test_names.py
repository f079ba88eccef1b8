"""Benchmarks, which take too long to run here, use only names that exist."""

import ast
import importlib
import importlib.util
import pathlib

import pytest

FILES = sorted(pathlib.Path(__file__).parents[2].glob("benchmarks/*.py"))


def missing(source):
    """Returns the names of ours that a file imports or takes from a room, and that are missing."""
    tree, rooms, wrong = ast.parse(source), {}, []
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or node.module.split(".")[0] not in (
            "apps",
            "keras_dl",
        ):
            continue
        module = importlib.import_module(node.module)
        for alias in node.names:
            name = f"{node.module}.{alias.name}"
            if not hasattr(module, alias.name) and not importlib.util.find_spec(name):
                wrong.append(name)
            elif node.module == "keras_dl":
                rooms[alias.asname or alias.name] = importlib.import_module(name)
    for node in ast.walk(tree):
        of_room = isinstance(node, ast.Attribute) and getattr(node.value, "id", "") in rooms
        if of_room and not hasattr(rooms[node.value.id], node.attr):
            wrong.append(f"{node.value.id}.{node.attr}")
    return wrong


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_name_is_there(path):
    assert missing(path.read_text("utf-8")) == []


def test_a_name_that_is_not_there_is_found():
    assert missing("from keras_dl import rl\nrl.fit()") == ["rl.fit"]
