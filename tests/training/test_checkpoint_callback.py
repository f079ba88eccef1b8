import signal

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_dl.training import Checkpoint


def test_interrupt_ends_the_batch_and_leaves_a_checkpoint(program, tmp_path, whole):
    stop = program.Stop(4, lambda: signal.raise_signal(signal.SIGINT))
    options = {"callbacks": [stop], "validation_data": program.validation_data()}
    with pytest.raises(KeyboardInterrupt):
        program.fit(program.make_model(), tmp_path, **options)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    checkpoint = Checkpoint.load(tmp_path / "checkpoint.npz")
    assert (checkpoint.epoch, checkpoint.batch) == (1, 4)
    program.assert_same_bits(program.resume(tmp_path), whole)


def test_interrupt_in_the_last_batch_waits_for_the_epoch(program, tmp_path):
    stop = program.Stop(program.STEPS, lambda: signal.raise_signal(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        program.fit(program.make_model(), tmp_path, callbacks=[stop])
    checkpoint = Checkpoint.load(tmp_path / "checkpoint.npz")
    assert (checkpoint.epoch, checkpoint.batch) == (2, 0)
    assert len(checkpoint.history["loss"]) == 2


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

    with pytest.raises(FloatingPointError, match=r"dense.*/bias at epoch 2, batch 8"):
        program.fit(program.make_model(), tmp_path, callbacks=[Break()])
    assert Checkpoint.load(tmp_path / "checkpoint.npz").epoch == 1
