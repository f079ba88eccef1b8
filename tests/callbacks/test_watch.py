"""Lines come when a figure crosses its limit, and only then."""

import pytest

from keras_dl import callbacks


def test_lines_of_trouble_and_return(capsys):
    watch = callbacks.Watch("diversity", 0.3, "one picture only", after=1)
    for epoch, value in enumerate([0.1, 0.5, 0.2, 0.1, 0.4, float("nan")]):
        watch.on_epoch_end(epoch, {"diversity": value})
    lines = capsys.readouterr().out.split("\n")
    assert [line for line in lines if line] == [
        "epoch 3: diversity is 0.2: one picture only",
        "epoch 5: diversity is 0.4: it has come back",
        "epoch 6: diversity is nan: one picture only",
    ]


def test_a_figure_that_is_not_there():
    with pytest.raises(KeyError):
        callbacks.Watch("diversity", 0.3, "").on_epoch_end(0, {"loss": 1.0})


def test_a_watch_that_resumes_knows_what_it_said(capsys):
    first, second = (callbacks.Watch("diversity", 0.3, "low") for _ in range(2))
    first.on_epoch_end(0, {"diversity": 0.1})
    second.set_state(first.get_state())
    second.on_epoch_end(1, {"diversity": 0.1})
    assert capsys.readouterr().out.count("low") == 1
