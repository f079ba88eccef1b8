"""What must not come into a process that plays: other frameworks, and threads of their own."""

import ast
import pathlib

ROOT = pathlib.Path(__file__).parent.parent.parent
PROGRAM = """
import sys
from apps.atari import model, report
from keras_dl import rl
rl.atari("pong", 2, seed=0)
rl.catch(2, seed=0)
print(sorted({"torch", "cv2", "stable_baselines3"} & set(sys.modules)))
"""


def test_no_other_framework_is_loaded(tensorflow_process):
    assert tensorflow_process.run(PROGRAM).splitlines()[-1] == "[]"


def test_peers_of_benchmarks_have_processes_of_their_own():
    """PyTorch beside TensorFlow in one process crashes, so no file knows both."""
    for path in ROOT.glob("benchmarks/*.py"):
        names = set()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add(node.module.split(".")[0])
        assert not (
            names & {"torch", "stable_baselines3"} and names & {"keras", "keras_dl", "tensorflow"}
        )
