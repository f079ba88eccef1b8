"""Training by play that survives being killed."""

import math
import pathlib
import time

from keras_dl.training.array_file import load_arrays, not_a_checkpoint, save_arrays
from keras_dl.training.interruption import Interruption
from keras_dl.training.progress import SECONDS_BETWEEN_LINES
from keras_dl.training.run_folder import prepare_run_folder

SECONDS_BETWEEN_CHECKPOINTS = 60.0
_ROWS = 100


def fit(training, folder, *, resume=False, stop=None):
    """Plays and learns to the end of a `DQNTraining`; what `training.fit` is for batches.

    `folder` gets `checkpoint.npz` about once a minute and `history.json` a hundred times.

    Args:
        training: new `DQNTraining`.
        folder: str or `pathlib.Path` of the run, made if it is not there.
        resume: bool. Continues from the checkpoint in `folder`, if there is one; else begins anew
            and replaces what is there.
        stop: function without arguments, called for each row of the history: True ends the training
            there, and one that is resumed goes on. None: all steps are made.

    Returns:
        dict of lists, the history of `PlayLog`.

    Raises:
        ValueError: if the checkpoint is damaged, or of another game, network or settings.
        OSError: before training, if `folder` is not writable or has no room.
        FloatingPointError: if the loss is no longer finite.
        KeyboardInterrupt: on Ctrl-C, after a checkpoint was written.
    """
    folder = pathlib.Path(folder)
    path = folder / "checkpoint.npz"
    num_weights = sum(math.prod(variable.shape) for variable in training.agent.variables)
    prepare_run_folder(folder, 8 * num_weights + 2 * training.bytes_of_play())
    if resume and path.exists():
        _restore(training, path)
    else:
        # What another run left in this folder must not be resumed in place of this one.
        (folder / "history.json").unlink(missing_ok=True)
        save_arrays(path, *training.state())
    if training.steps < training.total:
        with Interruption() as interruption:
            _train(training, folder, path, interruption, stop)
        save_arrays(path, *training.state())
    return training.log.history


def _train(training, folder, path, interruption, stop):
    log = training.log
    start = saved = printed = time.monotonic()
    before = log.seconds
    while training.steps < training.total:
        row = training.steps * _ROWS // training.total
        training.step()
        now = time.monotonic()
        log.seconds = before + now - start
        if training.steps * _ROWS // training.total > row:
            log.write_row(folder / "history.json", training.steps)
            if stop is not None and stop():
                break
        if interruption.requested or now - saved > SECONDS_BETWEEN_CHECKPOINTS:
            save_arrays(path, *training.state())
            saved = time.monotonic()
        if interruption.requested:
            raise KeyboardInterrupt
        if now - printed > SECONDS_BETWEEN_LINES:
            printed = now
            print(log.line(training.steps), flush=True)
    print(log.line(training.steps), flush=True)


def _restore(training, path):
    arrays, place = load_arrays(path)
    try:
        training.restore(arrays, place)
    except KeyError as error:
        raise not_a_checkpoint(path, f"it has no {error}") from error
