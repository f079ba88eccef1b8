"""The share of clipped steps of a run that was broken off."""

import json
import shutil

import keras
import pytest

from keras_dl.callbacks import ClippedShare
from keras_dl.optimizers import ClippedAdam
from keras_dl.training import Checkpoint, run


@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
def test_resumed_run_equals_one_that_was_never_broken_off(program, tmp_path, monkeypatch, policy):
    keras.config.set_dtype_policy(policy)
    monkeypatch.setattr(run, "SECONDS_BETWEEN_CHECKPOINTS", 0)

    def fit(folder, *callbacks, resume=False):
        model = program.make_model(optimizer=ClippedAdam(0.01, 3.5))
        callbacks = [ClippedShare(), *callbacks]
        return model, program.fit(model, tmp_path / folder, callbacks=callbacks, resume=resume)

    def copy():
        """Keeps what a kill would leave."""
        shutil.copytree(tmp_path / "whole", tmp_path / "broken")

    whole = fit("whole", program.Stop(4, copy))
    checkpoint = Checkpoint.load(tmp_path / "broken" / "checkpoint.npz")
    assert (checkpoint.epoch, checkpoint.batch) == (1, 3)
    program.assert_same_bits(fit("broken", resume=True), whole)
    shares = json.loads((tmp_path / "broken" / "history.json").read_text())["clipped_share"]
    assert shares == whole[1].history["clipped_share"] and 0 < shares[1] < 1
