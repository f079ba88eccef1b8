import importlib
import pathlib
import re
import sys

import pytest

GUIDE = pathlib.Path(__file__).parents[2] / "docs" / "guides" / "application.md"


@pytest.fixture(scope="session")
def spam(tmp_path_factory):
    """The module of the smallest application, as its guide prints it."""
    text = GUIDE.read_text("utf-8")
    source = re.search(r"<!-- application -->\n```py\n(.*?)^```$", text, re.M | re.S)[1]
    folder = tmp_path_factory.mktemp("spam")
    (folder / "spam.py").write_text(source, "utf-8")
    sys.path.insert(0, str(folder))
    yield importlib.import_module("spam")
    sys.path.remove(str(folder))


@pytest.fixture(scope="session")
def trained(spam, tmp_path_factory, exports_in_one_process):
    """A directory in which the contract finds a finished run."""
    from keras_dl.application import commands

    directory = tmp_path_factory.mktemp("contract")
    app, run = spam.Spam(), str(directory / "run")
    config = app.configs.train(**app.smoke)
    commands.train(app, config, run_dir=run)
    with exports_in_one_process():
        commands.export(app, run_dir=run)
    return directory
