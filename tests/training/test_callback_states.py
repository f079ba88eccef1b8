"""Callbacks with a memory resume as if nothing had happened."""

import functools
import shutil

import keras
import numpy as np
import pytest

from keras_dl.training import Checkpoint, run
from keras_dl.training.callback_states import pack, unpack
from keras_dl.training.checkpoint import bytes_needed

# Values of "val_score" in the epochs: the best is that of epoch 2, and from 5 nothing is good.
SCORES = [0.5, 0.2, 0.1, 0.4, 0.3, 0.6, 0.7, 0.8, 0.9]


class Scores(keras.callbacks.Callback):
    """Sets the metric that the others watch, and calls functions after some batches."""

    def __init__(self, after):
        super().__init__()
        self.after = after

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch) in self.after:
            self.after[self.epoch, batch]()

    def on_epoch_end(self, epoch, logs=None):
        logs["val_score"] = SCORES[epoch]


class Counter(keras.callbacks.Callback):
    """A callback of one's own with a memory."""

    def __init__(self):
        super().__init__()
        self.counts = np.zeros(2)

    def on_train_begin(self, logs=None):
        self.counts = np.zeros(2)

    def on_train_batch_end(self, batch, logs=None):
        self.counts = self.counts + np.array([1, 0])

    def on_epoch_end(self, epoch, logs=None):
        self.counts = self.counts + np.array([0, 1])

    def get_state(self):
        return {"counts": self.counts, "nothing": None}

    def set_state(self, state):
        self.counts = state["counts"]


def train(program, folder, after=(), patience=3, **options):
    model = program.make_model()
    watched = {"monitor": "val_score", "mode": "min"}
    callbacks = [
        Scores(after),
        keras.callbacks.ReduceLROnPlateau(patience=2, cooldown=1, **watched),
        keras.callbacks.ModelCheckpoint(
            folder.parent / f"{folder.name}.keras", save_best_only=True, **watched
        ),
        keras.callbacks.EarlyStopping(patience=patience, restore_best_weights=True, **watched),
        Counter(),
    ]
    folder.mkdir(exist_ok=True)
    history = program.fit(model, folder, epochs=9, callbacks=callbacks, **options)
    return model, history, callbacks


def memory(callbacks):
    _, plateau, checkpoint, stopping, counter = callbacks
    return [
        (plateau.wait, plateau.best, plateau.cooldown_counter),
        checkpoint.best,
        (stopping.wait, stopping.best, stopping.best_epoch, stopping.stopped_epoch),
        counter.counts.tolist(),
    ]


# In the middle of an epoch, in the first batch of one, where patience is nearly over.
STOPS = [(4, 5), (4, 0), (5, 7)]


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    """Of the unbroken run: what a kill after the batches of `STOPS` would have left."""
    folder = tmp_path_factory.mktemp("copies")
    return {stop: folder / str(number) for number, stop in enumerate(STOPS)}


@pytest.fixture(scope="module")
def unbroken(program, tmp_path_factory, copies):
    parent = tmp_path_factory.mktemp("unbroken")
    after = {stop: functools.partial(shutil.copytree, parent, copies[stop]) for stop in STOPS}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "SECONDS_BETWEEN_CHECKPOINTS", 0)
        return train(program, parent / "run", after)


def assert_same_run(program, found, folder, unbroken):
    model, history, callbacks = found
    whole, whole_history, whole_callbacks = unbroken
    program.assert_same_bits((model, history), (whole, whole_history))
    assert memory(callbacks) == memory(whole_callbacks)
    best = keras.saving.load_model(folder.with_suffix(".keras"))
    for mine, theirs in zip(best.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("stop", STOPS)
def test_a_broken_run_resumes_with_the_memory_of_its_callbacks(program, unbroken, copies, stop):
    assert len(unbroken[1].history["loss"]) == 6  # it was stopped early
    broken = copies[stop] / "run"
    checkpoint = Checkpoint.load(broken / "checkpoint.npz")
    assert (checkpoint.epoch, checkpoint.batch) == stop
    found = train(program, broken, resume=True)
    assert_same_run(program, found, broken, unbroken)


def test_a_run_that_was_stopped_early_has_nothing_left_to_do(program, tmp_path, unbroken):
    train(program, tmp_path / "run")
    best = tmp_path / "run.keras"
    before = best.stat().st_mtime_ns
    found = train(program, tmp_path / "run", resume=True)
    assert_same_run(program, found, tmp_path / "run", unbroken)
    assert best.stat().st_mtime_ns == before
    assert Checkpoint.load(tmp_path / "run" / "checkpoint.npz").stopped


def test_a_finished_run_has_its_best_weights(program, tmp_path, unbroken):
    train(program, tmp_path / "run", patience=20)
    model, history, _ = train(program, tmp_path / "run", patience=20, resume=True)
    assert history.epoch == list(range(9))
    for mine, theirs in zip(model.get_weights(), unbroken[0].get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_other_callbacks_are_refused(program, tmp_path):
    train(program, tmp_path / "run")
    with pytest.raises(
        ValueError, match=r"'2 EarlyStopping', '3 Counter'\] for the callbacks \[\]. Use"
    ):
        program.fit(program.make_model(), tmp_path / "run", resume=True)


def test_room_is_counted_for_the_best_weights(program):
    model = program.make_model()
    model.optimizer.build(model.trainable_variables)
    stopping = keras.callbacks.EarlyStopping(restore_best_weights=True)
    more = bytes_needed(model, [stopping]) - bytes_needed(model, [Counter()])
    assert more == 2 * sum(np.array(variable).nbytes for variable in model.variables)


def test_packing_is_undone():
    weights = [np.arange(3.0), np.ones((2, 2), "int8")]
    state = {"a": {"best": np.float32(0.5), "weights": weights}, "b": [None, True, np.inf]}
    arrays = {"model/0": np.zeros(1)}
    packed = pack(state, "callbacks", arrays)
    assert packed["a"]["best"] == 0.5 and type(packed["a"]["best"]) is float
    found = unpack(packed, arrays)
    assert list(arrays) == ["model/0"]
    np.testing.assert_equal(found, state)
