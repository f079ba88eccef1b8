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
    for flag in ("--seed", "--resume", "--run", "--model"):
        assert flag in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["date"], "there is no application 'date'. Did you mean dates?"),
        (["dates", "--epocs", "3"], "unknown argument '--epocs'"),
        (["dates", "train", "--epochs", "0"], "--epochs must be at least 1. Received 0"),
        (["dates", "train", "--epochs", "many"], "--epochs"),
        (["dates", "train", "--learning-rate", "-1"], "--learning-rate must be positive"),
        (["dates", "train", "--learning-rate", "inf"], "Received inf"),
        (["dates", "train", "--seed", "-1"], "--seed must be from 0 to 4294967295. Received -1"),
        (["dates", "train", "--seed", "99999999999"], "Received 99999999999"),
        (["dates", "train", "--dropout", "2"], "--dropout must be at least 0 and below 1"),
        (["dates", "train", "--encoder-units", "0"], "--encoder-units must be at least 1"),
        (["dates", "evaluate", "--test-examples", "0"], "--test-examples must be at least 1"),
        (["dates", "--precision", "float8"], "Expected one of ('float32', 'mixed_bfloat16'"),
        (["dates", "train", "today"], "unknown argument 'today'"),
        (["dates", "predict", "--order", "YDM", "x"], "invalid choice 'YDM'"),
        (["dates", "predict", "--model", "/no/where", "x"], "/no/where"),
        (["dates", "predict", "-5", "x"], "inputs that begin with a dash come after --"),
        (["dates", "export", "--run", "/no/where"], "/no/where holds no run"),
        (["dates", "evaluate", "--run", "/no/where"], "/no/where holds no run"),
        (["dates", "plot", "--run", "{folder}/run"], "{folder}/run/saved_model"),
        (["dates", "export", "--run", "{folder}/run"], "no model.keras"),
        (["dates", "train", "--resume", "--run", "{folder}/run", "--seed", "5"], "--seed can't"),
        (["dates", "train", "--resume", "--run", "{folder}/broken"], "run.json is damaged"),
        (["dates", "export", "--run", "{folder}/broken"], "model.keras is damaged"),
        (["dates", "train", "--resume", "--run", "/no/where"], "/no/where holds no run"),
        (["dates", "train", "--examples", "20", "--run", "{folder}/a"], "Received 20 rows"),
        (["dates", "train", "--run", "{folder}/file/run"], "file"),
        (["dates", "train", "--devices", "99", "--run", "{folder}/b"], "Received 99"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(capsys, tmp_path, arguments, message):
    (tmp_path / "file").write_text("not a folder")
    for name, content in (("run", '{"configuration": {"seed": 3}}'), ("broken", "{")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text(content)
    (tmp_path / "broken" / "model.keras").write_text("junk")
    arguments = [argument.format(folder=tmp_path) for argument in arguments]
    assert message.format(folder=tmp_path) in _fails_with_one_line(capsys, arguments)


def test_a_defect_keeps_its_traceback(monkeypatch):
    from apps import commands

    # Raised by C code that a line of ours calls, as most defects are.
    monkeypatch.setattr(commands, "_LINES_AT_ONCE", "many")
    with pytest.raises(ValueError, match="islice"):
        main(["dates", "predict", "1 May 2000"])


def _run(arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "apps", *arguments], cwd=ROOT, capture_output=True, **options
    )


def test_standard_error_holds_one_line_and_nothing_of_tensorflow():
    done = _run(["dates", "predict", "--model", "/no/where", "1 May 2000"])
    assert done.returncode == 2
    assert done.stderr.decode().count("\n") == 1 and b"/no/where" in done.stderr


def test_predict_reads_whatever_comes_through_a_pipe():
    lines = [b"3 mai 1979", b"", b"\xff\xfe 2", b"x" * 10_000, b"02-03-2016\r", b"1 May 2000"] * 400
    done = _run(["dates", "predict", "--order", "MDY"], input=b"\n".join(lines))
    answers = done.stdout.decode().splitlines()
    assert done.returncode == 0 and done.stderr == b"" and len(answers) == len(lines)
    for place in (0, 6, 1200, 2394):
        dates = [answer.split("\t")[1] for answer in answers[place : place + 6]]
        assert dates == ["1979-05-03", "", "", "", "2016-02-03", "2000-05-01"]


def test_a_reader_that_leaves_is_no_error():
    command = f"yes '1 May 2000' | head -5000 | {sys.executable} -m apps dates predict | head -1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout.startswith("1 May 2000\t2000-05-01\t") and done.stderr == ""


def test_inputs_after_two_dashes_may_begin_with_a_dash():
    done = _run(["dates", "predict", "--", "-5 March 2010", "- 1 May 2000"])
    assert [line.split("\t")[0] for line in done.stdout.decode().splitlines()] == [
        "-5 March 2010",
        "- 1 May 2000",
    ]


def test_a_step_of_one_application_alone_is_listed_and_runs(monkeypatch, capsys, tmp_path):
    from matplotlib.figure import Figure

    from apps.dates import app

    def tell(config):
        print(f"told with seed {config.seed}")
        return {"empty": Figure()}

    monkeypatch.setattr(app, "STEPS", {"tell": "tells its seed"}, raising=False)
    monkeypatch.setattr(app, "tell", tell, raising=False)
    assert main([]) == 0
    assert "\n  dates tell       tells its seed\n" in capsys.readouterr().out
    assert main(["dates", "tell", "--seed", "7", "--run", str(tmp_path)]) == 0
    picture = tmp_path / "tell" / "empty.png"
    assert capsys.readouterr().out == f"told with seed 7\n{picture}\n"
    assert picture.stat().st_size > 0
    assert "unknown argument 'tell'" in _fails_with_one_line(capsys, ["ner", "tell"])
