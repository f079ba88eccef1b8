"""The command line over the smallest application: flags, inputs, errors, exit codes."""

import dataclasses
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import warnings

import pytest

from apps import APPLICATIONS
from keras_dl.application import Command, Config, Configs, FitConfig, Metric, Report, UserError
from keras_dl.application.command_line import COMMANDS, _images, main
from keras_dl.application.flags import peek

ROOT = pathlib.Path(__file__).parents[2]


@pytest.fixture
def call(spam, trained, capsys, monkeypatch, tmp_path):
    """Runs a command of `spam`; `{run}` and `{tmp}` stand for directories."""
    monkeypatch.chdir(tmp_path)

    def run(*words):
        words = [str(word).format(run=trained / "run", tmp=tmp_path) for word in words]
        code = main([spam.Spam()], ["spam", *words], "program")
        output = capsys.readouterr()
        return code, output.out, output.err

    return run


@pytest.mark.parametrize(
    ("words", "is_off"),
    [(["a"] * 20, True), (["a"] * 21, False), (["--input", "{tmp}/lines"], False), (["."], False)],
)
def test_graphs_are_optimized_for_many_inputs(spam, call, monkeypatch, tmp_path, words, is_off):
    import tensorflow as tf

    (tmp_path / "lines").write_text("a\n")
    found = []

    def predict_batch(self, served, rows, config):
        found.append(tf.config.optimizer.get_experimental_options())
        yield from ({"label": "ham", "confidence": 1.0} for _ in rows)

    monkeypatch.setattr(spam.Spam, "predict_batch", predict_batch)
    assert call("predict", "--run-dir", "{run}", *words)[0] == 0
    assert {each.get("disable_meta_optimizer", False) for each in found} == {is_off}
    assert not tf.config.optimizer.get_experimental_options().get("disable_meta_optimizer")


