import keras
import numpy as np
import pytest

from keras_dl.training import Checkpoint
from keras_dl.training.checkpoint import bytes_needed


def make_model(units=4, optimizer="adam"):
    shared = keras.layers.Dense(units, name="shared")
    inputs = keras.Input((units,))
    outputs = keras.layers.Dropout(0.5, seed=1)(shared(shared(inputs)))
    outputs = keras.layers.BatchNormalization()(outputs)
    model = keras.Model(inputs, outputs)
    model.compile(optimizer, "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def variables(model):
    return [*model.variables, *model.optimizer.variables]


def randomize(model):
    generator = np.random.default_rng(0)
    for variable in variables(model):
        variable.assign(generator.integers(1, 1000, size=tuple(variable.shape)))


def test_round_trip_of_every_variable(tmp_path):
    path = tmp_path / "checkpoint.npz"
    model, other = make_model(), make_model()
    randomize(model)
    saved = Checkpoint.of(model, epoch=3, batch=0, steps_per_epoch=9, history={"loss": [0.1, 2.0]})
    saved.save(path)
    loaded = Checkpoint.load(path)
    loaded.restore(other)
    assert (loaded.epoch, loaded.batch, loaded.steps_per_epoch) == (3, 0, 9)
    assert loaded.history == {"loss": [0.1, 2.0]}
    assert len(loaded.arrays) == len({id(v) for v in variables(model)})
    for variable, other_variable in zip(variables(model), variables(other), strict=True):
        np.testing.assert_array_equal(variable, other_variable)


def test_metrics_are_kept_within_an_epoch_only():
    model = make_model()
    x = np.ones((2, 4), "float32")
    model.train_on_batch(x, x)
    in_epoch = Checkpoint.of(model, batch=1, steps_per_epoch=2)
    between = Checkpoint.of(model, batch=0, steps_per_epoch=2)
    assert len(in_epoch.arrays) - len(between.arrays) == len(model.metrics_variables) > 0
    expected = [float(v) for v in model.metrics_variables]
    model.reset_metrics()
    in_epoch.restore(model)
    assert [float(v) for v in model.metrics_variables] == expected


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"units": 5}, r"Received model/0/shared/kernel \(4, 4\).*has .*kernel \(5, 5\)"),
        ({"optimizer": "sgd"}, r"Received 1\d variables, the model has 9"),
        ({"optimizer": "nadam"}, r"Received 1\d variables, the model has 1\d"),
    ],
)
def test_other_model_is_refused(other, message):
    checkpoint = Checkpoint.of(make_model(), steps_per_epoch=1)
    model = make_model(**other)
    before = [np.array(v) for v in variables(model)]
    with pytest.raises(ValueError, match=message):
        checkpoint.restore(model)
    for variable, value in zip(variables(model), before, strict=True):
        np.testing.assert_array_equal(variable, value)


@pytest.mark.parametrize("kept", [0, 1, 100, 2000, -1])
def test_truncated_file(tmp_path, kept):
    path = tmp_path / "checkpoint.npz"
    Checkpoint.of(make_model(), steps_per_epoch=1).save(path)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ValueError, match=r"Received '.*checkpoint.npz'"):
        Checkpoint.load(path)


def test_flipped_bit(tmp_path):
    path = tmp_path / "checkpoint.npz"
    checkpoint = Checkpoint.of(make_model(), steps_per_epoch=1)
    checkpoint.save(path)
    content = bytearray(path.read_bytes())
    position = content.index(checkpoint.arrays["model/0/shared/kernel"].tobytes())
    content[position] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"Received '.*checkpoint.npz'"):
        Checkpoint.load(path)


def test_foreign_files(tmp_path):
    path = tmp_path / "checkpoint.npz"
    np.savez(path, kernel=np.ones(3))
    with pytest.raises(ValueError, match=r"Received '.*checkpoint.npz'"):
        Checkpoint.load(path)
    np.savez(path, place=np.array([{"epoch": 1}], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        Checkpoint.load(path)
    np.savez(path, place='{"epoch": 1}')
    with pytest.raises(ValueError, match=r"Received '.*checkpoint.npz'"):
        Checkpoint.load(path)
    with open(path, "wb") as file:
        np.save(file, np.ones(3))
    with pytest.raises(ValueError, match=r"Received '.*checkpoint.npz'"):
        Checkpoint.load(path)


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        Checkpoint.load(tmp_path / "checkpoint.npz")


def test_bytes_needed_are_two_checkpoints_and_a_model(tmp_path):
    model = make_model(units=1024)
    Checkpoint.of(model, steps_per_epoch=1).save(tmp_path / "checkpoint.npz")
    checkpoint = (tmp_path / "checkpoint.npz").stat().st_size
    weights = 4 * model.count_params()
    assert 2 * checkpoint + weights < bytes_needed(model) < 2 * checkpoint + weights + 2**20
