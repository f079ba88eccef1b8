import os
import pathlib
import subprocess
import sys

import pytest

from apps.__main__ import STEPS, main

ROOT = pathlib.Path(__file__).parent.parent.parent
NAMES = sorted(path.parent.name for path in ROOT.glob("apps/*/app.py"))


def _fails_with_one_line(capsys, arguments):
    assert main(arguments) == 2
    output = capsys.readouterr()
    assert output.out == "" and output.err.count("\n") == 1
    return output.err


def test_the_list_names_every_application(capsys):
    assert main([]) == 0
    listed = capsys.readouterr().out
    assert all(f"\n  {name} " in listed for name in NAMES)
    assert all(f"\n  {step} " in listed for step in STEPS)


@pytest.mark.parametrize("name", NAMES)
def test_help_lists_every_field_without_loading_keras(name):
    code = (
        "import sys; from apps.__main__ import main\n"
        "try:\n    main([sys.argv[1], '--help'])\n"
        "except SystemExit: pass\n"
        "assert not {'keras', 'tensorflow', 'numpy', 'keras_dl'} & set(sys.modules)"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "40"}
    done = subprocess.run(
        [sys.executable, "-c", code, name], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    for flag in ("--epochs", "--seed", "--precision", "--resume", "--run", "--model"):
        assert flag in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["date"], "there is no application 'date'. Did you mean dates?"),
        (["dates", "--epocs", "3"], "unknown argument '--epocs'"),
        (["dates", "train", "--epochs", "0"], "--epochs must be positive. Received 0"),
        (["dates", "train", "--epochs", "many"], "--epochs"),
        (["dates", "train", "--learning-rate", "-1"], "--learning-rate must be positive"),
        (["dates", "train", "--seed", "-1"], "--seed must not be negative. Received -1"),
        (["dates", "--precision", "float8"], "Expected one of ('float32', 'mixed_bfloat16'"),
        (["dates", "train", "today"], "unknown argument 'today'"),
        (["dates", "predict", "--order", "YDM", "x"], "invalid choice 'YDM'"),
        (["dates", "predict", "--model", "/no/where", "x"], "/no/where"),
        (["dates", "export", "--run", "/no/where"], "/no/where holds no run"),
        (["dates", "train", "--resume", "--run", "/no/where"], "/no/where holds no run"),
        (["dates", "train", "--examples", "20", "--run", "{folder}/a"], "Received 20 rows"),
        (["dates", "train", "--run", "{folder}/file/run"], "file"),
        (["dates", "train", "--devices", "99", "--run", "{folder}/b"], "Received 99"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(capsys, tmp_path, arguments, message):
    (tmp_path / "file").write_text("not a folder")
    arguments = [argument.format(folder=tmp_path) for argument in arguments]
    assert message in _fails_with_one_line(capsys, arguments)


def test_a_defect_keeps_its_traceback(monkeypatch):
    from apps import commands

    monkeypatch.setattr(commands, "evaluate", lambda *_: int("defect"))
    with pytest.raises(ValueError, match="defect"):
        main(["dates", "evaluate"])
