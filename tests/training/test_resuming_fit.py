"""Runs that are broken off and resumed, against runs that are not."""

import json
import shutil
import signal

import keras
import pytest

from keras_dl.training import Checkpoint, run


def test_killed_run_resumes_to_the_same_bits(program, start, tmp_path, whole):
    """One seed repeats a run in another process, too: its first half comes from there."""
    killed = start("train_until_killed", tmp_path)
    output, _ = killed.communicate(timeout=400)
    assert killed.returncode == -signal.SIGKILL, output
    checkpoint = Checkpoint.load(tmp_path / "checkpoint.npz")
    assert (checkpoint.epoch, checkpoint.batch) == (1, 5)

    program.assert_same_bits(program.resume(tmp_path), whole)
    written = json.loads((tmp_path / "history.json").read_text())
    assert written == whole[1].history
    assert list(written) == ["loss", "mae", "val_loss", "val_mae"]
    assert {len(values) for values in written.values()} == {3}


def loss_scaled():
    # Overflows at the first batches and grows every third: the scale changes all the time.
    inner = keras.optimizers.Adam(0.01)
    options = {"initial_scale": 2.0**20, "dynamic_growth_steps": 3}
    return {"optimizer": keras.optimizers.LossScaleOptimizer(inner, **options)}


VARIANTS = {
    "mixed_float16": ("mixed_float16", loss_scaled, 3),
    "mixed_bfloat16, several_steps_a_call": (
        "mixed_bfloat16",
        lambda: {"steps_per_execution": 4},
        4,
    ),
    "averaged_weights, metric_by_name": (
        "float32",
        lambda: {"optimizer": keras.optimizers.SGD(use_ema=True), "metrics": ["mae"]},
        3,
    ),
}


@pytest.mark.parametrize(("policy", "options", "batch"), VARIANTS.values(), ids=VARIANTS)
def test_broken_run_resumes_to_the_same_bits(
    program, tmp_path, monkeypatch, policy, options, batch
):
    """What a kill would leave is copied while the run goes on: a run more takes a second."""
    keras.config.set_dtype_policy(policy)
    monkeypatch.setattr(run, "SECONDS_BETWEEN_CHECKPOINTS", 0)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    step = options().get("steps_per_execution", 1)
    stop = program.Stop(batch + step, lambda: shutil.copytree(whole, broken))
    model, data = program.make_model(**options()), program.validation_data()
    history = program.fit(model, whole, callbacks=[stop], validation_data=data)
    checkpoint = Checkpoint.load(broken / "checkpoint.npz")
    assert (checkpoint.epoch, checkpoint.batch) == (1, batch)
    program.assert_same_bits(program.resume(broken, **options()), (model, history))


def test_run_broken_off_twice_in_an_epoch(program, tmp_path, monkeypatch, whole):
    monkeypatch.setattr(run, "SECONDS_BETWEEN_CHECKPOINTS", 0)
    model, data = program.make_model(), program.validation_data()
    # Keras counts the batches of a part from the beginning of that part.
    for batch, done in [(4, 3), (3, 5)]:
        stop = program.Stop(batch, program.break_off)
        options = {"validation_data": data, "callbacks": [stop], "resume": True}
        with pytest.raises(program.BrokenOff):
            program.fit(model, tmp_path, **options)
        assert Checkpoint.load(tmp_path / "checkpoint.npz").batch == done
    program.assert_same_bits(program.resume(tmp_path), whole)


def test_float16_scales_the_loss(program):
    keras.config.set_dtype_policy("mixed_float16")
    assert isinstance(program.make_model().optimizer, keras.optimizers.LossScaleOptimizer)


def test_more_epochs_continue_a_finished_run(program, tmp_path, whole):
    data = program.validation_data()
    program.fit(program.make_model(), tmp_path, epochs=2, validation_data=data)
    program.assert_same_bits(program.resume(tmp_path), whole)


def test_finished_run_trains_nothing(program, tmp_path):
    model = program.make_model(optimizer=keras.optimizers.SGD(use_ema=True))
    history = program.fit(model, tmp_path, epochs=1)
    again = program.make_model(optimizer=keras.optimizers.SGD(use_ema=True))
    again_history = program.fit(
        again, tmp_path, epochs=1, resume=True, callbacks=[program.BreakAtOnce()]
    )
    program.assert_same_bits((again, again_history), (model, history))


def test_resume_without_checkpoint_begins_anew(program, tmp_path):
    history = program.fit(program.make_model(), tmp_path, epochs=1, resume=True)
    assert history.epoch == [0]


def test_new_run_replaces_an_old_one_at_once(program, tmp_path):
    program.fit(program.make_model(), tmp_path, epochs=1)
    with pytest.raises(program.BrokenOff):
        program.fit(program.make_model(), tmp_path, callbacks=[program.BreakAtOnce()])
    assert Checkpoint.load(tmp_path / "checkpoint.npz").epoch == 0
    assert not (tmp_path / "history.json").exists()


def test_resume_with_other_steps_is_refused(program, tmp_path):
    program.fit(program.make_model(), tmp_path, epochs=1)
    with pytest.raises(ValueError, match=r"Received steps_per_epoch 4,.* batch 0 of 8"):
        program.fit(program.make_model(), tmp_path, resume=True, steps_per_epoch=4)
