"""Private names of Keras, TensorFlow and others that the code uses: all are in one list."""

import ast
import pathlib

import keras
import pytest

ROOT = pathlib.Path(__file__).parent.parent
FILES = [*ROOT.glob("keras_dl/**/*.py"), *ROOT.glob("apps/**/*.py")]
# Eight at most. A release of Keras may change them; then this says where to look.
USED = {
    # Keras documents it for `update_step`; its own optimizers have no other way to their variables.
    "keras_dl/optimizers/fused_adam.py": {"_get_variable_index"},
}
# Of named tuples and of `os`, as documented.
PUBLIC = {"_asdict", "_exit", "_fields", "_make", "_replace"}


OF_KERAS = {
    name
    for each in (
        keras.Model(),
        keras.optimizers.Adam(),
        keras.metrics.Mean(),
        keras.losses.MeanSquaredError(),
        keras.callbacks.Callback(),
    )
    for name in dir(each)
}


def _private(name):
    return name.startswith("_") and not name.startswith("__") and name not in {"_", *PUBLIC}


def _named(tree):
    """Returns the private names that code reads of objects, by strings too, or imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("getattr", "hasattr"):
            yield from (arg.value for arg in node.args if isinstance(arg, ast.Constant))
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                yield from f"{getattr(node, 'module', '')}.{alias.name}".split(".")


def _made(tree):
    """Returns the names that code makes: functions, classes, variables and attributes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.id if isinstance(node, ast.Name) else node.attr


def foreign(text, inherited=frozenset()):
    """Returns the private names in a file that are not its own, or that hide one of Keras."""
    tree = ast.parse(text)
    own = {*inherited, *_made(tree)}
    found = {name for name in _named(tree) if isinstance(name, str)} - own
    for node in ast.walk(tree):
        bases = node.bases if isinstance(node, ast.ClassDef) else ()
        if any(ast.unparse(base).startswith("keras.") for base in bases):
            found |= set(_made(node)) & OF_KERAS
    return {name for name in found if _private(name)}


def test_every_private_name_is_in_the_list():
    texts = {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in FILES}
    inherited = {name for text in texts.values() for name in _made(ast.parse(text))} - OF_KERAS
    found = {path: foreign(text, inherited) for path, text in texts.items()}
    assert {path: names for path, names in found.items() if names} == USED
    assert sum(map(len, USED.values())) <= 8


@pytest.mark.parametrize(
    "text",
    [
        "model._tracker.unlock()",
        "getattr(model, '_tracker')",
        "from keras import _tracker",
        "class A(keras.layers.Layer):\n    def f(self):\n        self._tracker = 1",
        "class A(keras.layers.Layer):\n    def _tracker(self):\n        pass",
    ],
)
def test_the_rule_catches(text):
    assert foreign(text) == {"_tracker"}
