"""Runs that are broken off and resumed, against runs that are not."""

import json
import signal

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_dl.training import Checkpoint, run_keeper


class Stop(keras.callbacks.Callback):
    """Breaks the second epoch off after `batch` batches."""

    def __init__(self, batch, action):
        super().__init__()
        self.batch = batch
        self.action = action

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch + 1) == (1, self.batch):
            self.action()


class BrokenOff(Exception):
    pass


def break_off():
    raise BrokenOff


def assert_same_bits(program, run, other_run):
    (model, history), (other, other_history) = run, other_run
    for value, other_value in zip(program.state(model), program.state(other), strict=True):
        np.testing.assert_array_equal(value, other_value)
    assert history.history == other_history.history
    assert history.epoch == other_history.epoch


@pytest.fixture(scope="module")
def whole(program, tmp_path_factory):
    """The run that was never broken off."""
    model = program.make_model()
    data = program.validation_data()
    return model, program.fit(model, tmp_path_factory.mktemp("whole"), validation_data=data)


def resume(program, folder, **options):
    model = program.make_model(**options)
    model.set_weights([weight + 1 for weight in model.get_weights()])
    data = program.validation_data()
    return model, program.fit(model, folder, resume=True, validation_data=data)


def test_killed_run_resumes_to_the_same_bits(program, start, tmp_path, whole):
    """One seed repeats a run in another process, too: its first half comes from there."""
    killed = start("train_until_killed", tmp_path)
    output, _ = killed.communicate(timeout=120)
    assert killed.returncode == -signal.SIGKILL, output
    checkpoint = Checkpoint.load(tmp_path / "checkpoint.npz")
    assert (checkpoint.epoch, checkpoint.batch) == (1, 5)

    assert_same_bits(program, resume(program, tmp_path), whole)
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
    "mixed_bfloat16": ("mixed_bfloat16", dict, 3),
    "several_steps_a_call": ("float32", lambda: {"steps_per_execution": 4}, 4),
    "averaged_weights": ("float32", lambda: {"optimizer": keras.optimizers.SGD(use_ema=True)}, 3),
}


@pytest.mark.parametrize("policy, options, batch", VARIANTS.values(), ids=VARIANTS)
def test_broken_run_resumes_to_the_same_bits(
    program, tmp_path, monkeypatch, policy, options, batch
):
    keras.config.set_dtype_policy(policy)
    monkeypatch.setattr(run_keeper, "SECONDS_BETWEEN_CHECKPOINTS", 0)
    step = options().get("steps_per_execution", 1)
    stop = Stop(batch + step, break_off)
    with pytest.raises(BrokenOff):
        model, data = program.make_model(**options()), program.validation_data()
        program.fit(model, tmp_path / "broken", callbacks=[stop], validation_data=data)
    checkpoint = Checkpoint.load(tmp_path / "broken" / "checkpoint.npz")
    assert (checkpoint.epoch, checkpoint.batch) == (1, batch)

    unbroken = program.make_model(**options())
    history = program.fit(unbroken, tmp_path / "whole", validation_data=program.validation_data())
    resumed = resume(program, tmp_path / "broken", **options())
    assert_same_bits(program, resumed, (unbroken, history))


def test_run_broken_off_twice_in_an_epoch(program, tmp_path, monkeypatch, whole):
    monkeypatch.setattr(run_keeper, "SECONDS_BETWEEN_CHECKPOINTS", 0)
    data = program.validation_data()
    # Keras counts the batches of a part from the beginning of that part.
    for batch, done in [(4, 3), (3, 5)]:
        with pytest.raises(BrokenOff):
            model, stop = program.make_model(), Stop(batch, break_off)
            options = {"validation_data": data, "callbacks": [stop], "resume": True}
            program.fit(model, tmp_path, **options)
        assert Checkpoint.load(tmp_path / "checkpoint.npz").batch == done
    assert_same_bits(program, resume(program, tmp_path), whole)


def test_float16_scales_the_loss(program):
    keras.config.set_dtype_policy("mixed_float16")
    assert isinstance(program.make_model().optimizer, keras.optimizers.LossScaleOptimizer)


def test_interrupt_ends_the_batch_and_leaves_a_checkpoint(program, tmp_path, whole):
    stop = Stop(4, lambda: signal.raise_signal(signal.SIGINT))
    options = {"callbacks": [stop], "validation_data": program.validation_data()}
    with pytest.raises(KeyboardInterrupt):
        program.fit(program.make_model(), tmp_path, **options)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    checkpoint = Checkpoint.load(tmp_path / "checkpoint.npz")
    assert (checkpoint.epoch, checkpoint.batch) == (1, 4)
    assert_same_bits(program, resume(program, tmp_path), whole)


