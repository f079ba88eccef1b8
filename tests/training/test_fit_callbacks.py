import io
import re
import types

from keras_dl.training import fit_callbacks


def test_a_line_an_epoch(program, tmp_path, capsys):
    program.fit(program.make_model(), tmp_path, epochs=2, validation_data=program.validation_data())
    figures = r" - \d+\.\d s - loss [\d.]+ - mae [\d.]+ - val_loss [\d.]+ - val_mae [\d.]+\n"
    assert re.fullmatch(f"epoch 1/2{figures}epoch 2/2{figures}", capsys.readouterr().out)


def test_lines_within_long_epochs(program, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(fit_callbacks, "SECONDS_BETWEEN_LINES", 0)
    program.fit(program.make_model(), tmp_path, epochs=1)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" - ")[0] for line in lines] == [
        *[f"epoch 1/1, batch {batch}/8" for batch in range(1, 8)],
        "epoch 1/1",
    ]
    assert all("loss" in line for line in lines)


def test_batches_of_a_resumed_epoch_are_counted_from_its_beginning(capsys, monkeypatch):
    monkeypatch.setattr(fit_callbacks, "SECONDS_BETWEEN_LINES", 0)
    lines = fit_callbacks.ProgressLines(epochs=3, steps_per_epoch=8, first_batch=5)
    lines.on_epoch_begin(1)
    lines.on_train_batch_end(0, {"loss": 1234567.0, "confusion": [1, 2]})
    output = capsys.readouterr().out
    assert output == "epoch 2/3, batch 6/8 - 0.0 s - loss 1.235e+06 - confusion [1, 2]\n"


def test_the_time_that_is_left(capsys, monkeypatch):
    clock = iter([0.0, 31.0, 31.0, 80.0, 80.0, 200.0])
    fake = types.SimpleNamespace(monotonic=lambda: next(clock))
    monkeypatch.setattr(fit_callbacks, "time", fake)
    lines = fit_callbacks.ProgressLines(epochs=4, steps_per_epoch=8, first_batch=2)
    lines.on_epoch_begin(1)
    lines.on_train_batch_end(1)  # two batches in 31 s, and 4 + 2 x 8 are left
    lines.on_epoch_end(1)  # six in 80 s, and 16 are left
    lines.on_epoch_begin(3)
    lines.on_epoch_end(3)
    assert capsys.readouterr().out.splitlines() == [
        "epoch 2/4, batch 4/8 - 31.0 s - about 5 min left",
        "epoch 2/4 - 80.0 s - about 4 min left",
        "epoch 4/4 - 120.0 s",
    ]


def test_bar_of_keras_on_a_terminal(program, tmp_path, monkeypatch):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr("sys.stdout", terminal)
    program.fit(program.make_model(), tmp_path, epochs=2)
    assert "Epoch 2/2" in terminal.getvalue()
    assert "8/8" in terminal.getvalue()
    assert "\b" in terminal.getvalue()
    assert "epoch 2/2 -" not in terminal.getvalue()
