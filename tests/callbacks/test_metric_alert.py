"""Lines are printed when a metric crosses its limit, and only then."""

import pytest

from keras_dl import callbacks


def test_a_warning_and_a_recovery(capsys):
    alert = callbacks.MetricAlert("diversity", 0.3, "one image only", start_from_epoch=1)
    for epoch, value in enumerate([0.1, 0.5, 0.2, 0.1, 0.4, float("nan")]):
        alert.on_epoch_end(epoch, {"diversity": value})
    lines = capsys.readouterr().out.split("\n")
    assert [line for line in lines if line] == [
        "epoch 3: diversity is 0.2: one image only",
        "epoch 5: diversity is 0.4: it has recovered",
        "epoch 6: diversity is nan: one image only",
    ]


def test_a_metric_that_is_not_in_the_logs():
    with pytest.raises(KeyError):
        callbacks.MetricAlert("diversity", 0.3, "").on_epoch_end(0, {"loss": 1.0})


def test_a_resumed_alert_does_not_repeat_its_warning(capsys):
    first, second = (callbacks.MetricAlert("diversity", 0.3, "low") for _ in range(2))
    first.on_epoch_end(0, {"diversity": 0.1})
    second.set_state(first.get_state())
    second.on_epoch_end(1, {"diversity": 0.1})
    assert capsys.readouterr().out.count("low") == 1