def test_interrupt_in_the_last_batch_waits_for_the_epoch(program, tmp_path):
    stop = Stop(program.STEPS, lambda: signal.raise_signal(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        program.fit(program.make_model(), tmp_path, callbacks=[stop])
    checkpoint = Checkpoint.load(tmp_path / "checkpoint.npz")
    assert (checkpoint.epoch, checkpoint.batch) == (2, 0)
    assert len(checkpoint.history["loss"]) == 2


def test_more_epochs_continue_a_finished_run(program, tmp_path, whole):
    data = program.validation_data()
    program.fit(program.make_model(), tmp_path, epochs=2, validation_data=data)
    assert_same_bits(program, resume(program, tmp_path), whole)


def test_finished_run_trains_nothing(program, tmp_path):
    model = program.make_model(optimizer=keras.optimizers.SGD(use_ema=True))
    history = program.fit(model, tmp_path, epochs=1)
    again = program.make_model(optimizer=keras.optimizers.SGD(use_ema=True))
    again_history = program.fit(again, tmp_path, epochs=1, resume=True, callbacks=[BreakAtOnce()])
    assert_same_bits(program, (again, again_history), (model, history))


def test_resume_without_checkpoint_begins_anew(program, tmp_path):
    history = program.fit(program.make_model(), tmp_path, epochs=1, resume=True)
    assert history.epoch == [0]


def test_new_run_replaces_an_old_one_at_once(program, tmp_path):
    program.fit(program.make_model(), tmp_path, epochs=1)
    with pytest.raises(BrokenOff):
        program.fit(program.make_model(), tmp_path, callbacks=[BreakAtOnce()])
    assert Checkpoint.load(tmp_path / "checkpoint.npz").epoch == 0
    assert not (tmp_path / "history.json").exists()


class BreakAtOnce(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        break_off()


def test_training_is_that_of_keras(program, tmp_path):
    """The same losses and weights as plain `Model.fit`, one call an epoch."""
    ours, keras_model = program.make_plain_model(), program.make_plain_model()
    history = program.fit(ours, tmp_path, validation_data=program.validation_data())
    for epoch in range(3):
        data = program.epoch_data(tf.constant(epoch, tf.int64))
        expected = keras_model.fit(data, verbose=0, shuffle=False)
        np.testing.assert_allclose(history.history["loss"][epoch], expected.history["loss"][0])
    for weight, other in zip(ours.get_weights(), keras_model.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, other)


def test_callbacks_see_and_change_the_run(program, tmp_path):
    class StopAfterOne(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["seen"] = 1.5
            self.model.stop_training = True

    history = program.fit(program.make_model(), tmp_path, callbacks=[StopAfterOne()])
    assert history.history["seen"] == [1.5]
    assert json.loads((tmp_path / "history.json").read_text())["seen"] == [1.5]


def nan_targets(program, bad_epoch, bad_batch):
    def epoch_data(epoch):
        def spoil(batch, data):
            features, targets = data
            bad = (epoch == bad_epoch) & (batch == bad_batch)
            return features, tf.where(bad, np.float32("nan"), targets)

        return program.epoch_data(epoch).enumerate().map(spoil)

    return epoch_data


def test_loss_that_is_not_finite_stops_the_run(program, tmp_path):
    spoiled = nan_targets(program, 1, 3)
    with pytest.raises(FloatingPointError, match="loss nan at epoch 2, batch 4"):
        program.fit(program.make_model(), tmp_path, epoch_data=spoiled)
    checkpoint = Checkpoint.load(tmp_path / "checkpoint.npz")
    assert (checkpoint.epoch, checkpoint.batch) == (1, 0)


def test_weights_that_are_not_finite_are_not_kept(program, tmp_path):
    """The last step of the epoch overflows the weights after its loss was computed."""

    class Break(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                self.model.layers[0].bias.assign([np.inf] * 8)

    with pytest.raises(FloatingPointError, match="dense.*/bias at epoch 2, batch 8"):
        program.fit(program.make_model(), tmp_path, callbacks=[Break()])
    assert Checkpoint.load(tmp_path / "checkpoint.npz").epoch == 1


@pytest.mark.parametrize("steps, received", [(7, "at least 8"), (9, "only 8")])
def test_wrong_number_of_batches_is_explained(program, tmp_path, steps, received):
    with pytest.raises(ValueError, match=f"steps_per_epoch={steps}.*Received {received}"):
        program.fit(program.make_model(), tmp_path, steps_per_epoch=steps)


@pytest.mark.parametrize(
    "options, error, message",
    [
        ({"epochs": 0}, ValueError, "Received epochs 0"),
        ({"steps_per_epoch": 0}, ValueError, "steps_per_epoch 0"),
        ({"validation_data": (1, 2)}, TypeError, "Received tuple"),
    ],
)
def test_arguments_are_checked(program, tmp_path, options, error, message):
    with pytest.raises(error, match=message):
        program.fit(program.make_model(), tmp_path / "run", **options)
    assert not (tmp_path / "run").exists()


def test_steps_must_be_a_multiple(program, tmp_path):
    with pytest.raises(ValueError, match="steps_per_epoch 8, steps_per_execution 3"):
        program.fit(program.make_model(steps_per_execution=3), tmp_path)


def test_data_must_be_a_function(program, tmp_path):
    with pytest.raises(TypeError, match="Received .*Dataset"):
        program.fit(program.make_model(), tmp_path, epoch_data=program.validation_data())


def test_model_must_be_built_and_compiled(program, tmp_path):
    with pytest.raises(ValueError, match="built True, compiled False"):
        program.fit(keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)]), tmp_path)
    unbuilt = keras.Sequential([keras.layers.Dense(1)])
    unbuilt.compile("sgd", "mse")
    with pytest.raises(ValueError, match="built False"):
        program.fit(unbuilt, tmp_path)


def test_resume_with_other_steps_is_refused(program, tmp_path):
    program.fit(program.make_model(), tmp_path, epochs=1)
    with pytest.raises(ValueError, match="Received steps_per_epoch 4,.* batch 0 of 8"):
        program.fit(program.make_model(), tmp_path, resume=True, steps_per_epoch=4)


def test_tensorboard_missing_is_said_before_training(program, tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"pip install 'keras_dl\[tensorboard\]'"):
        program.fit(program.make_model(), tmp_path / "run", tensorboard=True)
    assert not (tmp_path / "run").exists()
