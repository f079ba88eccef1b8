"""Every public part is put to work: an application, a command or a benchmark uses it."""

import ast
import importlib
import inspect
import pathlib

import keras_dl

ROOT = pathlib.Path(__file__).parent.parent
# Parts that no application uses yet, by what they wait for, or by why they stand alone.
WAITING = {
    "curves of detection, metrics to follow in fit": "precision_recall YOLOMeanAveragePrecision "
    "EntityPrecision EntityRecall BLEU ChrF ModifiedPrecision NGramPrecision NGramRecall "
    "ngram_scores",
    "networks and cells of the course, used by themselves": "alexnet feed_forward googlenet "
    "inception_v3 inverse_cdf_network InverseCDF reverse_update_gate",
    "speech recognition, more tasks to follow": "read_transcripts",
    "checkpoints by themselves": "Checkpoint",
}


def _public():
    """Returns the public parts: names, with the file that defines each."""
    found = {}
    for room in keras_dl.__all__:
        module = importlib.import_module(f"keras_dl.{room}")
        for name in module.__all__:
            part = getattr(module, name)
            file = getattr(inspect.unwrap(part), "__module__", module.__name__)
            found[room, name] = ROOT / f"{file.replace('.', '/')}.py"
    return found


def _words(path):
    """Returns the identifiers in a file, without its docstrings and the imports of packages."""
    tree = ast.parse(path.read_text("utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names |= {alias.name for alias in node.names}
    return names


def unused(public):
    """Returns the parts that no application, command or benchmark reaches."""
    files = [*ROOT.glob("apps/**/*.py"), *ROOT.glob("benchmarks/*.py")]
    files += [*ROOT.glob("keras_dl/application/*.py")]
    seen, words = set(), set()
    while files:
        for path in files:
            words |= _words(path)
        seen |= set(files)
        used = {path for (_, name), path in public.items() if name in words}
        files = [path for path in used - seen if path.exists()]
    return {part for part in public if part[1] not in words}


def test_every_public_part_is_used():
    waiting = {name for names in WAITING.values() for name in names.split()}
    assert {name for _, name in unused(_public())} == waiting


def test_a_part_that_nothing_uses_is_found():
    nowhere = ROOT / "keras_dl" / "layers" / "crf.py"
    assert unused({("layers", "UsedByNobody"): nowhere}) == {("layers", "UsedByNobody")}
