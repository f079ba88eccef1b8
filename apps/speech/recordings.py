"""Recordings of single digits, and their split into train, validation and test."""

import dataclasses
import pathlib

import numpy as np

from apps.speech.features import SAMPLING_RATE
from apps.speech.synthetic.tones import tones
from keras_dl import pipelines
from keras_dl.application import UserError, user_error

# Numbers of the recordings of each speaker and digit: the official test part is 0 to 4.
_PARTS = {"test": range(5), "validation": range(5, 8)}


@dataclasses.dataclass(frozen=True)
class Recordings:
    """Recordings of single digits.

    Attributes:
        waveforms: list of arrays, float32 `(samples,)`.
        labels: array of str, the digits.
        speakers: array of str.
    """

    waveforms: list[np.ndarray]
    labels: np.ndarray
    speakers: np.ndarray


def read(config, part):
    """Returns the `Recordings` of a part: train, validation or test."""
    found = _all(config.data)
    strange = {label for _, label, *_ in found} - set("0123456789")
    if strange:
        raise UserError(
            "--data must be recordings of the digits 0 to 9. Received labels "
            f"{sorted(strange)[:5]}. Rename the files, or remove them."
        )
    if config.held_out and config.held_out not in {speaker for *_, speaker, _ in found}:
        raise UserError(
            f"--held-out must be a speaker of the data. Received {config.held_out}. Choose one of "
            f"{', '.join(sorted({speaker for *_, speaker, _ in found}))}."
        )

    def is_in(speaker, number):
        if config.held_out and part == "test":
            return speaker == config.held_out
        in_part = next((name for name in _PARTS if number in _PARTS[name]), "train") == part
        return in_part and speaker != config.held_out

    chosen = [each for each in found if is_in(*each[2:])]
    if not chosen:
        raise UserError(
            f"--data must have recordings for {part}. Received none. Add recordings with the "
            "numbers 0 to 4 for the test, 5 to 7 for validation, and larger ones for training."
        )
    waveforms, labels, speakers, _ = zip(*chosen, strict=True)
    return Recordings(list(waveforms), np.array(labels), np.array(speakers))


def _all(data):
    """Returns tuples of waveform, label, speaker and number."""
    if data == "tones":
        return tones(SAMPLING_RATE, 20)
    if data.startswith("tfds:"):
        return _from_tfds(data.removeprefix("tfds:"))
    if not pathlib.Path(data).is_dir():
        raise UserError(
            "--data must be tfds:spoken_digit, tones or a directory of WAV files. Received "
            f"{data!r}, which is no directory."
        )
    with user_error("--data"):
        found = pipelines.read_recordings(data)
        return [(pipelines.read_wav(each.path, SAMPLING_RATE), *each[1:]) for each in found]


def _from_tfds(name):
    with user_error("--data"):
        names = ("audio", "audio/filename")
        found = pipelines.read_tfds(pipelines.tfds_builder(name, names), "train", names)
    recordings = []
    for audio, file in zip(found["audio"], found["audio/filename"], strict=True):
        label, speaker, number = pathlib.Path(file.decode()).stem.split("_")
        recordings.append(((audio / 2**15).astype("float32"), label, speaker, int(number)))
    return sorted(recordings, key=lambda each: each[1:])
