"""Strings of digits composed of single recordings, as tensors."""

import dataclasses
import pathlib

import numpy as np
import tensorflow as tf

from apps.speech.features import SAMPLING_RATE, features
from apps.speech.synthetic.tones import tones
from keras_dl import pipelines, training
from keras_dl.application import UserError, user_error

END = 0  # also the token before the first one, and the blank of CTC; digit d is token d + 1
_LONGEST = 10  # digits of a string that is trained on
_WITHOUT_DIGITS = 0.08  # share of the training examples
# Numbers of the recordings of each speaker and digit: the official test part is 0 to 4.
_PARTS = {"test": range(5), "validation": range(5, 8)}
_VALIDATION_STRINGS = 200
_VALIDATION_EPOCH = 2**31  # which no training reaches


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


def training_data(config):
    """Returns the `TrainingData` of a run."""
    train, held_out = (read(config, part) for part in ("train", "validation"))

    def make_batch(rows, _, seeds):
        repeated = tf.repeat(seeds[None], tf.shape(rows)[0], 0)
        return _batch(train, tf.concat([repeated, rows[:, None]], 1))

    with user_error("--batch-size"):
        batches, steps = pipelines.epoch_batches(
            config.num_examples, config.batch_size, config.seed, make_batch
        )
    count = min(_VALIDATION_STRINGS, config.num_examples)
    seeds = np.array([[config.seed, _VALIDATION_EPOCH, row] for row in range(count)])
    validation = tf.data.Dataset.from_tensor_slices(seeds).batch(config.batch_size)
    validation = validation.map(lambda seeds: _batch(held_out, seeds))
    return training.TrainingData(batches, steps, validation.cache())


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


def _batch(recordings, seeds):
    """Returns inputs, targets and weights for seeds, int64 `(batch, 3)`."""
    kinds = ("float32", "int32", "int32")
    waveforms, lengths, digits = tf.numpy_function(
        lambda seeds: _padded([_example(recordings, seed) for seed in seeds]), [seeds], kinds
    )
    targets = tf.ensure_shape(digits, (None, None))
    inputs = features(tf.ensure_shape(waveforms, (None, None)), tf.ensure_shape(lengths, (None,)))
    count = tf.reduce_sum(tf.cast(targets > 0, "int32"), 1)
    counted = tf.sequence_mask(count + 1, tf.shape(targets)[1], "float32")
    previous = tf.pad(targets[:, :-1], [[0, 0], [1, 0]])
    return (
        {**inputs, "previous": previous},
        {"logits": targets, "ctc": targets},
        {"logits": counted, "ctc": tf.ones_like(counted[:, 0])},
    )


def _padded(examples):
    lengths = [len(waveform) for waveform, _ in examples]
    waveforms = np.zeros((len(examples), max(lengths)), "float32")
    targets = np.full((len(examples), max(len(label) for _, label in examples) + 1), END, "int32")
    for row, (waveform, label) in enumerate(examples):
        waveforms[row, : len(waveform)] = waveform
        targets[row, : len(label)] = [int(digit) + 1 for digit in label]
    return waveforms, np.array(lengths, "int32"), targets


def _example(recordings, seed):
    """Returns the waveform of a random string and its digits."""
    random = np.random.default_rng(seed)
    if random.random() < _WITHOUT_DIGITS:
        noise = pipelines.colored_noise(random.integers(2000, 16000), int(random.integers(2**62)))
        return noise * np.float32(10 ** random.uniform(-5, -1)), ""
    return compose(recordings, int(random.integers(2**62)), (1, _LONGEST))


def compose(recordings, seed, lengths, **ranges):
    """Returns the waveform of a random string of one speaker, with noise, and its digits.

    `ranges` are those of `join_recordings` (`speed`, `gain`, `gap`), and `ratio` of `add_noise`.
    """
    noise = {"ratio": ranges.pop("ratio")} if "ratio" in ranges else {}
    chosen = pipelines.draw_string(
        recordings.labels, recordings.speakers, [seed, 0], lengths=lengths
    )
    parts = [recordings.waveforms[index] for index in chosen]
    joined = pipelines.join_recordings(parts, [seed, 1], SAMPLING_RATE, **ranges)
    return pipelines.add_noise(joined, [seed, 2], **noise), "".join(recordings.labels[chosen])
