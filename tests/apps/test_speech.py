"""Strings of digits: what is drawn for training, what is held out, and what the report hears."""

import io
import types

import numpy as np
import pytest
import scipy.io.wavfile
import tensorflow as tf

from apps.speech import data, features, report
from apps.speech.app import MeasureConfig, TrainConfig
from apps.speech.synthetic.tones import tones
from keras_dl.application import UserError

TONES = {"data": "tones", "num_examples": 64, "batch_size": 16}


def _digits(waveform):
    """Returns the digits of a string of tones, from its spectrum."""
    low, high = np.array([697, 770, 852, 941]), np.array([1209, 1336, 1477])
    keys = np.array([list("123"), list("456"), list("789"), list(" 0 ")])
    frames = np.lib.stride_tricks.sliding_window_view(waveform, 400)[::200]
    power = np.abs(np.fft.rfft(frames * np.hanning(400), 8000)) ** 2
    heard = [
        keys[row[low].argmax(), row[high].argmax()] if row[[*low, *high]].max() > 1 else ""
        for row in power
    ]
    return [key for key, before in zip(heard, ["", *heard], strict=False) if key and key != before]


def test_a_composed_string_sounds_as_its_digits():
    recordings = data.read(MeasureConfig(data="tones"), "test")
    ranges = {"speed": (1, 1), "gain": (0, 0), "gap": (0.1, 0.2), "ratio": (50, 60)}
    for seed in range(5):
        waveform, digits = data.compose(recordings, seed, (6, 6), **ranges)
        assert len(digits) == 6 and _digits(waveform) == list(digits)


def test_batches_have_tokens_shifted_by_one_and_features_of_each_clip():
    training = data.training_data(TrainConfig(**TONES))
    assert training.steps_per_epoch == 4
    (first, *_), (again, *_), (other, *_) = (
        [*training.batches(tf.constant(epoch, "int64"))] for epoch in (0, 0, 1)
    )
    inputs, targets, weights = first
    np.testing.assert_array_equal(inputs["features"], again[0]["features"])
    assert inputs["features"].shape != other[0]["features"].shape
    tokens = targets["logits"].numpy()
    np.testing.assert_array_equal(inputs["previous"], np.pad(tokens[:, :-1], ((0, 0), (1, 0))))
    np.testing.assert_array_equal(targets["ctc"], tokens)
    lengths = (tokens > 0).sum(1)
    assert all((row[:length] > 0).all() for row, length in zip(tokens, lengths, strict=True))
    np.testing.assert_array_equal(weights["logits"].numpy().sum(1), lengths + 1)
    assert lengths.max() > 6 and set(inputs) == {"features", "mask", "previous"}
    frames = inputs["mask"].numpy().sum(1)
    assert np.corrcoef(frames[lengths > 0], lengths[lengths > 0])[0, 1] > 0.8
    assert not inputs["features"].numpy()[~inputs["mask"].numpy()].any()


def test_some_examples_have_no_digits():
    recordings = data.read(MeasureConfig(data="tones"), "train")
    examples = [data._example(recordings, [1, seed]) for seed in range(200)]
    empty = [waveform for waveform, digits in examples if not digits]
    assert 5 <= len(empty) <= 30 and all(len(waveform) >= 2000 for waveform in empty)


def test_features_of_a_clip_do_not_depend_on_its_batch():
    random = np.random.default_rng(0)
    waveforms = random.normal(size=(3, 2000)).astype("float32")
    lengths = np.array([2000, 1234, 0], "int32")
    batch = features.features(tf.constant(waveforms), tf.constant(lengths))
    alone = features.features(tf.constant(waveforms[1:2, :1234]), tf.constant(lengths[1:2]))
    mask = alone["mask"].numpy()[0]
    assert mask.sum() == 13 and batch["mask"].numpy()[1].sum() == 13
    assert batch["mask"].numpy()[2].sum() == 1  # less than a frame is one
    np.testing.assert_allclose(
        batch["features"][1][batch["mask"][1]], alone["features"][0][mask], atol=1e-5
    )


def _directory(path, names):
    for name in names:
        scipy.io.wavfile.write(path / name, 16000, np.ones(1600, "int16"))
    return path


def test_test_recordings_and_held_out_speakers_are_never_trained_on(tmp_path):
    names = [f"{d}_{who}_{n}.wav" for d in (1, 2) for who in ("x", "y") for n in (0, 4, 5, 7, 8)]
    config = {"data": str(_directory(tmp_path, names))}
    sizes = {part: len(data.read(MeasureConfig(**config), part).labels) for part in _PARTS}
    assert sizes == {"train": 4, "validation": 8, "test": 8}
    config["held_out"] = "y"
    parts = {part: data.read(MeasureConfig(**config), part) for part in _PARTS}
    assert {part: set(each.speakers) for part, each in parts.items()} == {
        "train": {"x"},
        "validation": {"x"},
        "test": {"y"},
    }
    assert len(parts["test"].labels) == 10
    assert all(len(waveform) == 800 for waveform in parts["test"].waveforms)


_PARTS = ("train", "validation", "test")


@pytest.mark.parametrize(
    ("names", "held_out", "message"),
    [
        (["one_x_0.wav"], "", "recordings of the digits 0 to 9. Received labels .'one'"),
        (["1_x_9.wav"], "z", "must be a speaker of the data. Received z"),
        (["1_x_9.wav"], "", "must have recordings for test"),
        (["1.wav"], "", "LABEL_SPEAKER_NUMBER"),
    ],
)
def test_other_data_are_refused(names, held_out, message, tmp_path):
    config = MeasureConfig(data=str(_directory(tmp_path, names)), held_out=held_out)
    with pytest.raises(UserError, match=message):
        data.read(config, "test")
    with pytest.raises(UserError, match="no directory"):
        data.read(MeasureConfig(data=str(tmp_path / "none")), "test")


def test_the_report_counts_errors_of_all_strings():
    """A model that hears nothing but "1" is right for one digit in ten."""

    def serving_default(audio_bytes):
        count = tf.shape(audio_bytes)[0]
        sizes = [len(each) for each in audio_bytes.numpy()]
        assert all(size > 44 for size in sizes)
        return {
            "text": tf.fill([count], "1"),
            "confidence": tf.ones([count]),
            "is_audio": tf.fill([count], True),
        }

    served = types.SimpleNamespace(signatures={"serving_default": serving_default})
    values = report.measure(served, MeasureConfig(data="tones", num_test_examples=20)).values()
    assert values["accuracy.single"] == 0.1
    assert values["invented"] == 50
    for name, length in (("eight", 8), ("ten", 10), ("twelve", 12)):
        assert 1 - 1 / length <= values[f"digit_errors.{name}"] <= 1


def test_written_files_are_read_back():
    waveform, *_ = tones(8000, 1)[3]
    rate, values = scipy.io.wavfile.read(io.BytesIO(report.wav(waveform)))
    assert rate == 8000
    np.testing.assert_allclose(values / 2**15, waveform, atol=2**-16)
