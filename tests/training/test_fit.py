import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_dl import training
from keras_dl.training.model_training import batches_of_epochs


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


@pytest.mark.parametrize(("steps", "received"), [(7, "at least 8"), (9, "only 8")])
def test_wrong_number_of_batches_is_explained(program, tmp_path, steps, received):
    with pytest.raises(ValueError, match=f"steps_per_epoch={steps}.*Received {received}"):
        program.fit(program.make_model(), tmp_path, steps_per_epoch=steps)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"epochs": 0}, ValueError, "Received epochs 0"),
        ({"steps_per_epoch": 0}, ValueError, "steps_per_epoch 0"),
        ({"validation_data": (1, 2)}, TypeError, "Received tuple"),
    ],
)
def test_arguments_are_checked(program, tmp_path, options, error, message):
    with pytest.raises(error, match=message):
        program.fit(program.make_model(), tmp_path / "run", **options)
    assert not (tmp_path / "run").exists()  # which the run had made


def test_steps_must_be_a_multiple(program, tmp_path):
    with pytest.raises(ValueError, match="steps_per_epoch 8, steps_per_execution 3"):
        program.fit(program.make_model(steps_per_execution=3), tmp_path)


def test_data_must_be_a_function(program, tmp_path):
    with pytest.raises(TypeError, match=r"Received .*Dataset"):
        program.fit(program.make_model(), tmp_path, epoch_data=program.validation_data())


@pytest.mark.parametrize("run", ["runs/1", training.Run("runs/1")])
def test_the_run_must_be_open(program, run):
    with pytest.raises(TypeError, match=r"run must be an open training.Run. Received .*run"):
        training.fit(program.make_model(), program.epoch_data, epochs=1, steps_per_epoch=8, run=run)


def test_of_the_processes_the_first_alone_writes(program, tmp_path):
    with pytest.raises(ValueError, match=r"Received Run\(writes=False\) in process 0 of 1"):
        program.fit(program.make_model(), tmp_path, writes=False)


@pytest.mark.parametrize("seed", [0, 2**31 - 1])
def test_a_seed_that_tensorflow_takes_for_0(program, tmp_path, seed):
    """There TensorFlow compares the seed of the epoch with 0, which it cannot in a graph."""
    keras.utils.set_random_seed(seed)
    datasets = batches_of_epochs(program.epoch_data, 0, 3, program.STEPS)
    orders = [[each[1].numpy() for each in datasets] for _ in range(2)]
    np.testing.assert_array_equal(orders[0], orders[1])
    orders = np.concatenate(orders[0]).reshape(3, -1)
    assert all((np.sort(order) == np.sort(program.TARGETS.ravel())).all() for order in orders)
    assert (orders[0] != orders[1]).any() and (orders[1] != orders[2]).any()


def test_other_seeds_draw_what_tensorflow_draws(program):
    keras.utils.set_random_seed(7)
    (first, *_) = batches_of_epochs(program.epoch_data, 3, 4, program.STEPS)
    (expected, *_) = tf.data.Dataset.range(3, 4).flat_map(program.epoch_data)
    np.testing.assert_array_equal(first[1], expected[1])


def test_model_must_be_built_and_compiled(program, tmp_path):
    with pytest.raises(ValueError, match="built True, compiled False"):
        program.fit(keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)]), tmp_path)
    unbuilt = keras.Sequential([keras.layers.Dense(1)])
    unbuilt.compile("sgd", "mse")
    with pytest.raises(ValueError, match="built False"):
        program.fit(unbuilt, tmp_path)


def test_tensorboard_missing_is_said_before_training(program, tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImportError, match="pip install tensorboard"):
        program.fit(program.make_model(), tmp_path / "run", tensorboard=True)
    assert not (tmp_path / "run").exists()