def test_the_list_names_every_application_and_command(capsys):
    assert main(APPLICATIONS, [], "python -m apps") == 0
    listed = capsys.readouterr().out
    for app in APPLICATIONS:
        assert f"\n  {app.name:12} {app.summary}\n" in listed
        assert all(f"{app.name} {name}" in listed for name in app.commands)
    assert all(f"\n  {name} " in listed for name in COMMANDS)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--epocs", "3"], "unknown argument '--epocs'. See `program spam --help`"),
        (["train", "--epochs", "0"], "--epochs must be at least 1. Received 0"),
        (["train", "--epochs", "many"], "--epochs must be a whole number. Received many. See"),
        (["train", "--learning-rate", "fast"], "--learning-rate must be a number. Received fast"),
        (["predct", "x"], "no command 'predct'. Did you mean predict?"),
        (["train", "--learning-rate", "inf"], "--learning-rate must be above 0. Received inf"),
        (["train", "--precision", "float8"], "Expected one of ('float32', 'mixed_bfloat16'"),
        (["train", "today"], "unknown argument 'today'. See `program spam train --help`.\n"),
        (["export", "--length", "-1"], "--length must be at least 0. Received -1"),
        (["train", "--format", "html"], "unknown argument '--format'"),
        (["evaluate", "--epochs", "3"], "unknown argument '--epochs'"),
        (["predict", "--format", "xml", "x"], "invalid choice 'xml'"),
        (["predict", "-x", "x"], "Put inputs that begin with a dash after --"),
        (["predict", "x"], "spam has no shipped model"),
        (["predict", "--model", "/no/where", "x"], "/no/where contains no SavedModel"),
        (["predict", "--run-dir", "{run}", "--input", "/no/where"], "/no/where"),
        (["predict", "--model", "{tmp}/other", "x"], "not a record of a run of spam"),
        (["predict", "--model", "{tmp}/junk", "x"], "junk is not a valid SavedModel"),
        (["evaluate", "--run-dir", "/no/where"], "/no/where contains no run"),
        (
            ["evaluate", "--run-dir", "{run}", "--output-dir", "{tmp}/file"],
            "file cannot be created: File",
        ),
        (["export"], "runs/spam contains no run"),
        (["export", "--run-dir", "{tmp}/begun"], "begun has no model.keras. Finish the training"),
        (["export", "--run-dir", "{tmp}/damaged"], "damaged/model.keras is damaged"),
        (["export", "--model", "{run}/saved_model"], "--model requires --to"),
        (["predict", "--plot", "--run-dir", "{run}", "x"], "unknown argument '--plot'"),
        (
            ["predict", "--run-dir", "{run}", "--model", "{run}/saved_model", "x"],
            "must not be used together",
        ),
        (
            ["export", "--model", "{tmp}/hollow", "--to", "{tmp}/new"],
            "hollow is not a valid SavedModel",
        ),
        (["train", "--run-dir", "{run}"], "already contains a run. Add --resume"),
        (["train", "--run-dir", "{tmp}/file"], "is a file"),
        (["train", "--run-dir", "{tmp}/link"], "link, which is a link to nothing. Choose another"),
        (["evaluate", "--run-dir", "/no/\x1b[31m"], "/no/␛[31m contains no run"),
        (["train", "--resume", "--run-dir", "/no/where"], "/no/where contains no run"),
        (
            ["train", "--resume", "--run-dir", "{tmp}/begun", "--seed", "5"],
            "--seed must not change",
        ),
        (["train", "--resume", "--run-dir", "{tmp}/broken"], "run.json is damaged"),
        (["train", "--devices", "99", "--run-dir", "{tmp}/new"], "Received 99. Use fewer devices"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(call, spam, trained, tmp_path, words, message):
    (tmp_path / "file").write_text("not a directory")
    record = (trained / "run" / "run.json").read_text("utf-8")
    files = {
        "begun/run.json": record,
        "damaged/run.json": record,
        "damaged/model.keras": "junk",
        "broken/run.json": "{",
        "junk/saved_model.pb": "junk",
        "hollow/assets.extra/run.json": record,
        "hollow/assets.extra/assets.json": "{}",
        "hollow/assets.extra/architecture.json": "[]",
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, "utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "nothing")
    if "{tmp}/other" in words:
        os.symlink(APPLICATIONS[-1].shipped, tmp_path / "other")
    code, out, error = call(*words)
    assert code == 2 and out == "" and error.count("\n") == 1
    assert error.startswith("spam: ") and message in error
    assert not (tmp_path / "new").exists()


def test_an_application_that_is_not_there_is_told(capsys):
    assert main(APPLICATIONS, ["date"], "python -m apps") == 2
    assert "no application 'date'. Did you mean dates?" in capsys.readouterr().err


@pytest.mark.parametrize("source", [("--run-dir", "{run}"), ("--model", "{run}/saved_model")])
def test_flags_go_over_the_record_of_the_run(call, spam, monkeypatch, source):
    """What is given counts, also where it equals the default; what is not given is recorded."""
    measured = []

    @dataclasses.dataclass(frozen=True)
    class Measure(Config):
        batch_size: int = 128
        split: str = "dev"

    def measure(self, served, config):
        measured.append(config)
        return Report([Metric("accuracy", float("nan"))])

    monkeypatch.setattr(spam.Spam, "configs", Configs(train=FitConfig, measure=Measure))
    monkeypatch.setattr(spam.Spam, "measure", measure)
    for flags in ([], ["--batch-size", "128", "--split", "test"]):
        assert call("evaluate", *source, *flags, "--output-dir", "{tmp}/report")[0] == 0
    assert measured == [Measure(batch_size=2, split="dev"), Measure(128, "test")]
    assert json.loads(pathlib.Path("report/report.json").read_text("utf-8")) == {"accuracy": None}


def test_a_run_resumes_only_with_the_data_it_began_with(call, spam, trained, monkeypatch, tmp_path):
    @dataclasses.dataclass(frozen=True)
    class Assets:
        words: list[str]

    shutil.copytree(trained / "run", tmp_path / "run")
    (tmp_path / "run" / "assets.json").write_text('{"words": ["a"]}')
    data = spam.Spam.data
    monkeypatch.setattr(spam.Spam, "Assets", Assets)
    for words, code in ((["a"], 0), (["b"], 2)):
        changed = lambda self, config, words=words: dataclasses.replace(  # noqa: E731
            data(self, config), assets=Assets(words)
        )
        monkeypatch.setattr(spam.Spam, "data", changed)
        found, _, error = call("train", "--resume", "--run-dir", "{tmp}/run")
        assert found == code and ("assets.json does not match the data" in error) == bool(code)
    assert json.loads((tmp_path / "run" / "assets.json").read_text()) == {"words": ["a"]}


@pytest.mark.parametrize("missing", ["assets.json", "checkpoint.npz"])
def test_a_run_that_stopped_at_its_beginning_is_completed(call, trained, tmp_path, missing):
    shutil.copytree(trained / "run", tmp_path / "run")
    (tmp_path / "run" / missing).unlink()
    assert call("train", "--resume", "--run-dir", "{tmp}/run")[0] == 0
    assert (tmp_path / "run" / missing).exists()


def test_an_export_to_a_full_disk_is_one_line(call, monkeypatch):
    import tensorflow as tf

    def full(*_, **__):
        raise tf.errors.ResourceExhaustedError(None, None, "No space left on device")

    monkeypatch.setattr("keras_dl.export.export", full)
    code, out, error = call("export", "--run-dir", "{run}", "--to", "{tmp}/new")
    assert code == 2 and out == "" and error.count("\n") == 1
    assert "new cannot be written: No space left on device" in error


def test_a_directory_stands_for_its_images(tmp_path):
    for name in ("b.png", "a.JPG", "c.webp", "d.HEIC", "e.pgm", "._a.jpg", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    # An image that cannot be read has a record with an error.
    names = ("a.JPG", "b.png", "c.webp", "d.HEIC", "e.pgm")
    expected = [str(tmp_path / name) for name in names]
    assert list(_images(os.fsencode(tmp_path))) == expected
    assert list(_images(b"nowhere.png")) == ["nowhere.png"]


def test_streams_that_are_closed_or_narrow_end_nothing(call, monkeypatch):
    narrow = io.TextIOWrapper(io.BytesIO(), "ascii")
    monkeypatch.setattr("sys.stdout", narrow)
    monkeypatch.setattr("sys.stderr", None)
    monkeypatch.setattr("sys.stdin", None)
    assert call("predict", "--run-dir", "{run}", "2019\u5e74", "\udcff")[0] == 1
    sys.stderr.close()
    narrow.flush()
    first, second = narrow.buffer.getvalue().splitlines()
    assert first.startswith(b"2019\\u5e74\t") and second.startswith(b"\\ufffd\terror: ")


def test_warnings_about_data_show_no_code_and_no_commands_to_the_terminal(monkeypatch):
    monkeypatch.setattr(warnings, "formatwarning", warnings.formatwarning)  # restores it
    main([], ["--help"], "program")
    given = "images must be whole:\n\x1b[31m.png"
    shown = warnings.formatwarning(given, UserWarning, "code.py", 3, "warn()")
    assert shown == "images must be whole:\n␛[31m.png\n"
    assert "code.py:3" in warnings.formatwarning("old", DeprecationWarning, "code.py", 3, "warn()")


def test_predictions_come_from_words_a_file_and_a_pipe(call, monkeypatch, tmp_path):
    code, out, error = call("predict", "--run-dir", "{run}", "Win money!", "--", "-5 free pills")
    assert code == 0 and error == ""
    lines = out.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["Win money!", "-5 free pills"]
    (tmp_path / "in.txt").write_bytes(b"\xef\xbb\xbfWin money!\r\n\xff\xfe\n\n")
    code, out, error = call(
        "predict", "--run-dir", "{run}", "--input", "{tmp}/in.txt", "--format", "json"
    )
    assert code == 1 and error == "spam: \ufffd\ufffd: text must be UTF-8. Convert its encoding.\n"
    found = [json.loads(line) for line in out.splitlines()]
    assert [each["text"] for each in found] == ["Win money!", "\ufffd\ufffd", ""]
    assert lines[0].split("\t")[1] == found[0]["label"]
    monkeypatch.setattr("sys.stdin", None)
    assert "standard input is closed" in call("predict", "--run-dir", "{run}")[2]


def test_a_vector_is_a_flag_and_frames_are_watched(spam, capsys, monkeypatch):
    from page_case import Slide

    from keras_dl.application import commands

    monkeypatch.setattr(commands, "load", lambda app, **options: None)
    app = Slide()
    assert main([app], ["slide", "predict", "1 2 3", "--way", "0.5", "-2"], "") == 0
    assert main([app], ["slide", "predict", "1 2 3"], "") == 0
    assert capsys.readouterr().out == "1 2 3\t1.5 0 3\n1 2 3\t1 2 3\n"
    assert [frame.chosen for frame in app.watch(None, "1 2 3")] == ["stay"] * 3
    with pytest.raises(UserError, match="way must be"):
        next(app.watch(None, {"start": "1 2 3", "way": [9]}))
    assert list(spam.Spam().watch(None, "any")) == []


def test_a_failed_input_leaves_the_others_their_predictions(call, spam, monkeypatch):
    plain = spam.Spam.predict_batch

    def fails(self, served, rows, config):
        for row, record in zip(rows, plain(self, served, rows, config), strict=True):
            yield {"error": "no sense\x1b"} if row["text"] == "x" else record

    monkeypatch.setattr(spam.Spam, "predict_batch", fails)
    code, out, error = call("predict", "--run-dir", "{run}", "see you", "x", "win")
    assert code == 1 and error == "spam: x: no sense␛\n"
    assert [line.split("\t")[1][:5] for line in out.splitlines()][1] == "error"
    assert len(out.splitlines()) == 3


def test_evaluate_writes_what_it_prints(call, tmp_path):
    code, out, _ = call("evaluate", "--run-dir", "{run}", "--output-dir", "{tmp}/report")
    report = json.loads((tmp_path / "report" / "report.json").read_text("utf-8"))
    assert code == 0 and f"{'accuracy':44} {report['accuracy']:.4f}\n" in out
    plot = tmp_path / "report" / "plots" / "learning_curves.png"
    assert str(plot) in out and plot.stat().st_size > 0


def test_names_in_data_send_no_commands_to_the_terminal(call, spam, monkeypatch):
    name, data = "red\x1b[31m", spam.Spam.data

    def with_note(*given):
        return dataclasses.replace(data(*given), notes=[f"{name}: left out"])

    report = Report([Metric("images", 2, name)], notes=(name,))
    monkeypatch.setattr(spam.Spam, "data", with_note)
    monkeypatch.setattr(spam.Spam, "measure", lambda *_: report)
    trained = call("train", "--epochs", "1", "--run-dir", "{tmp}/new")
    measured = call("evaluate", "--run-dir", "{run}", "--output-dir", "{tmp}/report")
    for (code, out, _), count in ((trained, 1), (measured, 2)):
        assert code == 0 and out.count("red␛[31m") == count and "\x1b" not in out


def test_a_command_of_one_application_is_listed_and_runs(call, spam, monkeypatch, capsys):
    from matplotlib.figure import Figure

    def tell(config):
        print("told")
        return {"empty": Figure()}

    commands = {"tell": Command(tell, Config, "tells")}
    monkeypatch.setattr(spam.Spam, "commands", commands)
    assert call("tell") == (0, "told\nruns/spam/tell/empty.png\n", "")
    assert pathlib.Path("runs/spam/tell/empty.png").stat().st_size > 0
    assert main([spam.Spam()], [], "program") == 0
    assert "\n  spam tell         tells\n" in capsys.readouterr().out


def test_a_package_of_an_extra_that_is_missing_is_told_in_one_line(call, spam, monkeypatch):
    def data(self, config):
        raise ModuleNotFoundError(f"No module named {config.missing!r}", name=config.missing)

    @dataclasses.dataclass(frozen=True)
    class Train(FitConfig):
        missing: str = ""

    monkeypatch.setattr(spam.Spam, "configs", Configs(train=Train))
    monkeypatch.setattr(spam.Spam, "data", data)
    requires = ["tyro>=1.0", 'ale-py>=0.12; extra == "atari"', 'ale-py; extra == "test"']
    monkeypatch.setattr("importlib.metadata.requires", lambda name: requires)
    code, _, error = call("train", "--run-dir", "{tmp}/new", "--missing", "ale_py.roms")
    assert code == 2 and error.startswith("spam: No module named 'ale_py.roms'. Run: pip install ")
    assert error.endswith(" 'keras_dl[atari]'\n") and error.count("\n") == 1
    with pytest.raises(ModuleNotFoundError):  # a typo of ours
        call("train", "--run-dir", "{tmp}/new", "--missing", "tyro.none")


def test_a_defect_keeps_its_traceback(call, spam, monkeypatch):
    monkeypatch.setattr(spam.Spam, "predict_batch", lambda *_: [][0])
    with pytest.raises(IndexError):
        call("predict", "--run-dir", "{run}", "x")


def test_a_pipe_works_as_users_have_it():
    """One process for what only a process shows: streams, start of TensorFlow, a reader's end."""
    lines = "3 mai 1979\\n\\n02-03-2016\\r\\n" * 500
    program = f"{sys.executable} -m apps dates predict --order MDY"
    script = f"printf '{lines}' | {program} | head -3; echo ${{PIPESTATUS[1]}}"
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True)
    printed = re.sub(r"(0\.99\d|1\.000)\n", "sure\n", done.stdout)
    assert printed == "3 mai 1979\t1979-05-03\tsure\n\t\t0.000\n02-03-2016\t2016-02-03\tsure\n0\n"
    assert done.stderr == ""
    script = f"{sys.executable} -m apps | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_flags_are_known_in_both_spellings_and_only_before_the_inputs():
    words = ["--run_dir=first", "--model", "second", "--", "--run-dir", "third"]
    assert peek(words) == {"--run-dir": "first", "--model": "second"}
