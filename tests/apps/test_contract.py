"""Holds every application to the contract, and every shipped model to its card."""

import pathlib
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from apps import APPLICATIONS
from keras_dl.application.check import check
from keras_dl.application.command_line import main
from keras_dl.application.endpoint_checks import (
    check_damaged_images,
    check_empty_batch,
    example_outputs,
)
from keras_dl.application.flags import predict_flags
from keras_dl.application.typed import flag_of

ROOT = pathlib.Path(__file__).parents[2]

pytestmark = pytest.mark.timeout(900)
every_application = pytest.mark.parametrize("app", APPLICATIONS, ids=lambda app: app.name)
FAST = ("gridworld",)  # the last test has all of them
SLOW = ("atari", "style")  # a whole game, and a hundred steps: a dozen seconds each


@pytest.mark.parametrize(
    "app", [each for each in APPLICATIONS if each.name in FAST], ids=lambda app: app.name
)
def test_the_contract_holds(app, tmp_path):
    for name, run_check in check(app, tmp_path):
        if name != "resuming":  # see the last test, which has all applications
            run_check()


@pytest.mark.parametrize(
    ("app", "model"),
    [
        pytest.param(each, path, marks=[pytest.mark.slow] * (each.name in SLOW), id=path.name)
        for each in APPLICATIONS
        for path in each.models
    ],
)
def test_each_shipped_model_predicts_as_its_card_says(app, model, capsys, tmp_path):
    files = ["--output-dir", str(tmp_path)] if "output_dir" in vars(predict_flags(app)()) else []
    inputs = app.demo_inputs[: 1 if app.name == "atari" else None]  # a game takes ten seconds
    main([app], [app.name, "predict", "--model", str(model), *files, "--", *inputs], "")
    card = (model / "README.md").read_text("utf-8")
    predicted = capsys.readouterr().out.splitlines()
    assert len(predicted) == len(inputs)
    for line in predicted:
        line = line.replace(str(tmp_path), f"runs/{app.name}/predictions")
        assert line.replace(f"{ROOT}/", "") in card


@every_application
def test_the_page_has_its_sections(app):
    page = (ROOT / "apps" / app.name / "README.md").read_text("utf-8")
    for heading in ("## Run", "## Results", "## Differences from the paper"):
        assert heading in page


@pytest.mark.slow
@every_application
def test_the_whole_contract_holds_and_what_is_done_again_is_the_same(app, tmp_path):
    """The whole contract; shipped models are exported again; `kill -9` changes no training."""
    for path in app.models:
        _export_shipped_again(app, path, tmp_path / "again" / path.name)
    for _, run_check in check(app, tmp_path):
        run_check()
    _kill_and_resume(app, tmp_path / "run", tmp_path / "broken")


def _export_shipped_again(app, path, directory):
    from keras_dl import export
    from keras_dl.application import commands

    commands.export(app, model=str(path), to=str(directory))
    shipped, again = export.load(path), export.load(directory)
    trained = commands.trained_of_saved_model(app, path)
    for name, endpoint in app.endpoints(*trained).items():
        check_empty_batch(name, shipped.signatures[name], endpoint)
        check_damaged_images(name, shipped.signatures[name], endpoint)
        found = [example_outputs(each.signatures[name], endpoint) for each in (shipped, again)]
        assert found[0].keys() == found[1].keys()
        for key, value in found[0].items():
            if value.dtype == "uint8":  # an image that another machine has computed
                assert np.abs(found[1][key] - value.astype(int)).max() <= 1, f"{name} {key}"
            else:
                np.testing.assert_array_equal(found[1][key], value, err_msg=f"{name} {key}")


def _kill_and_resume(app, whole, broken):
    """Kills a process at its beginning, where `check` ends a training in its middle."""
    import keras

    train = [sys.executable, "-m", "apps", app.name, "train"]
    names = set(app.configs.train.__dataclass_fields__)
    flags = []
    for name, value in app.smoke.items():
        if name in names:
            values = value if isinstance(value, tuple) else (value,)
            flags += [flag_of(name), *map(str, values)]
    options = {"cwd": ROOT, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    training = subprocess.Popen([*train, *flags, "--run-dir", broken], **options)
    # The first checkpoint is written before the first step. Training without steps has none.
    begun = "checkpoint.npz" if (whole / "checkpoint.npz").exists() else "run.json"
    while not (broken / begun).exists():
        assert training.poll() is None
        time.sleep(0.001)
    training.send_signal(signal.SIGKILL)
    training.communicate()
    assert not (broken / "model.keras").exists(), "it was over before it was killed"
    subprocess.run([*train, "--resume", "--run-dir", broken], check=True, **options)
    weights = [
        keras.saving.load_model(each / "model.keras", compile=False).get_weights()
        for each in (whole, broken)
    ]
    for one, other in zip(*weights, strict=True):
        np.testing.assert_array_equal(one, other)
